#include <algorithm>
#include <bit>

#include "storage/columnar.h"

namespace narfi::storage {

void RowSet::AddAll() {
  words_.assign(words_.size(), ~uint64_t{0});
  if (rows_ % 64 != 0) words_.back() = (uint64_t{1} << (rows_ % 64)) - 1;
}

bool RowSet::empty() const {
  return std::all_of(words_.begin(), words_.end(), [](uint64_t word) { return word == 0; });
}

uint32_t RowSet::count() const {
  uint32_t sum = 0;
  for (const uint64_t word : words_) sum += static_cast<uint32_t>(std::popcount(word));
  return sum;
}

uint32_t RowSet::CountIn(uint32_t first, uint32_t rows) const {
  uint32_t sum = 0;
  for (uint32_t row = first; row < first + rows;) {
    const uint32_t bit = row % 64;
    const uint32_t take = std::min(64 - bit, first + rows - row);
    uint64_t word = words_[row / 64] >> bit;
    if (take < 64) word &= (uint64_t{1} << take) - 1;
    sum += static_cast<uint32_t>(std::popcount(word));
    row += take;
  }
  return sum;
}

RowSet& RowSet::operator|=(const RowSet& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  return *this;
}

RowSet& RowSet::operator&=(const RowSet& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  return *this;
}

RowSet& RowSet::operator-=(const RowSet& other) {
  for (size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
  return *this;
}

}  // namespace narfi::storage
