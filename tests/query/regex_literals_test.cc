#include "query/plan/regex_literals.h"

#include <doctest/doctest.h>
#include <re2/re2.h>

#include <algorithm>
#include <random>

namespace narfi::query {
namespace {

struct Case {
  std::string pattern;
  std::vector<std::string> want;
};

const std::vector<Case> kCases = {
    {"error", {"error"}},
    {"error|warn", {"error", "warn"}},
    {"time(out|d out)", {"timeout", "timed out"}},
    {"took [0-9]+ms", {"took "}},
    {"a+b", {"a"}},
    {"status=(4|5)[0-9]{2}", {"status=4", "status=5"}},
    {R"(\d+\.example\.com$)", {".example.com"}},
    {"(?:foo|bar)+baz", {"foo", "bar"}},
    {"x{3}abc", {"abc"}},
    {"x{0,3}abc?", {"ab"}},
    {"(?P<level>info|error) .*", {"info ", "error "}},
    {"[a]]b]c", {"]b]c"}},
    {"[[:alpha:]]+ing", {"ing"}},
    {"[^]]*done", {"done"}},
    {"(?i)error", {}},
    {"(?i:get) /path", {" /path"}},
    {"a(?i)b|c", {}},
    {"error|", {}},
    {"(error)?", {}},
    {".*", {}},
    {"", {}},
    {R"(\x41bc)", {}},
    {R"(\Qa.b\E)", {}},
    {R"(\bGET\b)", {"GET"}},
    {"ошибка|error", {"ошибка", "error"}},
    {"(a|b|c|d|e)(a|b|c|d|e)zzz", {"zzz"}},
};

TEST_CASE("What a regex cannot do without") {
  for (const Case& c : kCases) {
    CAPTURE(c.pattern);
    CHECK(RequiredTexts(c.pattern) == c.want);
  }
}

std::string RandomPattern(std::mt19937& random, int depth) {
  std::string out;
  for (uint32_t i = random() % 4; i > 0; --i) {
    switch (random() % 12) {
      case 0:
        out += depth > 2 ? "a" : "(" + RandomPattern(random, depth + 1) + ")";
        break;
      case 1:
        out += depth > 2 ? "b" : "(?:" + RandomPattern(random, depth + 1) + "|" +
                                     RandomPattern(random, depth + 1) + ")";
        break;
      case 2:
        out += "[ab]";
        break;
      case 3:
        out += ".";
        break;
      case 4:
        out += "\\w";
        break;
      case 5:
        out += "(?i)";
        break;
      default:
        out += "abc"[random() % 3];
        break;
    }
    const bool may_repeat = !out.ends_with("(?i)");
    switch (random() % 10) {
      case 0:
        out += may_repeat ? "*" : "";
        break;
      case 1:
        out += may_repeat ? "+" : "";
        break;
      case 2:
        out += may_repeat ? "?" : "";
        break;
      case 3:
        out += may_repeat ? "{1,2}" : "";
        break;
      default:
        break;
    }
  }
  return random() % 4 == 0 ? out + "|" + RandomPattern(random, depth + 1) : out;
}

TEST_CASE("No text matches a random regex without one of the texts it requires") {
  std::mt19937 random(11);
  int useful = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string pattern = RandomPattern(random, 0);
    re2::RE2::Options options;
    options.set_log_errors(false);
    const re2::RE2 regex(pattern, options);
    if (!regex.ok()) continue;
    const auto required = RequiredTexts(pattern);
    useful += required.empty() ? 0 : 1;
    for (int k = 0; k < 20; ++k) {
      std::string text;
      for (uint32_t n = random() % 8; n > 0; --n) text += "abcABC"[random() % 6];
      if (required.empty() || !re2::RE2::PartialMatch(text, regex)) continue;
      const bool has_one = std::any_of(required.begin(), required.end(), [&](const std::string& r) {
        return text.find(r) != std::string::npos;
      });
      CHECK_MESSAGE(has_one, (pattern + " matches " + text));
    }
  }
  CHECK(useful > 500);
}

}  // namespace
}  // namespace narfi::query
