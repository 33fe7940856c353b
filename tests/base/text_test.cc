// Durations, sizes, times, quoted text and numbers: what is written as Go and Prometheus write it.
#include <doctest/doctest.h>

#include <cmath>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/json_write.h"
#include "base/labels.h"
#include "base/size.h"
#include "base/time.h"
#include "base/unicode.h"

namespace narfi {
namespace {

TEST_CASE("Go durations") {
  struct Case {
    std::string_view text;
    int64_t want_ns;
    std::string_view want_error = {};
  };
  static constexpr Case kCases[] = {
      {"5m", 5 * kMinute},
      {"1h30m", 90 * kMinute},
      {"1.5s", 1'500'000'000},
      {"-2ms", -2'000'000},
      {"0", 0},
      {"100\xC2\xB5s", 100'000},
      {"", 0, "time: invalid duration \"\""},
      {"5", 0, "time: missing unit in duration \"5\""},
      {"5x", 0, "time: unknown unit \"x\" in duration \"5x\""},
      {"99999999999h", 0, "time: invalid duration \"99999999999h\""},
  };
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.text));
    const auto got = ParseGoDuration(c.text);
    REQUIRE(got.has_value() == c.want_error.empty());
    if (got) CHECK(*got == c.want_ns);
    if (!got) CHECK(got.error().text == c.want_error);
  }
}

TEST_CASE("Prometheus durations, largest unit first") {
  CHECK(*ParsePrometheusDuration("1d2h") == 26 * kHour);
  CHECK(*ParsePrometheusDuration("1w") == kWeek);
  CHECK_FALSE(ParsePrometheusDuration("2h1d").has_value());
  CHECK(ParsePrometheusDuration("90").error().text == "not a valid duration string: \"90\"");
  CHECK_FALSE(ParsePrometheusDuration("-1h").has_value());
}

TEST_CASE("durations are written as their languages write them") {
  CHECK(FormatGoDuration(0) == "0s");
  CHECK(FormatGoDuration(800 * kHour) == "800h0m0s");
  CHECK(FormatGoDuration(1'500'000) == "1.5ms");
  CHECK(FormatGoDuration(-kSecond) == "-1s");
  CHECK(FormatPrometheusDuration(30 * kDay + kHour) == "30d1h");
  CHECK(FormatPrometheusDuration(kWeek) == "1w");
  CHECK(FormatPrometheusDuration(0) == "0s");
}

TEST_CASE("byte sizes") {
  CHECK(*ParseHumanBytes("5KB") == 5000);
  CHECK(*ParseHumanBytes("5KiB") == 5120);
  CHECK(*ParseConfigBytes("256KB") == 262144);
  CHECK(*ParseConfigBytes("1.5GB") == 1610612736);
  CHECK_FALSE(ParseHumanBytes("5QB").has_value());
  CHECK_FALSE(ParseHumanBytes("x").has_value());
}

TEST_CASE("times of RFC 3339, and back, to both ends of the calendar") {
  CHECK(*ParseRfc3339("2026-11-20T02:00:00.5Z") == 1'795'140'000'500'000'000);
  CHECK(*ParseRfc3339("2026-11-20T04:00:00+02:00") == 1'795'140'000'000'000'000);
  for (const std::string_view bad : {"2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-20",
                                     "2026-11-20 02:00:00Z", "9999-01-01T00:00:00Z"}) {
    CHECK_FALSE(ParseRfc3339(bad).has_value());
  }
  for (const int64_t ns :
       {int64_t{0}, int64_t{-1}, INT64_MIN, INT64_MAX, int64_t{1'795'140'000'123'456'789}}) {
    CHECK(*ParseRfc3339(FormatRfc3339(ns)) == ns);
  }
  CHECK(FormatRfc3339(INT64_MIN) == "1677-09-21T00:12:43.145224192Z");
  CHECK(FormatGoTime(1'795'133'200'000'000'000) == "2026-11-20 00:06:40 +0000 UTC");
  CHECK(UtcDay(-1) == -1);
  CHECK(UtcDay(0) == 0);
  CHECK(FormatUtcDay(UtcDay(1'795'140'000'000'000'000)) == "2026-11-20");
}

TEST_CASE("quoted text and numbers") {
  CHECK(GoQuote("a\"b\\\n\x01\xff\xC3\xA9") == "\"a\\\"b\\\\\\n\\x01\\xff\xC3\xA9\"");
  CHECK(FormatSample(0.1) == "0.1");
  CHECK(FormatSample(1e21) == "1000000000000000000000");
  CHECK(FormatSample(std::pow(2.0, 70)) == "1180591620717411300000");
  CHECK(FormatSample(-1e23) == "-100000000000000000000000");
  CHECK(FormatSample(9007199254740992.0) == "9007199254740992");
  CHECK(FormatSample(9007199254740993e3) == "9007199254740993000");
  CHECK(FormatSample(12345678901234567890.0) == "12345678901234567000");
  CHECK(FormatJsonNumber(1e21) == "1e+21");
  CHECK(FormatJsonNumber(1e-7) == "1e-7");
  std::string json;
  AppendJsonString(json, "long enough for a block \"and\" \\ \t\x01\xff\xC3\xA9");
  CHECK(json == "\"long enough for a block \\\"and\\\" \\\\ \\t\\u0001\\ufffd\xC3\xA9\"");
  CHECK(RepairUtf8("a\xff"
                   "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK_FALSE(IsValidUtf8("\xED\xA0\x80"));
}

TEST_CASE("labels are sorted, empty values are none, the last of a name counts") {
  const Labels labels({{"b", "2"}, {"a", "1"}, {"c", ""}, {"b", "3"}});
  CHECK(labels.ToString() == "{a=\"1\", b=\"3\"}");
  CHECK(labels.Get("c").empty());
  CHECK(Labels(std::vector<Label>{{"a", "bc"}}).Id() !=
        Labels(std::vector<Label>{{"ab", "c"}}).Id());
}

}  // namespace
}  // namespace narfi
