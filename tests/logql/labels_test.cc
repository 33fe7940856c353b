#include <doctest/doctest.h>

#include "query/logql/parser.h"

namespace narfi::logql {
namespace {

TEST_CASE("Label sets of pushes are read") {
  struct GoodCase {
    std::string_view text;
    std::string_view want;
  };
  constexpr GoodCase kGoodCases[] = {
      {"{}", "{}"},
      {"{b=\"2\", a=\"1\"}", "{a=\"1\", b=\"2\"}"},
      {" { a = 'x' ,\n b=`y\\` , } ", "{a=\"x\", b=\"y\\\\\"}"},
      {"{a=\"\\\"\\u00e9\\n\"}", "{a=\"\\\"\xC3\xA9\\n\"}"},
      {"{a=\"\"}", "{}"},
      {"name{a=\"1\"}", "{__name__=\"name\", a=\"1\"}"},
      {"name", "{__name__=\"name\"}"},
  };
  for (const GoodCase& c : kGoodCases) {
    CAPTURE(std::string(c.text));
    const auto labels = ParseLabels(c.text);
    REQUIRE(labels.has_value());
    CHECK(labels->ToString() == c.want);
  }
}

TEST_CASE("Bad label sets say where and why") {
  struct BadCase {
    std::string_view text;
    std::string_view want;
  };
  constexpr BadCase kBadCases[] = {
      {"{bad-name=\"x\"}", "1:5: parse error: unexpected character inside braces: '-'"},
      {"{1abc=\"x\"}", "1:2: parse error: unexpected character inside braces: '1'"},
      {"{=\"x\"}", "1:2: parse error: unexpected \"=\" in label set, expected identifier or \"}\""},
      {"{a b=\"x\"}", "1:4: parse error: unexpected identifier \"b\" in label set, expected \"=\""},
      {"{a.b=\"x\"}", "1:3: parse error: unexpected character inside braces: '.'"},
      {"{\xC3\xBC=\"x\"}", "1:2: parse error: unexpected character inside braces: '\xC3\xBC'"},
      {"{app=\"x\"", "1:9: parse error: unexpected end of input inside braces"},
      {"{app=~\"x\"}", "1:5: parse error: unexpected <op:=~> in label set, expected \"=\""},
      {"{a=b}", "1:4: parse error: unexpected identifier \"b\" in label set, expected string"},
      {"{a=\"b\" c=\"d\"}",
       "1:8: parse error: unexpected identifier \"c\" in label set, expected \",\" or \"}\""},
      {"{a=\"b", "1:4: parse error: unterminated quoted string"},
  };
  for (const BadCase& c : kBadCases) {
    CAPTURE(std::string(c.text));
    const auto labels = ParseLabels(c.text);
    REQUIRE(!labels);
    CHECK(labels.error().text == "couldn't parse labels: " + std::string(c.want));
  }
}

}  // namespace
}  // namespace narfi::logql
