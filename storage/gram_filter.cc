#include "storage/gram_filter.h"

#include <array>
#include <cstring>
#include <vector>

namespace narfi::storage {
namespace {

constexpr size_t kGramBlockBytes = 32;
constexpr size_t kBitsEach = 8;
constexpr std::array<uint32_t, 8> kSalts = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                            0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};

uint32_t GramAt(const char* at) {
  uint32_t gram = 0;
  std::memcpy(&gram, at, kGramBytes);
  return gram;
}

uint64_t HashGram(uint32_t gram) {
  uint64_t hash = (gram + 0x9E3779B97F4A7C15ULL) * 0xBF58476D1CE4E5B9ULL;
  return hash ^ hash >> 29;
}

size_t BlockOf(uint64_t hash, size_t blocks) {
  return static_cast<size_t>(((hash >> 32) * blocks) >> 32);
}

// Distinct pieces; a set by open addressing, a free slot being marked apart.
class GramSet {
 public:
  // False when there are too many.
  bool Add(uint32_t gram) {
    size_t at = HashGram(gram) & (kSlots - 1);
    while (used_[at] != 0 && grams_[at] != gram) at = (at + 1) & (kSlots - 1);
    if (used_[at] != 0) return true;
    used_[at] = 1;
    grams_[at] = gram;
    return ++count_ <= kMaxGrams;
  }
  size_t count() const { return count_; }
  template <class F>
  void ForEach(F f) const {
    for (size_t i = 0; i < kSlots; ++i) {
      if (used_[i] != 0) f(grams_[i]);
    }
  }

 private:
  static constexpr size_t kSlots = 64 << 10;
  std::vector<uint32_t> grams_ = std::vector<uint32_t>(kSlots);
  std::vector<uint8_t> used_ = std::vector<uint8_t>(kSlots);
  size_t count_ = 0;
};

}  // namespace

std::string MakeGramFilter(std::span<const std::string_view> texts) {
  GramSet grams;
  for (const std::string_view text : texts) {
    for (size_t i = 0; i + kGramBytes <= text.size(); ++i) {
      if (!grams.Add(GramAt(text.data() + i))) return {};
    }
  }
  const size_t blocks = grams.count() * kBitsEach / (kGramBlockBytes * 8) + 1;
  std::string out(blocks * kGramBlockBytes, '\0');
  grams.ForEach([&](uint32_t gram) {
    const uint64_t hash = HashGram(gram);
    char* block = out.data() + BlockOf(hash, blocks) * kGramBlockBytes;
    for (size_t i = 0; i < kSalts.size(); ++i) {
      uint32_t word = 0;
      std::memcpy(&word, block + 4 * i, 4);
      word |= 1U << ((static_cast<uint32_t>(hash) * kSalts[i]) >> 27);
      std::memcpy(block + 4 * i, &word, 4);
    }
  });
  return out;
}

bool MayHoldGrams(std::string_view filter, std::string_view needle) {
  if (filter.empty() || filter.size() % kGramBlockBytes != 0) return true;
  for (size_t at = 0; at + kGramBytes <= needle.size(); ++at) {
    const uint64_t hash = HashGram(GramAt(needle.data() + at));
    const char* block =
        filter.data() + BlockOf(hash, filter.size() / kGramBlockBytes) * kGramBlockBytes;
    for (size_t i = 0; i < kSalts.size(); ++i) {
      uint32_t word = 0;
      std::memcpy(&word, block + 4 * i, 4);
      if ((word & (1U << ((static_cast<uint32_t>(hash) * kSalts[i]) >> 27))) == 0) return false;
    }
  }
  return true;
}

}  // namespace narfi::storage
