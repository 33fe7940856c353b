#include "base/text_search.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "base/text_equal.h"

namespace narfi {
namespace {

TEST_CASE("texts are equal when every byte is") {
  std::mt19937 random(3);
  for (size_t size = 0; size < 70; ++size) {
    std::string a;
    for (size_t i = 0; i < size; ++i) a += static_cast<char>(random());
    std::string b = a;
    CHECK(EqualText(a, b));
    CHECK_FALSE(EqualText(a, b + "x"));
    for (size_t i = 0; i < size; ++i) {
      b[i] = static_cast<char>(b[i] ^ (1 << random() % 8));
      CHECK_FALSE(EqualText(a, b));
      b[i] = a[i];
    }
  }
}

std::string RandomText(std::mt19937& random, size_t size) {
  std::string out;
  for (size_t i = 0; i < size; ++i) out += "aAbBkKsS1 \xC5\xBF\xE2\x84\xAA"[random() % 15];
  return out;
}

TEST_CASE("a text in lower case is found in any case, wherever it begins") {
  std::mt19937 random(4);
  for (int round = 0; round < 4000; ++round) {
    const std::string text = RandomText(random, random() % (round % 50 == 0 ? 20'000 : 60));
    const std::string needle =
        ToLowerAscii(RandomText(random, 1 + random() % (round % 50 == 0 ? 9'000 : 6)));
    const size_t from = random() % (text.size() + 3);
    const std::string lower = ToLowerAscii(text);
    CAPTURE(text.size());
    CHECK(FindLower(text, needle, from) == lower.find(needle, from));
  }
  // Over the border of what is lowered in one go, and longer than it.
  for (size_t before = 4080; before < 4110; ++before) {
    const std::string text = std::string(before, '.') + "Needle" + std::string(5000, '.');
    CHECK(FindLower(text, "needle") == before);
    CHECK(FindLower(text, ToLowerAscii(text.substr(before))) == before);
    CHECK(FindLower(text, "needles") == std::string::npos);
  }
}

TEST_CASE("letters that fold to others may be in any text that has their first byte") {
  CHECK(TextNeedle{"disk", true}.MayBeIn("di\xC5\xBFk"));
  CHECK(TextNeedle{"disk", true}.MayBeIn("DIS\xE2\x84\xAA"));
  CHECK_FALSE(TextNeedle{"den", true}.MayBeIn("\xE2\x84\xAA\xC5\xBF"));
  CHECK_FALSE(TextNeedle{"disk", false}.MayBeIn("DISK"));
}

}  // namespace
}  // namespace narfi
