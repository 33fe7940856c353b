// Times on the command line and in the output, in the machine's zone or in UTC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/options.h"

namespace narfi::cli {

// RFC 3339; without an offset ("2026-01-19T10:00:00", "2026-01-19") the machine's zone, or UTC; or
// Unix time in seconds (10 digits) or nanoseconds (19 digits).
Result<int64_t> ParseTimeArgument(std::string_view text, bool utc);
// "2026-01-19T10:00:00+01:00".
std::string FormatTime(int64_t ns, bool utc);
// With the fraction, trailing zeros dropped: "2026-01-19T10:00:00.25+01:00".
std::string FormatTimeNanos(int64_t ns, bool utc);

// In one of Go's layouts.
std::string FormatTimeAs(TimeFormat format, int64_t ns, bool utc);

}  // namespace narfi::cli
