#include "storage/word_filter.h"

#include <doctest/doctest.h>

#include <random>

namespace narfi::storage {
namespace {

TEST_CASE("a filter never denies a substring of a line it was given") {
  std::mt19937 random(1);
  std::vector<std::string> lines;
  WordFilterBuilder builder;
  const std::string alphabet = "ab01_ -\"{}:,.\xC3\xA9";
  for (int i = 0; i < 500; ++i) {
    std::string line;
    for (int n = 0; n < 40; ++n) line += alphabet[random() % alphabet.size()];
    builder.AddLine(line);
    lines.push_back(line);
  }
  const std::string bytes = builder.Finish();
  const WordFilter filter(bytes);
  for (const std::string& line : lines) {
    for (int n = 0; n < 50; ++n) {
      const size_t begin = random() % line.size();
      const std::string needle = line.substr(begin, random() % 20);
      CAPTURE(needle);
      REQUIRE(filter.MayContain(needle));
    }
  }
}

TEST_CASE("a filter denies most words that it was not given") {
  WordFilterBuilder builder;
  for (int i = 0; i < 10'000; ++i) builder.AddLine("trace " + std::to_string(i) + " end");
  const std::string bytes = builder.Finish();
  const WordFilter filter(bytes);
  int maybe = 0;
  for (int i = 10'000; i < 20'000; ++i)
    maybe += filter.MayContain(" " + std::to_string(i) + " ") ? 1 : 0;
  CHECK(maybe < 300);
}

TEST_CASE("a word at the edge of the needle may go on in the line") {
  WordFilterBuilder builder;
  builder.AddLine("xyz-789abc");
  const std::string bytes = builder.Finish();
  CHECK(WordFilter(bytes).MayContain("xyz-789"));
  CHECK(WordFilter(bytes).MayContain("yz-78"));
  CHECK_FALSE(WordFilter(bytes).MayContain("-78-"));
}

TEST_CASE("an empty or odd-sized filter answers maybe") {
  CHECK(WordFilter("").MayContain(" word "));
  CHECK(WordFilter("12345").MayContain(" word "));
}

}  // namespace
}  // namespace narfi::storage
