#include "base/quick_hash.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace narfi {
namespace {

TEST_CASE("each byte and the length count, at any length") {
  for (size_t size = 0; size < 70; ++size) {
    const std::string text(size, 'a');
    std::set<uint64_t> hashes = {QuickHash(text), QuickHash(text + "a")};
    for (size_t i = 0; i < size; ++i) {
      std::string other = text;
      other[i] = 'b';
      hashes.insert(QuickHash(other));
    }
    CHECK(hashes.size() == size + 2);
  }
}

TEST_CASE("texts that count up are spread over low and high bits alike") {
  constexpr uint32_t kTexts = 1 << 14;
  std::set<uint64_t> low;
  std::set<uint64_t> high;
  for (uint32_t i = 0; i < kTexts; ++i) {
    const uint64_t hash = QuickHash("user-" + std::to_string(i));
    low.insert(hash % kTexts);
    high.insert(hash >> (64 - 14));
  }
  // Of as many places as there are texts, 63 % are taken by chance.
  CHECK(low.size() > kTexts * 60 / 100);
  CHECK(low.size() < kTexts * 66 / 100);
  CHECK(high.size() > kTexts * 60 / 100);
  CHECK(high.size() < kTexts * 66 / 100);
}

}  // namespace
}  // namespace narfi
