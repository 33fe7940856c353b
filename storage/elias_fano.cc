#include "storage/elias_fano.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace narfi::storage {
namespace {

constexpr uint32_t kMaxLowBits = 56;  // what one unaligned load of eight bytes always holds

struct Layout {
  uint32_t low_bits = 0;
  uint64_t low_bytes = 0;
  uint64_t high_bytes = 0;
};

// Low bits so many that about one of the high parts falls on each number.
Layout LayoutOf(uint64_t span, uint32_t count) {
  Layout out;
  const uint64_t share = span / count;
  out.low_bits = share == 0 ? 0 : static_cast<uint32_t>(std::bit_width(share)) - 1;
  out.low_bits = std::min(out.low_bits, kMaxLowBits);
  out.low_bytes = (uint64_t{count} * out.low_bits + 7) / 8;
  out.high_bytes = (count + (span >> out.low_bits) + 1 + 7) / 8;
  return out;
}

uint64_t SelectInWord(uint64_t word, uint32_t rank) {
  for (uint32_t i = 0; i < rank; ++i) word &= word - 1;
  return static_cast<uint64_t>(std::countr_zero(word));
}

}  // namespace

void AppendEliasFano(std::string& dst, std::span<const uint64_t> numbers) {
  const uint64_t first = numbers.front();
  const Layout layout = LayoutOf(numbers.back() - first, static_cast<uint32_t>(numbers.size()));
  const uint64_t mask = (uint64_t{1} << layout.low_bits) - 1;
  const size_t begin = dst.size();
  uint64_t held = 0;
  uint32_t held_bits = 0;
  for (const uint64_t number : numbers) {
    held |= ((number - first) & mask) << held_bits;
    held_bits += layout.low_bits;
    while (held_bits >= 8) {
      dst.push_back(static_cast<char>(held));
      held >>= 8;
      held_bits -= 8;
    }
  }
  if (held_bits > 0) dst.push_back(static_cast<char>(held));
  const size_t high = begin + layout.low_bytes;
  dst.resize(high + layout.high_bytes, '\0');
  uint64_t index = 0;
  for (const uint64_t number : numbers) {
    const uint64_t at = ((number - first) >> layout.low_bits) + index++;
    dst[high + at / 8] = static_cast<char>(static_cast<uint8_t>(dst[high + at / 8]) | 1u << at % 8);
  }
}

bool EliasFano::Open(std::string_view& bytes, uint64_t first, uint64_t last, uint32_t count) {
  if (count == 0 || last < first) return false;
  const Layout layout = LayoutOf(last - first, count);
  if (layout.low_bytes > bytes.size() || layout.high_bytes > bytes.size() - layout.low_bytes)
    return false;
  first_ = first;
  last_ = last;
  count_ = count;
  low_bits_ = layout.low_bits;
  low_ = bytes.substr(0, layout.low_bytes);
  high_ = bytes.substr(layout.low_bytes, layout.high_bytes);
  bytes.remove_prefix(layout.low_bytes + layout.high_bytes);
  uint64_t ones = 0;
  for (uint64_t word = 0; word * 8 < high_.size(); ++word)
    ones += static_cast<uint64_t>(std::popcount(Word(word)));
  return ones == count;
}

uint64_t EliasFano::Low(uint32_t index) const {
  if (low_bits_ == 0) return 0;
  const uint64_t bit = uint64_t{index} * low_bits_;
  const uint64_t byte = bit / 8;
  uint64_t word = 0;
  std::memcpy(&word, low_.data() + byte, std::min<uint64_t>(8, low_.size() - byte));
  return word >> (bit % 8) & ((uint64_t{1} << low_bits_) - 1);
}

uint64_t EliasFano::Select(uint32_t index) const {
  uint32_t left = index;
  for (uint64_t i = 0;; ++i) {
    const uint64_t word = Word(i);
    const auto ones = static_cast<uint32_t>(std::popcount(word));
    if (left < ones) return i * 64 + SelectInWord(word, left);
    left -= ones;
  }
}

uint64_t EliasFano::At(uint32_t index) const {
  return first_ + ((Select(index) - index) << low_bits_ | Low(index));
}

uint32_t EliasFano::CountBelow(uint64_t number) const {
  if (number <= first_) return 0;
  if (number > last_) return count_;
  // Numbers whose high part is less are those before zero number `high` - 1.
  const uint64_t distance = number - first_;
  const uint64_t high = distance >> low_bits_;
  const uint64_t low = distance & ((uint64_t{1} << low_bits_) - 1);
  uint64_t zeros = 0;
  uint64_t word_index = 0;
  uint64_t word = Word(0);
  for (;; word = Word(++word_index)) {
    const auto word_zeros = static_cast<uint64_t>(std::popcount(~word));
    if (zeros + word_zeros >= high) break;
    zeros += word_zeros;
  }
  const uint64_t bit =
      high == zeros ? 0 : SelectInWord(~word, static_cast<uint32_t>(high - zeros - 1)) + 1;
  uint64_t at = word_index * 64 + bit;
  auto index = static_cast<uint32_t>(at - high);
  // Those of the same high part follow, one after the other.
  while (index < count_ && (Word(at / 64) >> (at % 64) & 1) != 0 && Low(index) < low) {
    ++index;
    ++at;
  }
  return index;
}

}  // namespace narfi::storage
