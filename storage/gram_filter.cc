#include "storage/gram_filter.h"

#include <cstring>
#include <vector>

#include "storage/bloom_blocks.h"

namespace narfi::storage {
namespace {

constexpr size_t kBitsEach = 8;

uint32_t GramAt(const char* at) {
  uint32_t gram = 0;
  std::memcpy(&gram, at, kGramBytes);
  return gram;
}

uint64_t HashGram(uint32_t gram) {
  uint64_t hash = (gram + 0x9E3779B97F4A7C15ULL) * 0xBF58476D1CE4E5B9ULL;
  return hash ^ hash >> 29;
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
  std::string out = MakeBloom(grams.count(), kBitsEach);
  grams.ForEach([&](uint32_t gram) { AddToBloom(out, HashGram(gram)); });
  return out;
}

bool MayHoldGrams(std::string_view filter, std::string_view needle) {
  if (filter.empty() || filter.size() % kBloomBlockBytes != 0) return true;
  for (size_t at = 0; at + kGramBytes <= needle.size(); ++at) {
    if (!MayBeInBloom(filter, HashGram(GramAt(needle.data() + at)))) return false;
  }
  return true;
}

}  // namespace narfi::storage
