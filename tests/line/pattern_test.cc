#include "line/pattern.h"

#include <doctest/doctest.h>

namespace narfi::line {
namespace {

// "<a>" is a kept capture, "<_>" one that is skipped; the names count for nothing here.
LinePattern Compile(std::string_view text) {
  std::vector<LinePattern::Part> parts;
  while (!text.empty()) {
    if (text.front() == '<') {
      const size_t end = text.find('>');
      parts.push_back({true, text.substr(0, end + 1) != "<_>", {}});
      text.remove_prefix(end + 1);
    } else {
      const size_t end = std::min(text.find('<'), text.size());
      parts.push_back({false, false, std::string(text.substr(0, end))});
      text.remove_prefix(end);
    }
  }
  return LinePattern(std::move(parts));
}

struct ExtractCase {
  std::string_view pattern;
  std::string_view line;
  std::string_view want;  // values, each in brackets
};

constexpr ExtractCase kExtracts[] = {
    {"<a> <b>", "one two three", "[one][two three]"},
    {"<a> <_>", "one two three", "[one]"},
    {"<_> <a>", "one two three", "[two three]"},
    {"<a> - <b> [<_>] \"<c> ", "::1 - me [now] \"GET / HTTP\"", "[::1][me][GET]"},
    {"<a> <b>", "single", "[single]"},  // what does not follow is not waited for
    {"<_> <a>", "single", ""},
    {"<a>=<b> <c>=<d>", "x=1 y", "[x][1][y]"},
    {"<a> x", "one two", "[one two]"},
    {"<a> x", "one x two", "[one]"},
    {"level=<a> <b>", "level=warn rest", "[warn][rest]"},
    {"level=<a> <b>", " level=warn rest", ""},  // anchored at the front
    {"level=<a>", "leve", ""},
    {"\"<a>\" <b>", "\"\" x", "[][x]"},
    {"<a> <b>", " x", "[][x]"},
    {"<a> <b>", "x ", "[x][]"},
    {"<a>", "", ""},
    {"<a>é<b>", "1é2", "[1][2]"},
};

TEST_CASE("Captures reach to the literal behind them, or to the end") {
  std::vector<std::string_view> values;
  for (const ExtractCase& c : kExtracts) {
    CAPTURE(std::string(c.pattern));
    CAPTURE(std::string(c.line));
    Compile(c.pattern).Extract(c.line, values);
    std::string got;
    for (const std::string_view value : values) got.append("[").append(value).append("]");
    CHECK(got == c.want);
  }
}

struct MatchCase {
  std::string_view pattern;
  std::string_view line;
  bool want = true;
};

constexpr MatchCase kMatches[] = {
    {"<_>", "x"},
    {"<_>", "", false},
    {"", ""},
    {"", "x", false},
    {"plain", "plain"},
    {"plain", "plain text", false},
    {"plain", "a plain", false},
    {"ts=<_>", "ts=1"},
    {"ts=<_>", "ts=", false},  // a capture is never empty
    {"ts=<_>", " ts=1", false},
    {"ts=<_> level=warn", "ts=1 level=warn"},
    {"ts=<_> level=warn", "ts=1 level=warn x", false},
    {"ts=<_> level=warn<_>", "ts=1 level=warn x"},
    {"<_>error<_>", "an error here"},
    {"<_>error<_>", "error here", false},
    {"<_>error<_>", "an error", false},
    {"<_> <_> <_>", "a b c"},
    {"<_> <_> <_>", "a b", false},
    {"<_>ab<_>ab", "1ab2ab"},
    {"<_>ab<_>ab", "1abab", false},
    {"<_>b", "abb", false},  // the first b counts
};

TEST_CASE("A pattern filter wants the whole line") {
  for (const MatchCase& c : kMatches) {
    CAPTURE(std::string(c.pattern));
    CAPTURE(std::string(c.line));
    CHECK(Compile(c.pattern).Matches(c.line) == c.want);
  }
}

}  // namespace
}  // namespace narfi::line
