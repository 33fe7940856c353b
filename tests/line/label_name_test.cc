#include <doctest/doctest.h>

#include "line/label_name.h"

namespace narfi::line {
namespace {

struct Case {
  std::string_view key;
  std::string_view want;
};

constexpr Case kCases[] = {
    {"level", "level"}, {"c-d", "c_d"},     {"e.f", "e_f"},         {"1k", "_1k"},  {"_k", "_k"},
    {"k\"q", "k_q"},    {" k y ", "k_y"},   {"ünïcode", "_n_code"}, {"日本", "__"}, {"", ""},
    {" \t", ""},        {"\xff\xfe", "__"}, {"\u00a0x", "x"},
};

TEST_CASE("Field names become label names") {
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.key));
    CHECK(ToLabelName(c.key) == c.want);
  }
}

TEST_CASE("Only at the front a digit gets an underscore") {
  std::string name = "a_";
  AppendLabelName(name, "1b");
  CHECK(name == "a_1b");
}

}  // namespace
}  // namespace narfi::line
