// Ascending numbers in about two bits more than their mean distance needs, each readable by itself.
//
// Source:  Elias (1974), Fano (1971); as in Vigna, "Quasi-Succinct Indices" (2013), section 4.
// Format:  docs/format/segment.md, "Ascending numbers": the lower bits of each number's distance to
//          the first one, packed; then the higher parts in unary. How many bits are lower follows
//          from the count and from the distance of the last number to the first one.
// Threads: immutable.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace narfi::storage {

// `numbers` ascend, equal ones allowed, and are not empty.
void AppendEliasFano(std::string& dst, std::span<const uint64_t> numbers);

class EliasFano {
 public:
  // Takes the bytes of `count` numbers from `first` to `last` off the front of `bytes`, which are
  // borrowed. False when these are not such numbers.
  bool Open(std::string_view& bytes, uint64_t first, uint64_t last, uint32_t count);

  uint32_t count() const { return count_; }
  uint64_t At(uint32_t index) const;
  // Calls take(number) for `count` numbers from `index` on.
  template <class Take>
  void ForEach(uint32_t index, uint32_t count, Take take) const {
    if (count == 0) return;
    const uint64_t begin = Select(index);
    uint64_t word_index = begin / 64;
    uint64_t word = Word(word_index) >> (begin % 64) << (begin % 64);
    for (uint32_t i = index; i < index + count; ++i) {
      while (word == 0) word = Word(++word_index);
      const uint64_t at = word_index * 64 + static_cast<uint64_t>(__builtin_ctzll(word));
      word &= word - 1;
      take(first_ + ((at - i) << low_bits_ | Low(i)));
    }
  }
  // Calls take(i, number) for each of `indexes`, which ascend, some of them equal.
  template <class Take>
  void ForEachOf(std::span<const uint32_t> indexes, Take take) const {
    uint64_t word_index = 0;
    uint32_t before = 0;  // numbers whose bits are in the words before
    uint64_t word = Word(0);
    for (size_t i = 0; i < indexes.size(); ++i) {
      for (uint32_t ones = 0; (ones = Ones(word)) <= indexes[i] - before; word = Word(++word_index))
        before += ones;
      uint64_t rest = word;
      for (uint32_t skip = indexes[i] - before; skip > 0; --skip) rest &= rest - 1;
      const uint64_t at = word_index * 64 + static_cast<uint64_t>(__builtin_ctzll(rest));
      take(i, first_ + ((at - indexes[i]) << low_bits_ | Low(indexes[i])));
    }
  }
  // How many numbers are less than `number`.
  uint32_t CountBelow(uint64_t number) const;

 private:
  static uint32_t Ones(uint64_t word) { return static_cast<uint32_t>(__builtin_popcountll(word)); }
  uint64_t Word(uint64_t index) const {
    uint64_t out = 0;
    const uint64_t at = index * 8;
    if (at + 8 <= high_.size()) {
      std::memcpy(&out, high_.data() + at, 8);
    } else if (at < high_.size()) {
      std::memcpy(&out, high_.data() + at, high_.size() - at);
    }
    return out;
  }
  uint64_t Low(uint32_t index) const;
  // Where the one of number `index` stands among the high bits.
  uint64_t Select(uint32_t index) const;

  std::string_view low_;
  std::string_view high_;
  uint64_t first_ = 0;
  uint64_t last_ = 0;
  uint32_t count_ = 0;
  uint32_t low_bits_ = 0;
};

}  // namespace narfi::storage
