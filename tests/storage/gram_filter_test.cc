#include "storage/gram_filter.h"

#include <doctest/doctest.h>

#include <random>

#include "storage/bloom_blocks.h"

namespace narfi::storage {
namespace {

std::vector<std::string> RandomTexts(std::mt19937_64& random, size_t count, size_t size) {
  std::vector<std::string> texts(count);
  for (std::string& text : texts) {
    text.resize(random() % size);
    for (char& c : text) c = static_cast<char>(random());
  }
  return texts;
}

std::string FilterOf(const std::vector<std::string>& texts) {
  return MakeGramFilter(std::vector<std::string_view>(texts.begin(), texts.end()));
}

TEST_CASE("every piece of a text passes the filter of it") {
  std::mt19937_64 random(1);
  for (const size_t count : {1, 2, 50, 300}) {
    const auto texts = RandomTexts(random, count, 100);
    const std::string filter = FilterOf(texts);
    REQUIRE(filter.size() % 32 == 0);
    for (const std::string& text : texts) {
      REQUIRE(MayHoldGrams(filter, text));
      for (size_t begin = 0; begin < text.size(); ++begin)
        REQUIRE(MayHoldGrams(filter, text.substr(begin, 1 + random() % 20)));
    }
  }
}

TEST_CASE("most of what is in no text is ruled out") {
  std::mt19937_64 random(2);
  const std::string filter = FilterOf(RandomTexts(random, 300, 120));
  int passed = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto gram = static_cast<uint32_t>(random());
    passed += MayHoldGrams(filter, {reinterpret_cast<const char*>(&gram), 4}) ? 1 : 0;
  }
  CHECK(passed < 1200);  // of which 3 % is chance
}

TEST_CASE("every hash that was added passes, and few others do") {
  std::mt19937_64 random(4);
  std::string filter = MakeBloom(5000, 12);
  CHECK(filter.size() < 5000 * 12 / 8 + 2 * kBloomBlockBytes);
  std::vector<uint64_t> added;
  for (int i = 0; i < 5000; ++i) {
    added.push_back(random());
    AddToBloom(filter, added.back());
  }
  for (const uint64_t hash : added) CHECK(MayBeInBloom(filter, hash));
  int passed = 0;
  for (int i = 0; i < 10'000; ++i) passed += MayBeInBloom(filter, random()) ? 1 : 0;
  CHECK(passed < 200);
}

TEST_CASE("a filter that says nothing passes everything") {
  CHECK(MayHoldGrams("", "needle"));
  CHECK(MayHoldGrams(std::string(33, '\0'), "needle"));
  CHECK(MayHoldGrams(std::string(32, '\0'), "nee"));  // no piece of four bytes
  CHECK_FALSE(MayHoldGrams(std::string(32, '\0'), "need"));
  std::mt19937_64 random(3);
  CHECK(FilterOf(RandomTexts(random, 1000, 200)).empty());  // too many pieces
  CHECK_FALSE(FilterOf({"", "abc"}).empty());               // of none
}

}  // namespace
}  // namespace narfi::storage
