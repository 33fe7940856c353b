#include "cli/time_text.h"

#include <doctest/doctest.h>

#include <utility>

#include <cstdlib>
#include <ctime>

#include "base/duration.h"

namespace narfi::cli {
namespace {

// Central European time, spelled out so that no zone files are needed.
class BerlinTime {
 public:
  BerlinTime() {
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
  }
  ~BerlinTime() {
    unsetenv("TZ");
    tzset();
  }
  BerlinTime(const BerlinTime&) = delete;
  BerlinTime& operator=(const BerlinTime&) = delete;
};

struct TimeCase {
  std::string_view text;
  bool utc;
  int64_t want_seconds;
};

constexpr TimeCase kTimeCases[] = {
    {"2026-11-20T00:00:00Z", false, 1795132800},
    {"2026-11-20T01:00:00+01:00", true, 1795132800},
    {"2026-11-20T00:00:00", true, 1795132800},
    {"2026-11-20T01:00:00", false, 1795132800},
    {"2026-11-20", true, 1795132800},
    {"2026-11-20", false, 1795129200},
    {"2026-07-01T02:00:00", false, 1782864000},  // summer
    {"2026-03-29T01:59:59", false, 1774745999},  // the last second of winter time
    {"2026-03-29T03:00:00", false, 1774746000},  // the first of summer time
    {"2026-10-25T03:00:00", false, 1792893600},  // winter time again
    {"1795132800", false, 1795132800},
    {"1795132800000000000", true, 1795132800},
};

TEST_CASE("times are printed in Go's layouts") {
  constexpr int64_t kFifth = 1'793'880'367'012'345'600;  // 2026-11-05T12:06:07.0123456Z
  const std::pair<TimeFormat, std::string_view> cases[] = {
      {TimeFormat::kRfc3339, "2026-11-05T12:06:07Z"},
      {TimeFormat::kRfc3339Nano, "2026-11-05T12:06:07.0123456Z"},
      {TimeFormat::kRfc822Z, "05 Nov 26 12:06 +0000"},
      {TimeFormat::kRfc1123Z, "Thu, 05 Nov 2026 12:06:07 +0000"},
      {TimeFormat::kStampMilli, "Nov  5 12:06:07.012"},
      {TimeFormat::kStampMicro, "Nov  5 12:06:07.012345"},
      {TimeFormat::kStampNano, "Nov  5 12:06:07.012345600"},
      {TimeFormat::kUnixDate, "Thu Nov  5 12:06:07 UTC 2026"},
  };
  for (const auto& [format, want] : cases) CHECK(FormatTimeAs(format, kFifth, true) == want);
}

TEST_CASE("times without an offset are the machine's, or UTC") {
  const BerlinTime berlin;
  for (const TimeCase& c : kTimeCases) {
    CAPTURE(std::string(c.text));
    const auto got = ParseTimeArgument(c.text, c.utc);
    REQUIRE(got.has_value());
    CHECK(*got == c.want_seconds * kSecond);
  }
  CHECK(*ParseTimeArgument("2026-11-20T00:00:00.25", true) == 1795132800 * kSecond + 250'000'000);
}

TEST_CASE("what is no time is told so") {
  for (const std::string_view text :
       {"", "now", "2026-13-01", "2026-11-20T", "12345", "20261120000000"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(ParseTimeArgument(text, true).has_value());
  }
}

TEST_CASE("times are printed in the machine's zone, or UTC") {
  const BerlinTime berlin;
  const int64_t winter = 1795132800 * kSecond + 5 * kMillisecond;
  CHECK(FormatTime(winter, true) == "2026-11-20T00:00:00Z");
  CHECK(FormatTime(winter, false) == "2026-11-20T01:00:00+01:00");
  CHECK(FormatTimeNanos(winter, true) == "2026-11-20T00:00:00.005Z");
  CHECK(FormatTimeNanos(winter, false) == "2026-11-20T01:00:00.005+01:00");
  CHECK(FormatTime(1782864000 * kSecond, false) == "2026-07-01T02:00:00+02:00");
}

}  // namespace
}  // namespace narfi::cli
