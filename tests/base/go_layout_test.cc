#include "base/go_layout.h"

#include <doctest/doctest.h>

#include "base/time.h"

namespace narfi {
namespace {

constexpr int64_t kNowNs = 1'795'132'800LL * 1'000'000'000;  // 2026-11-20T00:00:00Z

struct LayoutCase {
  std::string_view layout;
  std::string_view text;
  std::string_view want;  // RFC 3339, or "-"
  std::string_view zone = "UTC";
};

constexpr LayoutCase kLayouts[] = {
    {"RFC3339", "2026-11-20T01:02:03Z", "2026-11-20T01:02:03Z"},
    {"RFC3339", "2026-11-20T01:02:03.25+02:00", "2026-11-19T23:02:03.25Z"},
    {"RFC3339Nano", "2026-11-20T01:02:03.123456789-05:30", "2026-11-20T06:32:03.123456789Z"},
    {"RFC3339", "2026-11-20 01:02:03Z", "-"},
    {"RFC3339", "2026-13-20T01:02:03Z", "-"},
    {"RFC3339", "2026-02-29T01:02:03Z", "-"},
    {"RFC3339", "2024-02-29T01:02:03Z", "2024-02-29T01:02:03Z"},
    {"RFC3339", "2026-11-20T24:02:03Z", "-"},
    {"RFC3339", "2026-11-20T01:02:03Zx", "-"},
    {"ANSIC", "Fri Nov 20 01:02:03 2026", "2026-11-20T01:02:03Z"},
    {"ANSIC", "Sun Nov  1 01:02:03 2026", "2026-11-01T01:02:03Z"},
    {"UnixDate", "Fri Nov 20 01:02:03 UTC 2026", "2026-11-20T01:02:03Z"},
    {"RubyDate", "Fri Nov 20 01:02:03 +0100 2026", "2026-11-20T00:02:03Z"},
    {"RFC822", "20 Nov 26 01:02 MST", "2026-11-20T01:02:00Z"},
    {"RFC822Z", "20 Nov 26 01:02 -0700", "2026-11-20T08:02:00Z"},
    {"RFC850", "Friday, 20-Nov-26 01:02:03 UTC", "2026-11-20T01:02:03Z"},
    {"RFC1123", "Fri, 20 Nov 2026 01:02:03 GMT+2", "2026-11-20T01:02:03Z"},
    {"RFC1123Z", "Fri, 20 Nov 2026 01:02:03 +0200", "2026-11-19T23:02:03Z"},
    {"Unix", "1795132800", "2026-11-20T00:00:00Z"},
    {"Unix", "1795132800.5", "-"},
    {"UnixMs", "1795132800123", "2026-11-20T00:00:00.123Z"},
    {"UnixUs", "1795132800123456", "2026-11-20T00:00:00.123456Z"},
    {"UnixNs", "1795132800123456789", "2026-11-20T00:00:00.123456789Z"},
    {"Unix", "9999999999999999999", "-"},
    {"2006-01-02 15:04:05.000", "2026-11-20 01:02:03.456", "2026-11-20T01:02:03.456Z"},
    {"2006-01-02 15:04:05.000", "2026-11-20 01:02:03.45", "-"},
    {"2006-01-02 15:04:05,000", "2026-11-20 01:02:03,456", "2026-11-20T01:02:03.456Z"},
    {"2006-01-02 15:04:05.999", "2026-11-20 01:02:03", "2026-11-20T01:02:03Z"},
    {"2006-01-02 15:04:05", "2026-11-20 01:02:03.789", "2026-11-20T01:02:03.789Z"},
    {"02/Jan/2006:15:04:05 -0700", "20/Nov/2026:01:02:03 +0000", "2026-11-20T01:02:03Z"},
    {"January 2, 2006 3:04PM", "November 20, 2026 1:02PM", "2026-11-20T13:02:00Z"},
    {"January 2, 2006 3:04PM", "November 20, 2026 12:02AM", "2026-11-20T00:02:00Z"},
    {"3:04pm 2 Jan 06", "12:05pm 3 feb 70", "1970-02-03T12:05:00Z"},
    {"2006 002", "2026 324", "2026-11-20T00:00:00Z"},
    {"1/2/2006", "3/4/2026", "2026-03-04T00:00:00Z"},
    {"20060102T150405Z0700", "20261120T010203Z", "2026-11-20T01:02:03Z"},
    {"20060102T150405Z0700", "20261120T010203+0100", "2026-11-20T00:02:03Z"},
    {"2006-01-02T15:04:05-07", "2026-11-20T01:02:03+01", "2026-11-20T00:02:03Z"},
    {"2006_01_02", "2026_11_20", "2026-11-20T00:00:00Z"},
    {"Jan _2 15:04:05", "Nov 19 01:02:03", "2026-11-19T01:02:03Z"},
    {"Jan _2 15:04:05", "Nov  9 01:02:03", "2026-11-09T01:02:03Z"},
    {"2006-01-02 15:04:05", "2026-07-01 12:00:00", "2026-07-01T10:00:00Z", "+02:00"},
    {"2006-01-02 15:04:05", "2026-07-01 12:00:00 ", "-"},
    {"2006-01-02   15:4:5", "2026-07-01 1:2:3", "2026-07-01T01:02:03Z"},
    {"2006-002", "2026-366", "-"},
    {"2006-01-02 15:04 MST", "2026-07-01 12:00 EST", "2026-07-01T17:00:00Z", "America/New_York"},
    {"2006-01-02 15:04 MST", "2026-07-01 12:00 EDT", "2026-07-01T16:00:00Z", "America/New_York"},
    {"2006-01-02 15:04 MST", "2026-07-01 12:00 CET", "2026-07-01T12:00:00Z", "America/New_York"},
    {"2006-01-02 15:04", "2026-03-29 02:30", "2026-03-29T01:30:00Z", "Europe/Berlin"},
    {"2006-01-02 15:04", "2026-10-25 02:30", "2026-10-25T01:30:00Z", "Europe/Berlin"},
    {"Januaryx 2006", "Marchx 2026", "2026-03-01T00:00:00Z"},
    {"Janet 2006", "Janet 2026", "2026-01-01T00:00:00Z"},  // no month: a small letter follows
    {"2006-01-02 15:04:05", "", "-"},
};

TEST_CASE("times are read by Go's layouts as Go reads them") {
  for (const LayoutCase& c : kLayouts) {
    CAPTURE(std::string(c.layout));
    CAPTURE(std::string(c.text));
    const auto zone = TimeZone::Load(c.zone);
    REQUIRE(zone.has_value());
    const auto got = GoLayout(c.layout, GoLayout::Names::kPromtail).Parse(c.text, *zone, kNowNs);
    CHECK((got ? FormatRfc3339(*got) : "-") == c.want);
  }
}

struct FormatCase {
  std::string_view layout;
  std::string_view want;  // of 2026-03-01 05:06:07.0809 at +02:30, zone "XYZ"
};

constexpr FormatCase kFormats[] = {
    {"2006-01-02T15:04:05Z07:00", "2026-03-01T05:06:07+02:30"},
    {"Monday Mon January Jan 1 2 _2 3 4 5 06", "Sunday Sun March Mar 3 1  1 5 6 7 26"},
    {"03PM 3pm .000 .999999 .00000 ,000", "05AM 5am .080 .0809 .08090 ,080"},
    {"-0700 -07:00 -07 Z0700 Z07 MST", "+0230 +02:30 +02 +0230 +02 XYZ"},
    {"002 __2", "060  60"},
    {"RFC3339 x", "RFC5559 x"},  // no name here: each digit is a part
};

TEST_CASE("times are written by Go's layouts as Go writes them") {
  for (const FormatCase& c : kFormats) {
    CAPTURE(std::string(c.layout));
    const int64_t local = *ParseRfc3339("2026-03-01T05:06:07Z") / 1'000'000'000;
    std::string got;
    GoLayout(c.layout).Format(got, {local, 80'900'000, 9000, "XYZ"});
    CHECK(got == c.want);
  }
}

TEST_CASE("a layout without names reads years of all centuries, and the offset of the text") {
  const auto time =
      GoLayout("2006-01-02 15:04 -0700 MST").ParseTime("0001-01-01 00:00 +0100 CET", TimeZone());
  REQUIRE(time.has_value());
  CHECK(time->seconds == -62'135'600'400);
  CHECK(time->zone_name == "CET");
  const auto clock = GoLayout("15:04").ParseTime("10:30", TimeZone());
  REQUIRE(clock.has_value());
  CHECK(clock->seconds == -62'167'219'200 + 37'800);
}

TEST_CASE("a time without a year is near now, also at the turn of the year") {
  const GoLayout layout("Jan _2 15:04:05");
  const int64_t january = *ParseRfc3339("2026-01-01T00:00:01Z");
  const int64_t december = *ParseRfc3339("2026-12-31T23:59:59Z");
  CHECK(FormatRfc3339(*layout.Parse("Dec 31 23:59:58", TimeZone(), january)) ==
        "2025-12-31T23:59:58Z");
  CHECK(FormatRfc3339(*layout.Parse("Jan  1 00:00:02", TimeZone(), december)) ==
        "2027-01-01T00:00:02Z");
}

void AppendBig(std::string& out, int64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

// One change, from +01:00 to +02:00 at UTC second 1,000,000.
std::string SmallZone() {
  const auto header = [](int64_t times, int64_t types) {
    std::string out = "TZif2" + std::string(15, '\0');
    for (const int64_t count : {int64_t{0}, int64_t{0}, int64_t{0}, times, types, int64_t{4}})
      AppendBig(out, count, 4);
    return out;
  };
  const std::string types = std::string("\0\0\x0E\x10\0\0", 6) +
                            std::string("\0\0\x1C\x20\1\0", 6) + std::string("XXX\0", 4);
  std::string zone = header(0, 2) + types + header(1, 2);
  AppendBig(zone, 1'000'000, 8);
  return zone + '\x01' + types;
}

TEST_CASE("zones change their offset when their data say so") {
  const auto zone = TimeZone::ParseTzif(SmallZone());
  REQUIRE(zone.has_value());
  CHECK(zone->OffsetAtLocal(0) == 3600);
  CHECK(zone->OffsetAtLocal(1'000'000 + 3599) == 3600);
  CHECK(zone->OffsetAtLocal(1'000'000 + 7200) == 7200);
}

TEST_CASE("broken zone data is an error, whatever is cut off") {
  const std::string whole = SmallZone();
  for (size_t size = 0; size + 4 < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(TimeZone::ParseTzif(std::string_view(whole).substr(0, size)).has_value());
  }
}

}  // namespace
}  // namespace narfi
