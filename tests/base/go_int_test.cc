#include "base/go_int.h"

#include <doctest/doctest.h>

namespace narfi {
namespace {

struct Case {
  std::string_view text;
  int base;
  int64_t want;
  std::string_view error = {};
};

constexpr Case kCases[] = {
    {"12", 10, 12},
    {"-12", 10, -12},
    {"+12", 10, 12},
    {"012", 10, 12},
    {"012", 0, 10},
    {"0x1F", 0, 31},
    {"0b101", 0, 5},
    {"0o17", 0, 15},
    {"1_000", 0, 1000},
    {"0x_1f", 0, 31},
    {"0", 0, 0},
    {"-9223372036854775808", 10, INT64_MIN},
    {"9223372036854775808", 10, 0, "value out of range"},
    {"99999999999999999999", 10, 0, "value out of range"},
    {"1_000", 10, 0, "invalid syntax"},
    {"1__0", 0, 0, "invalid syntax"},
    {"_1", 0, 0, "invalid syntax"},
    {"1_", 0, 0, "invalid syntax"},
    {"08", 0, 0, "invalid syntax"},
    {"0x", 0, 0, "invalid syntax"},
    {"", 10, 0, "invalid syntax"},
    {"-", 10, 0, "invalid syntax"},
    {"1a", 10, 0, "invalid syntax"},
};

TEST_CASE("Whole numbers are read as Go reads them") {
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.text));
    const auto got = ParseGoInt(c.text, c.base);
    if (c.error.empty()) {
      CHECK(got.value_or(-77) == c.want);
    } else {
      REQUIRE_FALSE(got.has_value());
      CHECK(got.error().text ==
            "strconv.ParseInt: parsing \"" + std::string(c.text) + "\": " + std::string(c.error));
    }
  }
}

}  // namespace
}  // namespace narfi
