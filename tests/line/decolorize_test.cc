#include "line/decolorize.h"

#include <doctest/doctest.h>
#include <re2/re2.h>

#include <random>
#include <string>

namespace narfi::line {
namespace {

struct Case {
  std::string_view line;
  std::string_view want;
};

constexpr Case kCases[] = {
    {"", ""},
    {"plain [31m", "plain [31m"},
    {"\x1b[31mERROR\x1b[0m red", "ERROR red"},
    {"\x1b[1;32mINFO\x1b[0m ok \x1b[38;5;208morange\x1b[m", "INFO ok orange"},
    {"\x1b[38;2;255;0;0mtruecolor\x1b[0m", "truecolor"},
    {"\x1b[Kclear \x1b[2Jscreen", "clear screen"},
    {"\x1b]0;title\aosc", "osc"},
    {"broken \x1b[ esc", "broken \x1b[ esc"},
    {"\x1b", "\x1b"},
    {"\x1b[", "\x1b["},
    {"\x1b[3", ""},  // the digit is taken for the final character
    {"\x1b[12 x", " x"},
    {"\x1b[1;; x", ";; x"},
    {"\x1b[12345m", "m"},
    {"\xc2\x9b"
     "31mred\xc2\x9bm",
     "red"},
    {"\xc2\xa9 \x9bm", "\xc2\xa9 \x9bm"},
    {"\x1b\x1b[1mx", "\x1bx"},
    {"\x1b(Bx", "x"},
};

TEST_CASE("Escape sequences are taken out") {
  Arena arena;
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.line));
    CHECK(Decolorize(c.line, arena) == c.want);
  }
  const std::string_view plain = "nothing to do";
  CHECK(Decolorize(plain, arena).data() == plain.data());
}

TEST_CASE("What is taken out is what the usual regular expression finds") {
  const re2::RE2 sequence(
      "[\\x{1b}\\x{9b}][[\\]()#;?]*(?:(?:(?:[a-zA-Z\\d]*(?:;[a-zA-Z\\d]*)*)?\\x07)|"
      "(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PRZcf-ntqry=><~]))");
  const std::string_view pieces[] = {"\x1b", "\x1b[", "\xc2\x9b", "[", "]", ";", "1",  "23",
                                     "m",    "a",     "\a",       " ", "~", "?", "QS", "é"};
  std::mt19937 random(7);
  Arena arena;
  for (int i = 0; i < 20'000; ++i) {
    std::string line;
    for (uint32_t n = random() % 12; n > 0; --n) line += pieces[random() % std::size(pieces)];
    std::string want = line;
    re2::RE2::GlobalReplace(&want, sequence, "");
    CAPTURE(line);
    REQUIRE(Decolorize(line, arena) == want);
  }
}

}  // namespace
}  // namespace narfi::line
