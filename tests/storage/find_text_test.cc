// FindText against a look at every line, over texts that are made of what skeletons take apart.
#include <doctest/doctest.h>

#include <random>

#include "storage/columnar.h"
#include "storage/text_search.h"
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
    if ((*hits)->sure.Has(row) == Holds(lines[row], needle)) continue;
    CAPTURE(needle);
    CAPTURE(lines[row]);
    REQUIRE((*hits)->sure.Has(row) == Holds(lines[row], needle));
  }
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

TEST_CASE("a text is found in every line that holds it, and surely in no other") {
  Random random(21);
  for (int round = 0; round < 60; ++round) {
    const bool is_json = round % 2 == 0;
    const uint64_t kinds = 1 + random() % (round % 3 == 0 ? 400 : 6);
    Lines lines;
    std::vector<int64_t> times;
    for (uint64_t i = 0, n = 20 + random() % 1500; i < n; ++i) {
      lines.push_back(RandomLine(random, is_json, kinds));
      times.push_back(1'795'651'200'123'456'789 + static_cast<int64_t>(i) * 1'234'567);
    }
    const auto made = MakeMemoryGroup(lines, times);
    const auto columns = made->columnar();
    REQUIRE(columns.has_value());
    CAPTURE(round);
    for (int i = 0; i < 60; ++i) CheckNeedle(**columns, lines, RandomNeedle(random, lines));
    for (const std::string& piece : kPieces) CheckNeedle(**columns, lines, piece);
  }
}

}  // namespace
}  // namespace narfi::storage
