// Which ids hold a text, against all texts of a pattern.
#include "storage/hex_text.h"

#include <doctest/doctest.h>

#include <random>
#include <set>

namespace narfi::storage {
namespace {

std::string Digits(size_t count) { return std::string(count, '\0'); }

TEST_CASE("the ids that hold a text are told where it says all of their digits") {
  std::mt19937_64 random(6);
  const std::string dashed = Digits(4) + "-" + Digits(3) + "-" + Digits(2);
  for (const std::string& text : {Digits(5), "id-" + Digits(4), "a" + Digits(3) + "-b", dashed}) {
    for (const bool is_upper : {false, true}) {
      const HexPattern pattern(text, is_upper);
      size_t told = 0;
      for (int round = 0; round < 2000; ++round) {
        // A text of the pattern, or a piece of one, now and then spoilt.
        std::string id(pattern.id_bytes(), '\0');
        for (char& c : id) c = static_cast<char>(random());
        if (pattern.nibbles() % 2 == 1) id.back() = static_cast<char>(id.back() & 0xF0);
        std::string needle(pattern.text_bytes(), '\0');
        pattern.Print(needle.data(), id.data());
        const std::string whole = needle;
        if (random() % 2 == 0) needle = needle.substr(random() % 3, 1 + random() % needle.size());
        if (random() % 4 == 0) needle[random() % needle.size()] = "0aAfg-"[random() % 6];
        const bool holds = whole.find(needle) != std::string::npos;
        std::vector<std::string> ids;
        if (!pattern.IdsWith(needle, ids)) continue;
        ++told;
        // What is told is all: the text's own id among them exactly when it holds the needle.
        const bool is_among = std::find(ids.begin(), ids.end(), id) != ids.end();
        REQUIRE(is_among == holds);
        for (const std::string& one : ids) {
          std::string printed(pattern.text_bytes(), '\0');
          pattern.Print(printed.data(), one.data());
          REQUIRE(printed.find(needle) != std::string::npos);
        }
      }
      CHECK(told > 500);
    }
  }
}

TEST_CASE("a text that is longer than all of a pattern is in none") {
  const std::string text = "x" + Digits(2);
  const HexPattern pattern(text, false);
  std::vector<std::string> ids;
  CHECK(pattern.IdsWith("x12x", ids));
  CHECK(ids.empty());
  CHECK(pattern.IdsWith("12", ids));
  CHECK(ids == std::vector<std::string>{"\x12"});
  // One digit may be either.
  CHECK_FALSE(pattern.IdsWith("1", ids));
}

TEST_CASE("a text that fits at several places names an id for each") {
  // a0? or ?a0 would be parts; of a pattern whose literal is a digit all may be told twice.
  const std::string text = "1" + Digits(1) + "1";
  const HexPattern pattern(text, false);
  std::vector<std::string> ids;
  CHECK(pattern.IdsWith("11", ids));
  CHECK(ids.size() == 2);
}

}  // namespace
}  // namespace narfi::storage
