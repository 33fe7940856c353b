#include "storage/skeleton.h"

#include <doctest/doctest.h>

#include <random>

#include "storage/value_form.h"

namespace narfi::storage {
namespace {

using Random = std::mt19937_64;

// The text between the marks, escapes undone, and the kinds of the marks.
struct SkeletonParts {
  std::vector<std::string> literals;
  std::vector<VariableKind> kinds;
};

bool ParseSkeleton(std::string_view skeleton, SkeletonParts& parts) {
  parts.literals.assign(1, {});
  return ForPieces(
      skeleton, [&](std::string_view part) { parts.literals.back() += part; },
      [&](VariableKind kind) {
        parts.kinds.push_back(kind);
        parts.literals.emplace_back();
      });
}

// What the skeleton and its variables make; empty when the skeleton is none.
std::string Rebuild(const std::string& skeleton, const std::vector<Variable>& variables) {
  SkeletonParts parts;
  if (!ParseSkeleton(skeleton, parts) || parts.kinds.size() != variables.size()) return {};
  std::string out = parts.literals[0];
  for (size_t i = 0; i < variables.size(); ++i) {
    if (parts.kinds[i] != variables[i].kind) return {};
    out += variables[i].text;
    out += parts.literals[i + 1];
  }
  return out;
}

bool IsOfKind(const Variable& variable) {
  const auto all = [&](std::string_view digits) {
    return variable.text.find_first_not_of(digits) == std::string_view::npos;
  };
  TimeText time;
  if (variable.kind == kTimeVariable) return ParseTimeText(variable.text, time);
  if (variable.kind > kHexVariable)
    return variable.text.size() + kHexVariable == variable.kind && all("0123456789abcdef") &&
           variable.text.size() >= kLeastNibbles && variable.text.size() <= kMaxHexVariable;
  return variable.kind >= 1 && variable.kind <= kMaxDigitRun &&
         variable.text.size() == variable.kind && all("0123456789");
}

void CheckText(const std::string& text) {
  std::string skeleton = "old";
  std::vector<Variable> variables(3);
  MakeSkeleton(text, skeleton, variables);
  CAPTURE(text);
  REQUIRE(Rebuild(skeleton, variables) == text);
  for (const Variable& variable : variables) REQUIRE(IsOfKind(variable));
  SkeletonParts parts;
  REQUIRE(ParseSkeleton(skeleton, parts));
  // What searching relies on: every digit is in a variable.
  for (const std::string& literal : parts.literals)
    REQUIRE(literal.find_first_of("0123456789") == std::string::npos);
}

// Its variables, each in brackets, instead of marks.
std::string Shown(std::string_view text) {
  std::string skeleton;
  std::vector<Variable> variables;
  MakeSkeleton(text, skeleton, variables);
  SkeletonParts parts;
  REQUIRE(ParseSkeleton(skeleton, parts));
  std::string out = parts.literals[0];
  for (size_t i = 0; i < variables.size(); ++i)
    out.append("[").append(variables[i].text).append("]").append(parts.literals[i + 1]);
  return out;
}

TEST_CASE("numbers, ids and times are variables, what is around them is not") {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"", ""},
      {"no number", "no number"},
      {"took 12 ms", "took [12] ms"},
      {"12ms", "[12]ms"},
      {"user12x3", "user[12]x[3]"},
      {"-1.50", "-[1].[50]"},
      {"1234567890123456789", "[123456789012345678][9]"},
      {"id 0badcafe.", "id [0badcafe]."},
      {"deadbeef", "deadbeef"},          // no digit
      {"0badcaf", "[0]badcaf"},          // too short
      {"0BADCAFE", "[0]BADCAFE"},        // upper case
      {"x0badcafe1", "x[0]badcafe[1]"},  // not at the begin of its word
      {"0badcafeg", "[0]badcafeg"},
      {"6ba7b810-9dad-11d1-80b4-00c04fd430c8",
       "[6ba7b810]-[9]dad-[11]d[1]-[80]b[4]-[00c04fd430c8]"},
      {"at 2026-11-20T00:06:40Z!", "at [2026-11-20T00:06:40]Z!"},
      {"2026-11-20 00:06:40,123", "[2026-11-20 00:06:40,123]"},
      {"2026-11-20T00:06:40.1234567890", "[2026-11-20T00:06:40].[1234567890]"},
      {"2026-11-20T00:06:40.x", "[2026-11-20T00:06:40].x"},
      {"2026-13-20T00:06:40", "[2026]-[13]-[20]T[00]:[06]:[40]"},
      {"x2026-11-20T00:06:40", "x[2026]-[11]-[20]T[00]:[06]:[40]"},
      // Digits that go on: then a needle over the border would be in no variable.
      {"2026-11-20T00:06:4012", "[2026]-[11]-[20]T[00]:[06]:[4012]"},
      {"2026-11-20T00:06:40abcdef12", "[2026]-[11]-[20]T[00]:[06]:[40abcdef12]"},
  };
  for (const auto& [text, shown] : table) CHECK(Shown(text) == shown);
}

TEST_CASE("a text comes back from its skeleton and variables") {
  for (const size_t digits : {1, 17, 18, 19, 36, 37, 200}) {
    CheckText(std::string(digits, '7'));
    CheckText("a" + std::string(digits, '7') + "b");
  }
  for (const size_t nibbles : {7, 8, 9, 63, 64, 65, 127, 128, 129})
    CheckText("id=" + std::string(nibbles - 1, 'a') + "1;");
  Random random(3);
  const std::vector<std::string> pieces = {"user",
                                           "GET",
                                           " ",
                                           "/",
                                           "0badcafe",
                                           "123456789",
                                           "0",
                                           "\xC0",
                                           "\xC1",
                                           "\xC0\x05",
                                           "\xC1\xC1",
                                           "2026-11-20T00:06:40.123",
                                           "2026-11-20 23:59:59",
                                           "-",
                                           ":",
                                           ".",
                                           "T",
                                           "Z",
                                           "+02:00",
                                           "f",
                                           "g",
                                           std::string("\0\1\x7F", 3),
                                           "\x88",
                                           "\xc3\xa9"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (uint64_t i = 0, n = random() % 9; i < n; ++i) text += pieces[random() % pieces.size()];
    CheckText(text);
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    CheckText(bytes);
  }
}

TEST_CASE("a skeleton is that of its words, one after the other, however long the text") {
  Random random(4);
  const std::string_view plain = "efghxyzXYZ";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    std::string expected;
    std::vector<std::string> variables;
    std::vector<Variable> found;
    std::string skeleton;
    for (uint64_t words = random() % 12; words > 0; --words) {
      std::string word(random() % 20, '\0');
      for (char& c : word) c = plain[random() % plain.size()];
      if (random() % 4 == 0) word.insert(random() % (word.size() + 1), "17");
      if (random() % 8 == 0) word += "0badcafe";
      MakeSkeleton(word, skeleton, found);
      expected += skeleton;
      for (const Variable& variable : found) variables.emplace_back(variable.text);
      text += word;
      const std::string_view marks[] = {" ", "  ", "/", "\xC0", "\xC1", "\xc3\xa9", "@[`{"};
      const std::string_view mark = marks[random() % std::size(marks)];
      MakeSkeleton(mark, skeleton, found);
      expected += skeleton;
      text += mark;
    }
    MakeSkeleton(text, skeleton, found);
    REQUIRE(skeleton == expected);
    REQUIRE(found.size() == variables.size());
    for (size_t i = 0; i < found.size(); ++i) REQUIRE(found[i].text == variables[i]);
  }
}

TEST_CASE("what ends within a mark is no skeleton") {
  SkeletonParts parts;
  CHECK(ParseSkeleton("", parts));
  CHECK(
      ParseSkeleton("a\xC1\xC0"
                    "b\xC0\x03",
                    parts));
  CHECK(parts.literals == std::vector<std::string>{"a\xC0"
                                                   "b",
                                                   ""});
  CHECK(parts.kinds == std::vector<VariableKind>{3});
  CHECK_FALSE(ParseSkeleton("a\xC0", parts));
  CHECK_FALSE(ParseSkeleton("a\xC1", parts));
}

}  // namespace
}  // namespace narfi::storage
