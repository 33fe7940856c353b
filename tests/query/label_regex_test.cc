#include <doctest/doctest.h>

#include "query/exec/label_regex.h"
#include "query/logql/matcher.h"

namespace narfi::query {
namespace {

struct Case {
  std::string pattern;
  std::string want;  // = equals, ~ contains, i in front ignores case, + not empty, * always
};

const std::vector<Case> kCases = {
    {"10.*", "~10"},
    {".*ab", "~ab"},
    {".*ab.*", "~ab"},
    {"20", "=20"},
    {"20.", ""},
    {"a|b", ""},  // a class of characters
    {"warn|error", "=warn =error"},
    {"(warn|error)", "=warn =error"},
    {"war|warn", "~war ~warn"},
    {"er|erro", "~er ~erro"},
    {"wa1|wa2", ""},
    {"SEL.*|UPD.*", "~SEL ~UPD"},
    {"(seq|index) scan", ""},
    {"wa.n|err.+", ""},
    {"w.*n", ""},
    {".*/[a-z]+", ""},
    {"", "*"},
    {".*", "*"},
    {".+", "+"},
    {"^error$", ""},
    {"(?i)ERROR", "i=ERROR"},
    {"(?i)order.*", "i~order"},
    {"a+", ""},
    {"foo\\.bar.*", "~foo.bar"},
    {"\\d+", ""},
    {"((a{3}){3})", ""},
    {"foo(bar|quux)", "~foobar ~fooquux"},
    {"(unclosed", ""},
};

std::string ToText(const std::vector<LiteralTest>& tests) {
  std::string text;
  for (const LiteralTest& test : tests) {
    if (!text.empty()) text += ' ';
    if (test.ignore_case) text += 'i';
    text += "*+=~"[static_cast<size_t>(test.kind)];
    text += test.text;
  }
  return text;
}

TEST_CASE("Label regexes come down to literals where Loki's do") {
  for (const Case& c : kCases) {
    CAPTURE(c.pattern);
    CHECK(ToText(ReduceToLiterals(c.pattern)) == c.want);
  }
}

bool MatchesRegex(const std::string& pattern, std::string_view value) {
  const auto matcher = logql::MakeMatcher("x", logql::MatchOp::kRegex, pattern);
  REQUIRE(matcher.has_value());
  return LabelRegex(pattern, *matcher->regex).Matches(value);
}

TEST_CASE("What comes down to a literal is searched, the rest is anchored") {
  CHECK(MatchesRegex("10.*", "192.168.2.101"));
  CHECK(MatchesRegex("(?i)ERR.*", "an error"));
  CHECK(MatchesRegex("(?i)error", "ERROR"));
  CHECK(!MatchesRegex("(?i)error", "errors"));
  CHECK(!MatchesRegex("a|b", "ab"));
  CHECK(!MatchesRegex("20", "200"));
  CHECK(!MatchesRegex("[2-3]0", "200"));
  CHECK(MatchesRegex(".+", "x"));
  CHECK(!MatchesRegex(".+", ""));
  CHECK(MatchesRegex("", "anything"));
}

}  // namespace
}  // namespace narfi::query
