#include "storage/word_filter.h"

#include <array>
#include <cstring>

#include "base/hash.h"

namespace narfi::storage {
namespace {

constexpr size_t kFilterBlockBytes = 32;
constexpr std::array<uint32_t, 8> kSalts = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                            0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};

constexpr std::array<bool, 256> kIsWord = [] {
  std::array<bool, 256> table{};
  for (size_t c = 0; c < table.size(); ++c) {
    table[c] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_' || c >= 0x80;
  }
  return table;
}();

bool IsWordByte(char c) { return kIsWord[static_cast<uint8_t>(c)]; }

size_t FilterBlockOf(uint64_t hash, size_t blocks) {
  return static_cast<size_t>(((hash >> 32) * blocks) >> 32);
}

// Calls f(word, offset) for every word of `text`.
template <class F>
void ForEachWord(std::string_view text, F&& f) {
  size_t i = 0;
  while (i < text.size()) {
    while (i < text.size() && !IsWordByte(text[i])) ++i;
    const size_t begin = i;
    while (i < text.size() && IsWordByte(text[i])) ++i;
    if (i > begin) f(text.substr(begin, i - begin), begin);
  }
}

}  // namespace

void WordFilterBuilder::AddLine(std::string_view line) {
  ForEachWord(line, [this](std::string_view word, size_t) { Add(Hash64(word)); });
}

void WordFilterBuilder::Add(uint64_t hash) {
  // 0 marks a free slot, so the one word with that hash is not remembered as itself: see
  // MayContain().
  if (hash == 0) return;
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at] != 0 && slots_[at] != hash) at = (at + 1) & mask;
  if (slots_[at] == hash) return;
  slots_[at] = hash;
  if (++count_ * 2 > slots_.size()) Grow();
}

void WordFilterBuilder::Grow() {
  std::vector<uint64_t> old(slots_.size() * 4);
  old.swap(slots_);
  count_ = 0;
  for (const uint64_t hash : old) Add(hash);
}

std::string WordFilterBuilder::Finish() const {
  const size_t blocks = count_ * 10 / (kFilterBlockBytes * 8) + 1;
  std::string out(blocks * kFilterBlockBytes, '\0');
  for (const uint64_t hash : slots_) {
    if (hash == 0) continue;
    char* block = out.data() + FilterBlockOf(hash, blocks) * kFilterBlockBytes;
    for (size_t i = 0; i < kSalts.size(); ++i) {
      uint32_t word = 0;
      std::memcpy(&word, block + 4 * i, 4);
      word |= 1U << ((static_cast<uint32_t>(hash) * kSalts[i]) >> 27);
      std::memcpy(block + 4 * i, &word, 4);
    }
  }
  return out;
}

bool WordFilter::MayHold(uint64_t hash) const {
  const char* block =
      bytes_.data() + FilterBlockOf(hash, bytes_.size() / kFilterBlockBytes) * kFilterBlockBytes;
  for (size_t i = 0; i < kSalts.size(); ++i) {
    uint32_t word = 0;
    std::memcpy(&word, block + 4 * i, 4);
    if ((word & (1U << ((static_cast<uint32_t>(hash) * kSalts[i]) >> 27))) == 0) return false;
  }
  return true;
}

bool WordFilter::MayContain(std::string_view needle) const {
  if (bytes_.empty() || bytes_.size() % kFilterBlockBytes != 0) return true;
  bool maybe = true;
  ForEachWord(needle, [&](std::string_view word, size_t begin) {
    const bool whole = begin > 0 && begin + word.size() < needle.size();
    const uint64_t hash = whole ? Hash64(word) : 0;
    if (maybe && hash != 0) maybe = MayHold(hash);
  });
  return maybe;
}

}  // namespace narfi::storage
