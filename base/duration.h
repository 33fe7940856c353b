// Durations as Go and Prometheus write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace narfi {

constexpr int64_t kNanosecond = 1;
constexpr int64_t kMicrosecond = 1'000;
constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;
constexpr int64_t kWeek = 7 * kDay;
constexpr int64_t kYear = 365 * kDay;

// Go's time.ParseDuration: "1h30m", "1.5s", "-2ms", "0"; errors in Go's words
// (`time: invalid duration "5"`). Nanoseconds.
Result<int64_t> ParseGoDuration(std::string_view text);
// Prometheus' model.ParseDuration: integers and units y w d h m s ms, largest first, no sign;
// errors in its words (`not a valid duration string: "5"`). Nanoseconds.
Result<int64_t> ParsePrometheusDuration(std::string_view text);
// What configuration files may say: either of the two.
Result<int64_t> ParseDuration(std::string_view text);

// Go's Duration.String(): "1h0m0s", "1.5ms", "0s".
std::string FormatGoDuration(int64_t ns);
// Prometheus' model.Duration.String(): "30d1h", "1w", "0s"; only whole milliseconds count.
std::string FormatPrometheusDuration(int64_t ns);

}  // namespace narfi
