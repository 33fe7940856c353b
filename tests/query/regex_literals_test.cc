#include "query/plan/regex_literals.h"

#include <doctest/doctest.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
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
    {"(?i)Error", {"error"}},
    {"(?i:get) /Path", {"get /path"}},
    {"a(?i)b|c", {"ab", "c"}},
    {"(?i)ошибка: x", {": x"}},
    {"foo{1|bar}x", {}},
    {"Foo{3 .*}", {}},
    {"foo{01}", {}},
    {"foo{2,}bar{1,3}", {"fo"}},
    {"v(?i)?2", {}},
    {R"([\w-"]abc)", {"abc"}},
    {R"([\w-[:punct:]]abc)", {"abc"}},
    {R"([a-[:punct:]]abc)", {}},
    {"[[:]a|bcdef]x", {}},
    {R"([\pL]abc)", {}},
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
    CHECK(RequiredTextsOf(c.pattern).any_of == c.want);
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
        out += depth > 2 ? "b"
                         : "(?:" + RandomPattern(random, depth + 1) + "|" +
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
    switch (random() % 10) {
      case 0:
        out += "*";
        break;
      case 1:
        out += "+";
        break;
      case 2:
        out += "?";
        break;
      case 3:
        out += "{1,2}";
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
    const RequiredTexts required = RequiredTextsOf(pattern);
    useful += required.any_of.empty() ? 0 : 1;
    for (int k = 0; k < 20; ++k) {
      std::string text;
      for (uint32_t n = random() % 8; n > 0; --n) text += "abcABC"[random() % 6];
      if (required.any_of.empty() || !re2::RE2::PartialMatch(text, regex)) continue;
      CHECK_MESSAGE(required.MayBeIn(text), (pattern + " matches " + text));
    }
  }
  CHECK(useful > 500);
}

TEST_CASE("A regex that ignores case finds the odd letters of Unicode too") {
  for (const char* text : {"\xE2\x84\xAA", "k", "K"}) {
    CHECK(re2::RE2::PartialMatch(std::string("dis") + text, "(?i)DISK"));
    CHECK(RequiredTextsOf("(?i)DISK").MayBeIn(std::string("dis") + text));
  }
  CHECK(re2::RE2::PartialMatch("di\xC5\xBFk", "(?i)DISK"));
  CHECK(RequiredTextsOf("(?i)DISK").MayBeIn("di\xC5\xBFk"));
  CHECK_FALSE(RequiredTextsOf("(?i)DISK").MayBeIn("dis"));
  CHECK_FALSE(RequiredTextsOf("(?i)bell").MayBeIn("\xE2\x84\xAA"));
}

TEST_CASE("What may be around a match of a regex") {
  using Scope = storage::PatternSearch::Scope;
  for (const char* pattern :
       {"timed? ?out after [0-9]+ ?ms", "(?i)error|fail(ed)?", R"(a\.b\s\d\w+)", "[[:alpha:]]x",
        "[a-z_.-]x", "[]x]y", R"(x[\]\d-])", "x{2,3}(?:y|z)*", R"(user[\w-:,]+id)"})
    CHECK_MESSAGE(RequiredTextsOf(pattern).scope == Scope::kValue, pattern);
  for (const char* pattern : {"a.b", "a[^b]", R"(a"b)", R"(a\"b)", R"(a\Db)", R"(a[\S]b)", "a[ -~]",
                              "a[!-/]", "a[[:^alpha:]]", "a[[:punct:]]", "a\tb", R"(a[\w-"])",
                              R"(user[\w-":,]+id)", R"(a[\s-"])", "a[\"]"})
    CHECK_MESSAGE(RequiredTextsOf(pattern).scope == Scope::kText, pattern);
  for (const char* pattern : {"^a", "a$", R"(\ba)", R"(a\B.)", R"(\Aa)", R"(a\z)"})
    CHECK_MESSAGE(RequiredTextsOf(pattern).scope == Scope::kLine, pattern);
}

std::vector<std::string> PiecesBetweenQuotes(const std::string& text) {
  std::vector<std::string> pieces(1);
  for (const char c : text) {
    if (c == '"') {
      pieces.emplace_back();
    } else {
      pieces.back() += c;
    }
  }
  return pieces;
}

TEST_CASE("A random regex matches a text where its scope says so") {
  using Scope = storage::PatternSearch::Scope;
  std::mt19937 random(12);
  std::map<Scope, int> matches;
  const std::vector<std::string> atoms = {"a",
                                          "b",
                                          "\"",
                                          "\\\"",
                                          ".",
                                          "[ab]",
                                          "[^b]",
                                          "[!-b]",
                                          "[a\"]",
                                          "\\b",
                                          "^",
                                          "$",
                                          "\\w",
                                          "\\W",
                                          "(?i)",
                                          "[[:alpha:]]",
                                          "[\\Da]",
                                          "\\s",
                                          "[\\w-]",
                                          "(a|b)",
                                          "(\"|b)?",
                                          "[]a]",
                                          "[^]a]",
                                          "{",
                                          "{1",
                                          "{1,2}",
                                          "{0}",
                                          "*",
                                          "?",
                                          "[\\w-\"]",
                                          "[\\w-[:punct:]]",
                                          "[a-[:punct:]]",
                                          "[[:]a]",
                                          "(?-i)",
                                          "}"};
  for (int i = 0; i < 20'000; ++i) {
    std::string pattern;
    for (uint32_t n = 1 + random() % 4; n > 0; --n) pattern += atoms[random() % atoms.size()];
    re2::RE2::Options options;
    options.set_log_errors(false);
    const re2::RE2 regex(pattern, options);
    if (!regex.ok()) continue;
    const RequiredTexts required = RequiredTextsOf(pattern);
    if (required.any_of.empty()) continue;
    for (int k = 0; k < 10; ++k) {
      std::string text;
      for (uint32_t n = random() % 8; n > 0; --n) text += "abAB\" -1\xC3"[random() % 9];
      const bool found = re2::RE2::PartialMatch(text, regex);
      if (found) CHECK_MESSAGE(required.MayBeIn(text), (pattern + " matches " + text));
      const auto pieces = PiecesBetweenQuotes(text);
      const bool in_piece = std::any_of(
          pieces.begin(), pieces.end(),
          [&](const std::string& piece) { return re2::RE2::PartialMatch(piece, regex); });
      if (found) ++matches[required.scope];
      if (required.scope == Scope::kValue)
        CHECK_MESSAGE(found == in_piece, (pattern + " in " + text));
      if (required.scope == Scope::kText && in_piece)
        CHECK_MESSAGE(found, (pattern + " in " + text));
    }
  }
  CHECK(matches[Scope::kValue] > 1000);
  CHECK(matches[Scope::kText] > 1000);
}

}  // namespace
}  // namespace narfi::query
