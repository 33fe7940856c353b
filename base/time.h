// Points in time: nanoseconds since 1970-01-01T00:00:00Z as int64_t (years 1678 to 2262), and text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace narfi {

// RFC 3339 with any number of fraction digits (below 1 ns they are cut) and Z or a numeric offset.
// A space for the 'T' and lower case are accepted as Go does not: only 'T' is.
Result<int64_t> ParseRfc3339(std::string_view text);
// Go's RFC3339Nano in UTC: trailing zeros of the fraction dropped, "2026-11-20T00:06:40.5Z".
std::string FormatRfc3339(int64_t ns);
// Whole seconds, "2026-11-20T00:06:40Z".
std::string FormatRfc3339Seconds(int64_t ns);
// Go's Time.String() in UTC: "2026-11-20 00:06:40.5 +0000 UTC".
std::string FormatGoTime(int64_t ns);

// Days since 1970-01-01, rounded down: the UTC day of a segment.
int64_t UtcDay(int64_t ns);
// "2026-11-20".
std::string FormatUtcDay(int64_t day);

// Days since 1970-01-01 of a civil date, and back (Howard Hinnant, chrono-compatible low-level date
// algorithms, https://howardhinnant.github.io/date_algorithms.html).
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day);
struct CivilDate {
  int64_t year;
  unsigned month;
  unsigned day;
};
CivilDate CivilFromDays(int64_t days);

}  // namespace narfi
