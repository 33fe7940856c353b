#include "query/logql/matcher.h"

#include <doctest/doctest.h>
#include <re2/re2.h>

#include "line/go_regex.h"
#include "query/logql/parser.h"

namespace narfi::logql {
namespace {

TEST_CASE("Matchers compare whole values, and a missing label is empty") {
  struct MatchCase {
    MatchOp op;
    std::string_view pattern;
    std::string_view value;
    bool want;
  };
  constexpr MatchCase kMatchCases[] = {
      {MatchOp::kEqual, "a", "a", true},
      {MatchOp::kEqual, "a", "ab", false},
      {MatchOp::kNotEqual, "a", "", true},
      {MatchOp::kRegex, "a.*", "abc", true},
      {MatchOp::kRegex, "b", "abc", false},
      {MatchOp::kRegex, "a|b", "b", true},
      {MatchOp::kRegex, "a|b", "ab", false},
      {MatchOp::kRegex, ".*", "a\nb", true},
      {MatchOp::kRegex, ".+", "", false},
      {MatchOp::kNotRegex, "a.*", "abc", false},
      {MatchOp::kNotRegex, "a.*", "", true},
      {MatchOp::kRegex, "(?i)ABC", "abc", true},
      {MatchOp::kRegex, "(?<n>a)(?P<n>b)", "ab", true},
  };
  for (const MatchCase& c : kMatchCases) {
    CAPTURE(std::string(c.pattern));
    CAPTURE(std::string(c.value));
    const auto matcher = MakeMatcher("l", c.op, std::string(c.pattern));
    REQUIRE(matcher.has_value());
    CHECK(matcher->Accepts(c.value) == c.want);
    CHECK(ToPredicates({*matcher})[0].accepts(c.value) == c.want);
  }
}

TEST_CASE("Predicates say which values they can be looked up by") {
  const auto matchers = ParseSelector("{a=\"1\", b!=\"2\", c=~\"3\"}");
  REQUIRE(matchers.has_value());
  const auto predicates = ToPredicates(*matchers);
  REQUIRE(predicates.size() == 3);
  CHECK(predicates[0].is_equality);
  CHECK(predicates[0].value == "1");
  CHECK(!predicates[1].is_equality);
  CHECK(!predicates[2].is_equality);
  CHECK(Matches(Labels({{"a", "1"}, {"c", "3"}}), predicates));
  CHECK(!Matches(Labels({{"a", "1"}, {"b", "2"}, {"c", "3"}}), predicates));
}

TEST_CASE("Regexes fail with Go's sentences") {
  struct RegexCase {
    std::string_view pattern;
    std::string_view want;
  };
  constexpr RegexCase kRegexCases[] = {
      {"(", "missing closing ): `(`"},
      {"a)", "unexpected ): `a)`"},
      {"[a", "missing closing ]: `[a`"},
      {"[z-a]", "invalid character class range: `z-a`"},
      {"*a", "missing argument to repetition operator: `*`"},
      {"a**", "invalid nested repetition operator: `**`"},
      {"a{1001}", "invalid repeat count: `{1001}`"},
      {"\\8", "invalid escape sequence: `\\8`"},
      {"\\C", "invalid escape sequence: `\\C`"},
      {"\\", "trailing backslash at end of expression: ``"},
      {"(?=a)", "invalid or unsupported Perl syntax: `(?=`"},
      {"(?P<n", "invalid named capture: `(?P<n`"},
      {"(?P<n m>a)", "invalid named capture: `(?P<n m>`"},
      {"(?<>a)", "invalid named capture: `(?<>`"},
  };
  for (const RegexCase& c : kRegexCases) {
    CAPTURE(std::string(c.pattern));
    const auto regex = line::CompileRegex(c.pattern);
    REQUIRE(!regex);
    CHECK(regex.error().text == "error parsing regexp: " + std::string(c.want));
  }
}

TEST_CASE("Parentheses in classes, quotes and escapes are no groups") {
  std::vector<std::string> names;
  REQUIRE(
      line::CompileRegex("[(]\\((?P<a>[]()])\\Q(?P<b>\\E(c)(?:d)[[:alpha:](]", {.names = &names})
          .has_value());
  CHECK(names == std::vector<std::string>{"a", ""});
}

}  // namespace
}  // namespace narfi::logql
