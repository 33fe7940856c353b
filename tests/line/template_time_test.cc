// Points in time and durations.
#include <doctest/doctest.h>

#include "tests/line/support/template_runner.h"

namespace narfi::line_test {
namespace {

constexpr TemplateCase kCases[] = {
    {R"~({{ toDateInZone "2006-01-02 15:04 MST" "America/New_York" "2021-07-02 10:30 EST" }})~",
     "2021-07-02 11:30:00 -0400 EDT"},
    {R"~({{ toDateInZone "2006-01-02 15:04 MST" "America/New_York" "2021-07-02 10:30 GMT+3" }})~",
     "2021-07-02 13:30:00 +0300 GMT+3"},
    {R"~({{ toDateInZone "2006-01-02 15:04 -0700" "Asia/Tokyo" "2021-01-02 10:30 +0000" }})~",
     "2021-01-02 10:30:00 +0000 +0000"},
    {R"~({{ __timestamp__ }} {{ __timestamp__.Unix }} {{ __timestamp__.Year }} {{ __timestamp__.Month }} {{ __timestamp__.Weekday }} {{ __timestamp__.Format "15:04" }} {{ (__timestamp__).YearDay }} {{ __timestamp__.UnixNano }} {{ __timestamp__.Hour }})~",
     "2026-11-20 02:07:26.915256097 +0000 UTC 1795140446 2026 November Friday 02:07 324 "
     "1795140446915256097 2"},
    {"{{ __timestamp__.Foo }}",
     R"~(template: line:1:3: executing "line" at <__timestamp__>: can't evaluate field Foo in type time.Time)~"},
    {"{{ __timestamp__.wall }}",
     R"~(template: line:1:3: executing "line" at <__timestamp__>: wall is an unexported field of struct type time.Time)~"},
    {"{{ __timestamp__.Format }}",
     R"~(template: line:1:3: executing "line" at <__timestamp__>: wrong number of args for Format: want 1 got 0)~"},
    {R"~({{ __timestamp__ | date "2006-01-02T15:04:05.000000Z07:00 Mon Monday Jan January 1 2 _2 02 3 03 4 5 PM pm MST -0700 -07 Z07:00 06 .999 __2 002" }})~",
     "2026-11-20T02:07:26.915256Z Fri Friday Nov November 11 20 20 20 2 02 7 26 AM am UTC +0000 "
     "+00 Z 26 .915 324 324"},
    {R"~({{ unixEpoch "x" }})~",
     R"~(template: line:1:13: executing "line" at <"x">: can't handle "x" for arg of type time.Time)~"},
    {R"~({{ "x" | unixEpoch }})~",
     R"~(template: line:1:9: executing "line" at <unixEpoch>: wrong type for value; expected time.Time; got string)~"},
    {R"~({{ toDate "2006-01-02" "2021-11-02" }} {{ toDate "2006-01-02" "nope" }} {{ toDate "2006-01-02 15:04:05 -0700" "2021-11-02 10:00:00 +0200" }} {{ toDate "15:04" "10:30" }})~",
     "2021-11-02 00:00:00 +0000 UTC 0001-01-01 00:00:00 +0000 UTC 2021-11-02 10:00:00 +0200 +0200 "
     "0000-01-01 10:30:00 +0000 UTC"},
    {R"~({{ toDateInZone "2006-01-02 15:04" "Europe/Berlin" "2021-07-02 10:30" }} {{ toDateInZone "2006-01-02 15:04" "America/New_York" "2021-12-02 10:30" }} {{ toDateInZone "2006-01-02" "Nope/Zone" "2021-07-02" }} {{ toDateInZone "2006-01-02 15:04 MST" "UTC" "2021-07-02 10:30 CEST" }} {{ toDateInZone "2006-01-02T15:04:05Z07:00" "Asia/Tokyo" "2021-07-02T10:30:00+09:00" }} {{ toDateInZone "2006-01-02T15:04:05Z07:00" "Asia/Tokyo" "2021-07-02T10:30:00Z" }} {{ toDateInZone "Jan 2 2006 3:04PM" "UTC" "Feb 3 2021 1:05AM" }} {{ toDateInZone "2006-01-02 15:04" "Europe/Berlin" "2021-03-28 02:30" }} {{ toDateInZone "2006-01-02 15:04" "Europe/Berlin" "2021-10-31 02:30" }})~",
     "2021-07-02 10:30:00 +0200 CEST 2021-12-02 10:30:00 -0500 EST 2021-07-02 00:00:00 +0000 UTC "
     "2021-07-02 10:30:00 +0000 CEST 2021-07-02 10:30:00 +0900 JST 2021-07-02 10:30:00 +0000 UTC "
     "2021-02-03 01:05:00 +0000 UTC 2021-03-28 03:30:00 +0200 CEST 2021-10-31 02:30:00 +0100 CET"},
    {R"~({{ (toDate "2006-01-02" "2021-11-02").Sub (toDate "2006-01-02" "2021-11-01") }} {{ ((toDate "2006-01-02" "2021-11-02").Sub (toDate "2006-01-02" "2021-11-01")).Hours }})~",
     "24h0m0s 24"},
    {R"~({{ toDate "2006-01-02" "2021-11-02" | unixEpoch }} {{ unixEpochMillis __timestamp__ }} {{ unixEpochNanos __timestamp__ }} {{ toDate "2006" "x" | unixEpoch }})~",
     "1635811200 1795140446915 1795140446915256097 -62135596800"},
    {"{{ eq __timestamp__ __timestamp__ }} {{ eq __timestamp__.Month 11 }} {{ lt "
     "__timestamp__.Hour 3 }}",
     "true true true"},
    {R"~({{ duration "1h30m" }} {{ duration "1.5ms" }} {{ duration "-2s" }})~", "5400 0.0015 -2"},
    {R"~({{ duration "5" }})~",
     R"~(template: line:1:3: executing "line" at <duration "5">: error calling duration: time: missing unit in duration "5")~"},
    {R"~({{ duration "" }})~",
     R"~(template: line:1:3: executing "line" at <duration "">: error calling duration: time: invalid duration "")~"},
};

TEST_CASE("Times are read and written by Go's layouts") {
  for (const TemplateCase& c : kCases) {
    CAPTURE(std::string(c.text));
    CHECK(RunTemplate(c.text) == c.want);
  }
}

}  // namespace
}  // namespace narfi::line_test
