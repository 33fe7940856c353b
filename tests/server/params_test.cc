#include "server/params.h"

#include <doctest/doctest.h>

#include "base/duration.h"

namespace narfi::server {
namespace {

constexpr int64_t kNow = 1'795'140'000 * kSecond;

// A request with these parameters; it cannot be copied or moved.
std::unique_ptr<net::HttpRequest> With(net::Params params) {
  auto request = std::make_unique<net::HttpRequest>();
  request->params = std::move(params);
  return request;
}

TEST_CASE("times are seconds, nanoseconds, floats or RFC 3339") {
  struct Case {
    std::string_view text;
    int64_t want_ns;
    std::string_view want_error = {};
  };
  static constexpr Case kCases[] = {
      {"1795140000", 1'795'140'000 * kSecond},
      {"1795140000000000000", 1'795'140'000 * kSecond},
      {"1795140000.5", 1'795'140'000 * kSecond + kSecond / 2},
      {"1795140000.000", 1'795'140'000 * kSecond},
      {"4000000000", 4'000'000'000 * kSecond},
      {"2026-11-20T02:00:00Z", 1'795'140'000 * kSecond},
      {"2026-11-20T04:00:00+02:00", 1'795'140'000 * kSecond},
      {"-5", -5 * kSecond},
      {"abc", 0, "strconv.ParseInt: parsing \"abc\": invalid syntax"},
      {"1e99", 0, "strconv.ParseInt: parsing \"1e99\": invalid syntax"},
      {"NaN", 0, "strconv.ParseInt: parsing \"NaN\": invalid syntax"},
      {"2026-13-01T00:00:00Z", 0,
       "strconv.ParseInt: parsing \"2026-13-01T00:00:00Z\": invalid syntax"},
      {"99999999999999999999", 0,
       "strconv.ParseInt: parsing \"99999999999999999999\": value out of range"},
  };
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.text));
    const auto got = ParseTimestamp(c.text);
    REQUIRE(got.has_value() == c.want_error.empty());
    if (got) CHECK(*got == c.want_ns);
    if (!got) CHECK(got.error().text == c.want_error);
  }
}

TEST_CASE("steps are seconds or durations") {
  CHECK(*ParseStep("60") == kMinute);
  CHECK(*ParseStep("0.5") == kSecond / 2);
  CHECK(*ParseStep("5m") == 5 * kMinute);
  CHECK(*ParseStep("1d") == kDay);
  CHECK(ParseStep("abc").error().text == "cannot parse \"abc\" to a valid duration");
  CHECK(ParseStep("-1m").error().text == "cannot parse \"-1m\" to a valid duration");
  CHECK(*ParseStep("-60") == -kMinute);
}

TEST_CASE("a range query has Loki's defaults") {
  const auto query = ReadRangeQuery(*With({{"query", "{a=\"b\"}"}}), kNow);
  REQUIRE(query.has_value());
  CHECK(query->end_ns == kNow);
  CHECK(query->start_ns == kNow - kHour);
  CHECK(query->limit == 100);
  CHECK(query->direction == query::Direction::kBackward);
  CHECK(query->step_ns == 14 * kSecond);
  CHECK(query->interval_ns == 0);
}

TEST_CASE("bad parameters of a range query are refused in Loki's words") {
  struct Case {
    net::Params params;
    std::string_view want;
  };
  const Case cases[] = {
      {{{"start", "abc"}},
       "could not parse 'start' parameter: strconv.ParseInt: parsing \"abc\": invalid syntax"},
      {{{"end", "xyz"}},
       "could not parse 'end' parameter: strconv.ParseInt: parsing \"xyz\": invalid syntax"},
      {{{"since", "90"}}, "could not parse 'since' parameter: not a valid duration string: \"90\""},
      {{{"limit", "x"}}, "strconv.Atoi: parsing \"x\": invalid syntax"},
      {{{"limit", "0"}}, "limit must be a positive value"},
      {{{"direction", "sideways"}}, "invalid direction 'sideways'"},
      {{{"step", "0"}},
       "zero or negative query resolution step widths are not accepted. Try a positive integer"},
      {{{"interval", "-5"}}, "interval must be >= 0"},
      {{{"start", "1795140001"}, {"end", "1795140000"}},
       "end timestamp must not be before or equal to start time"},
  };
  for (const Case& c : cases) {
    const auto got = ReadRangeQuery(*With(c.params), kNow);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().text == c.want);
  }
}

TEST_CASE("since moves the start back from the end") {
  const auto range = ReadRange(*With({{"end", "1795100000"}, {"since", "2h"}}), kNow, kHour);
  REQUIRE(range.has_value());
  CHECK(range->start_ns == 1'795'100'000 * kSecond - 2 * kHour);
}

}  // namespace
}  // namespace narfi::server
