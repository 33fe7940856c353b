// FindText against a look at every line, over texts that are made of what skeletons take apart.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <random>

#include "base/text_search.h"
#include "storage/columnar.h"
#include "tests/storage/support/memory_group.h"

namespace narfi::storage {
namespace {

using Lines = std::vector<std::string>;
using Random = std::mt19937_64;

const std::vector<std::string> kPieces = {"2026-11-20T00:06:40",
                                          "2026-11-20 23:59:59.125",
                                          "0badcafe12",
                                          "abcdef",
                                          "abcdef12",
                                          "deadbeef",
                                          "12",
                                          "7",
                                          "40",
                                          "123456789012345678",
                                          "1234567890123456789",
                                          " ",
                                          " ",
                                          "-",
                                          ":",
                                          ".",
                                          ",",
                                          "T",
                                          "Z",
                                          "x",
                                          "g",
                                          "user",
                                          "id=",
                                          "+02:00",
                                          "\xC0",
                                          "\xC1",
                                          "\x7F",
                                          "0.5",
                                          "took ",
                                          "ms"};

// Pieces in an order of their own for each kind of text, some of them drawn anew in each.
std::string RandomText(Random& random, uint64_t kind) {
  Random fixed(kind);
  std::string out;
  for (uint64_t i = 0, n = 1 + fixed() % 6; i < n; ++i) {
    const uint64_t same = fixed();
    switch (same % 4) {
      case 0:
        out += std::to_string(random() % 3000);
        break;
      case 1:
        out += kPieces[random() % kPieces.size()];
        break;
      default:
        out += kPieces[same / 4 % kPieces.size()];
    }
  }
  return out;
}

std::string RandomLine(Random& random, bool is_json, uint64_t kinds) {
  const std::string text = RandomText(random, random() % kinds);
  if (!is_json) return text;
  std::string plain;
  for (const char c : text) plain += c == '\xC0' || c == '\xC1' ? '?' : c;
  return "{\"n\":" + std::to_string(random() % 2000) + ",\"msg\":\"" + plain + "\"}";
}

// Of JSON or of text, round by round, of few kinds or many; some with letters that fold to others.
Lines RandomLines(Random& random, int round, bool has_odd_letters) {
  const bool is_json = round % 2 == 0;
  const uint64_t kinds = 1 + random() % (round % 3 == 0 ? 400 : 6);
  Lines lines;
  for (uint64_t i = 0, n = 20 + random() % 1500; i < n; ++i) {
    lines.push_back(RandomLine(random, is_json, kinds));
    if (has_odd_letters && random() % 8 == 0) lines.back() += "\xC5\xBF \xE2\x84\xAA";
  }
  return lines;
}

std::vector<int64_t> TimesOf(size_t count) {
  std::vector<int64_t> times;
  for (size_t i = 0; i < count; ++i)
    times.push_back(1'795'651'200'123'456'789 + static_cast<int64_t>(i) * 1'234'567);
  return times;
}

std::string RandomNeedle(Random& random, const Lines& lines) {
  const std::string& line = lines[random() % lines.size()];
  const size_t begin = random() % line.size();
  std::string needle = line.substr(begin, 1 + random() % (random() % 4 == 0 ? 40 : 9));
  if (random() % 4 == 0) needle += kPieces[random() % kPieces.size()];
  return needle;
}

void CheckNeedle(const Columnar& columns, const Lines& lines, const std::string& needle) {
  const auto hits = columns.FindText(needle);
  REQUIRE(hits.has_value());
  for (uint32_t row = 0; row < lines.size(); ++row) {
    if ((*hits)->maybe.Has(row) && !(*hits)->sure.Has(row)) continue;
    if ((*hits)->sure.Has(row) == ContainsText(lines[row], needle)) continue;
    CAPTURE(needle);
    CAPTURE(lines[row]);
    REQUIRE((*hits)->sure.Has(row) == ContainsText(lines[row], needle));
  }
}

// A needle as a regex, parts of it made vaguer; its texts are those of the needle's longest piece.
struct RandomSearch {
  std::string pattern;
  PatternSearch search;
};

RandomSearch MakeSearch(Random& random, const Lines& lines) {
  using Scope = PatternSearch::Scope;
  RandomSearch out;
  const bool folded = random() % 2 == 0;
  out.search.folded = folded;
  out.search.scope = Scope::kValue;
  std::string pattern = folded ? "(?i)" : "";
  // Of one text all is sure to be in the match, of the other any digit does.
  std::string needle = RandomNeedle(random, lines);
  // Other letters that ignore case are in no text that a match must have.
  std::replace_if(
      needle.begin(), needle.end(), [](char c) { return (c & 0x80) != 0; }, '#');
  std::string sure = needle.substr(0, 1 + random() % needle.size());
  pattern += re2::RE2::QuoteMeta(sure);
  const std::string rest = needle.substr(sure.size());
  for (const char c : rest)
    pattern += c >= '0' && c <= '9' ? "[0-9]+" : re2::RE2::QuoteMeta(std::string(1, c));
  for (const char c : needle) {
    if (c == '"' || c < ' ' || c == '\x7F') out.search.scope = Scope::kText;
  }
  if (random() % 4 == 0) {
    pattern = std::string(folded ? "(?i)" : "") + (random() % 2 == 0 ? "^" : "\\b") +
              pattern.substr(folded ? 4 : 0);
    out.search.scope = Scope::kLine;
  } else if (random() % 4 == 0) {
    pattern += ".*[a-z]";
    out.search.scope = Scope::kText;
  }
  out.search.any_of = {folded ? ToLowerAscii(sure) : sure};
  if (random() % 3 == 0) {
    pattern += "|zebra";
    out.search.any_of.push_back("zebra");
  }
  out.search.name = pattern;
  out.pattern = pattern;
  return out;
}

// Maybe is always right, but shall be rare where the columns tell.
size_t CheckSearch(const Columnar& columns, const Lines& lines, const RandomSearch& made) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  const re2::RE2 regex(made.pattern, options);
  if (!regex.ok()) return 0;
  PatternSearch search = made.search;
  search.matches = [&](std::string_view text) {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex);
  };
  const auto hits = columns.FindMatches(search);
  REQUIRE(hits.has_value());
  size_t sure = 0;
  for (uint32_t row = 0; row < lines.size(); ++row) {
    const bool is_sure = (*hits)->sure.Has(row);
    sure += is_sure ? 1 : 0;
    if ((*hits)->maybe.Has(row) && !is_sure) continue;
    if (is_sure == search.matches(lines[row])) continue;
    CAPTURE(made.pattern);
    CAPTURE(lines[row]);
    REQUIRE(is_sure == search.matches(lines[row]));
  }
  return sure;
}

TEST_CASE("a text over the end of a time is found too") {
  Lines lines;
  std::vector<int64_t> times;
  for (int i = 0; i < 600; ++i) {
    lines.push_back("2026-11-20T00:06:" + std::to_string(10 + i % 50) +
                    std::to_string(10 + i % 89) + " of " + std::to_string(i * 7919 % 10'007));
    times.push_back(i);
  }
  const auto made = MakeMemoryGroup(lines, times);
  const auto columns = made->columnar();
  for (const char* needle : {"3055", "055", "1010 of", "0:06:3030", "4040"})
    CheckNeedle(**columns, lines, needle);
}

// Ids that come once lie in the order of their lines, and are asked by a filter first.
TEST_CASE("every id is found in its lines, and one that is not there in none") {
  Random random(23);
  const auto new_id = [&] { return fmt::format("{:016x}{:016x}", random(), random()); };
  for (const bool repeats : {false, true}) {
    std::vector<std::string> ids;
    Lines lines;
    for (int i = 0; i < 3000; ++i) {
      ids.push_back(repeats && i % 7 == 3 ? ids[random() % ids.size()] : new_id());
      lines.push_back(fmt::format(R"({{"level":"info","trace_id":"{}","n":{}}})", ids.back(), i));
    }
    const auto made = MakeMemoryGroup(lines, TimesOf(lines.size()));
    const auto columns = made->columnar();
    REQUIRE(columns.has_value());
    for (size_t i = 0; i < ids.size(); i += 11) {
      CheckNeedle(**columns, lines, ids[i]);
      const auto hits = (*columns)->FindText(ids[i]);
      REQUIRE(hits.has_value());
      CHECK((*hits)->sure.Has(static_cast<uint32_t>(i)));
    }
    for (int i = 0; i < 300; ++i) {
      const auto hits = (*columns)->FindText(new_id());
      REQUIRE(hits.has_value());
      CHECK((*hits)->sure.empty());
      CHECK((*hits)->maybe.empty());
    }
  }
}

TEST_CASE("a text is found in every line that holds it, and surely in no other") {
  Random random(21);
  for (int round = 0; round < 60; ++round) {
    const Lines lines = RandomLines(random, round, false);
    const auto made = MakeMemoryGroup(lines, TimesOf(lines.size()));
    const auto columns = made->columnar();
    REQUIRE(columns.has_value());
    CAPTURE(round);
    for (int i = 0; i < 60; ++i) CheckNeedle(**columns, lines, RandomNeedle(random, lines));
    for (const std::string& piece : kPieces) CheckNeedle(**columns, lines, piece);
  }
}

TEST_CASE("a pattern matches the lines that columns say it does") {
  Random random(22);
  size_t sure = 0;
  for (int round = 0; round < 60; ++round) {
    const Lines lines = RandomLines(random, round, true);
    const auto made = MakeMemoryGroup(lines, TimesOf(lines.size()));
    const auto columns = made->columnar();
    REQUIRE(columns.has_value());
    CAPTURE(round);
    for (int i = 0; i < 100; ++i) sure += CheckSearch(**columns, lines, MakeSearch(random, lines));
  }
  CHECK(sure > 100'000);
}

TEST_CASE("a text that reaches from a key into its value is known for every line") {
  Lines lines;
  std::vector<int64_t> times;
  for (int i = 0; i < 3000; ++i) {
    const int64_t time = 1'795'651'200'000'000'000 + static_cast<int64_t>(i) * 1'234'567'000;
    const std::string second = std::to_string(10 + i / 60 % 50) + ":" + std::to_string(10 + i % 50);
    lines.push_back(R"({"ts":"2026-11-26T00:)" + second + "." + std::to_string(100'000 + i * 37) +
                    R"(Z","level":")" + std::string(i % 3 == 0 ? "ERROR" : "info") +
                    R"(","took":)" + std::to_string(i % 977) + R"(,"msg":"request to )" +
                    std::to_string(i % 12) + R"( is done"})");
    times.push_back(time);
  }
  const auto made = MakeMemoryGroup(lines, times);
  const auto columns = made->columnar();
  for (const std::string needle :
       {R"("level":"ERROR")", R"(level":"ER)", R"(ROR","took":)", R"("took":97)", R"("took":976,)",
        R"(is done"})", R"({"ts":"2026-11-26T00:11)", "00037", "11:13.1", ":11:13.10",
        R"("took":5,"msg")"}) {
    CAPTURE(needle);
    CheckNeedle(**columns, lines, needle);
    const auto hits = (*columns)->FindText(needle);
    CHECK((*hits)->maybe.empty());
    uint32_t want = 0;
    for (const std::string& line : lines) want += ContainsText(line, needle) ? 1 : 0;
    CHECK((*hits)->sure.count() == want);
  }
  // Over two slots the lines must tell.
  for (const std::string needle :
       {R"(ERROR","took":0,)", R"(:12,"msg":"request to)", R"(Z","level":"i)"}) {
    CAPTURE(needle);
    CHECK_FALSE((*(*columns)->FindText(needle))->maybe.empty());
    CheckNeedle(**columns, lines, needle);
  }
}

TEST_CASE("what a pattern that stays within a value finds is known for every line") {
  Lines lines;
  std::vector<int64_t> times;
  for (int i = 0; i < 3000; ++i) {
    lines.push_back(R"({"level":")" + std::string(i % 3 == 0 ? "ERROR" : "info") +
                    R"(","msg":"timed out after )" + std::to_string(i * 7919 % 30'000) +
                    R"( ms on node-)" + std::to_string(i % 12) + R"("})");
    times.push_back(i);
  }
  const auto made = MakeMemoryGroup(lines, times);
  const auto columns = made->columnar();
  using Scope = PatternSearch::Scope;
  for (const char* pattern :
       {"timed? ?out after 1[0-9]+ ?ms", "(?i)Error", "(?i)OUT AFTER [0-9]+1 MS"}) {
    const re2::RE2 regex(pattern);
    PatternSearch search;
    search.name = pattern;
    search.any_of = {std::string_view(pattern) == "(?i)Error" ? "error" : "out after "};
    search.folded = pattern[0] == '(';
    search.scope = Scope::kValue;
    search.matches = [&](std::string_view text) {
      return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex);
    };
    CAPTURE(pattern);
    const auto hits = (*columns)->FindMatches(search);
    REQUIRE(hits.has_value());
    CHECK((*hits)->maybe.empty());
    uint32_t want = 0;
    for (const std::string& line : lines) want += search.matches(line) ? 1 : 0;
    CHECK(want > 0);
    CHECK((*hits)->sure.count() == want);
  }
}

}  // namespace
}  // namespace narfi::storage
