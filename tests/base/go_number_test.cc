#include <doctest/doctest.h>

#include <cmath>

#include "base/go_number.h"

namespace narfi {
namespace {

struct Case {
  std::string_view text;
  double want = 0;
  std::string_view error = {};
};

constexpr Case kCases[] = {
    {"5", 5},
    {"-1.5", -1.5},
    {"+5", 5},
    {".5", 0.5},
    {"1.", 1},
    {"1e3", 1000},
    {"0x1p4", 16},
    {"1e-400", 0},
    {"", 0, "strconv.ParseFloat: parsing \"\": invalid syntax"},
    {"11.39s", 0, "strconv.ParseFloat: parsing \"11.39s\": invalid syntax"},
    {"0x10", 0, "strconv.ParseFloat: parsing \"0x10\": invalid syntax"},
    {"1_000", 1000},
    {"1_0.5e1_0", 105000000000},
    {"0x_1p4", 16},
    {"1__0", 0, "strconv.ParseFloat: parsing \"1__0\": invalid syntax"},
    {"_1", 0, "strconv.ParseFloat: parsing \"_1\": invalid syntax"},
    {"1_", 0, "strconv.ParseFloat: parsing \"1_\": invalid syntax"},
    {"--1", 0, "strconv.ParseFloat: parsing \"--1\": invalid syntax"},
    {"1e400", 0, "strconv.ParseFloat: parsing \"1e400\": value out of range"},
    {"a\nb", 0, "strconv.ParseFloat: parsing \"a\\nb\": invalid syntax"},
};

TEST_CASE("Label values are read as Go reads floats") {
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.text));
    const auto got = ParseGoFloat(c.text);
    REQUIRE(got.has_value() == c.error.empty());
    if (got) CHECK(*got == c.want);
    if (!got) CHECK(got.error().text == c.error);
  }
  CHECK(std::isinf(*ParseGoFloat("-Inf")));
  CHECK(std::isnan(*ParseGoFloat("NaN")));
}

}  // namespace
}  // namespace narfi
