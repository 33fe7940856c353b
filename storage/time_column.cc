#include "storage/time_column.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace narfi::storage {
namespace {

struct Layout {
  uint32_t low_bits = 0;
  uint64_t low_bytes = 0;
  uint64_t high_bytes = 0;
};

// Low bits so many that about one of the high parts falls on each row.
Layout LayoutOf(uint64_t span, uint32_t rows) {
  Layout out;
  const uint64_t share = span / rows;
  out.low_bits = share == 0 ? 0 : static_cast<uint32_t>(std::bit_width(share)) - 1;
  out.low_bits = std::min<uint32_t>(out.low_bits, 56);
  out.low_bytes = (uint64_t{rows} * out.low_bits + 7) / 8;
  out.high_bytes = (rows + (span >> out.low_bits) + 1 + 7) / 8;
  return out;
}

// The highest bit set of the 64 that begin at `word`.
int SelectInWord(uint64_t word, uint32_t rank) {
  for (uint32_t i = 0; i < rank; ++i) word &= word - 1;
  return std::countr_zero(word);
}

}  // namespace

void AppendRunTimes(std::string& dst, std::span<const int64_t> times) {
  const auto min = static_cast<uint64_t>(times.front());
  const uint64_t span = static_cast<uint64_t>(times.back()) - min;
  const Layout layout = LayoutOf(span, static_cast<uint32_t>(times.size()));
  uint64_t held = 0;
  uint32_t held_bits = 0;
  const uint64_t mask = (uint64_t{1} << layout.low_bits) - 1;
  const size_t begin = dst.size();
  for (const int64_t time : times) {
    held |= ((static_cast<uint64_t>(time) - min) & mask) << held_bits;
    held_bits += layout.low_bits;
    while (held_bits >= 8) {
      dst.push_back(static_cast<char>(held));
      held >>= 8;
      held_bits -= 8;
    }
  }
  if (held_bits > 0) dst.push_back(static_cast<char>(held));
  dst.resize(begin + layout.low_bytes);
  const size_t high = dst.size();
  dst.resize(high + layout.high_bytes, '\0');
  uint64_t row = 0;
  for (const int64_t time : times) {
    const uint64_t at = ((static_cast<uint64_t>(time) - min) >> layout.low_bits) + row++;
    dst[high + at / 8] = static_cast<char>(static_cast<uint8_t>(dst[high + at / 8]) | 1u << at % 8);
  }
}

bool TimeColumn::Open(std::string bytes, const std::vector<StreamRun>& runs) {
  bytes_ = std::move(bytes);
  uint64_t at = 0;
  for (const StreamRun& info : runs) {
    if (info.rows == 0 || info.max_time_ns < info.min_time_ns) return false;
    Run run{.min = info.min_time_ns, .max = info.max_time_ns, .rows = info.rows};
    const Layout layout =
        LayoutOf(static_cast<uint64_t>(run.max) - static_cast<uint64_t>(run.min), run.rows);
    run.low_bits = layout.low_bits;
    run.low_at = at;
    run.high_at = at + layout.low_bytes;
    run.high_bytes = layout.high_bytes;
    at = run.high_at + layout.high_bytes;
    if (at > bytes_.size()) return false;
    runs_.push_back(run);
    uint64_t ones = 0;
    for (uint64_t word = 0; word * 8 < run.high_bytes; ++word)
      ones += static_cast<uint64_t>(std::popcount(Word(run, word)));
    if (ones != run.rows) return false;
  }
  return at == bytes_.size();
}

uint64_t TimeColumn::Word(const Run& run, uint64_t word) const {
  uint64_t out = 0;
  const uint64_t at = word * 8;
  std::memcpy(&out, bytes_.data() + run.high_at + at, std::min<uint64_t>(8, run.high_bytes - at));
  return out;
}

uint64_t TimeColumn::Low(const Run& run, uint32_t row) const {
  if (run.low_bits == 0) return 0;
  const uint64_t bit = uint64_t{row} * run.low_bits;
  const uint64_t byte = run.low_at + bit / 8;
  uint64_t word = 0;
  std::memcpy(&word, bytes_.data() + byte, std::min<uint64_t>(8, bytes_.size() - byte));
  return word >> (bit % 8) & ((uint64_t{1} << run.low_bits) - 1);
}

uint64_t TimeColumn::Select(const Run& run, uint32_t row) const {
  uint32_t left = row;
  for (uint64_t i = 0;; ++i) {
    const uint64_t word = Word(run, i);
    const auto ones = static_cast<uint32_t>(std::popcount(word));
    if (left < ones) return i * 64 + static_cast<uint64_t>(SelectInWord(word, left));
    left -= ones;
  }
}

int64_t TimeColumn::At(uint32_t run, uint32_t row) const {
  const Run& info = runs_[run];
  const uint64_t high = Select(info, row) - row;
  return static_cast<int64_t>(static_cast<uint64_t>(info.min) +
                              (high << info.low_bits | Low(info, row)));
}

void TimeColumn::Append(uint32_t run, uint32_t first, uint32_t count,
                        std::vector<int64_t>& out) const {
  if (count == 0) return;
  const Run& info = runs_[run];
  uint64_t at = Select(info, first);
  uint64_t index = at / 64;
  uint64_t word = Word(info, index) >> (at % 64) << (at % 64);
  out.reserve(out.size() + count);
  for (uint32_t row = first; row < first + count; ++row) {
    while (word == 0) word = Word(info, ++index);
    at = index * 64 + static_cast<uint64_t>(std::countr_zero(word));
    word &= word - 1;
    out.push_back(static_cast<int64_t>(static_cast<uint64_t>(info.min) +
                                       ((at - row) << info.low_bits | Low(info, row))));
  }
}

uint32_t TimeColumn::RowsBefore(uint32_t run, int64_t time_ns) const {
  const Run& info = runs_[run];
  if (time_ns <= info.min) return 0;
  if (time_ns > info.max) return info.rows;
  const uint64_t distance = static_cast<uint64_t>(time_ns) - static_cast<uint64_t>(info.min);
  const uint64_t high = distance >> info.low_bits;
  // Rows whose high part is below `high`: the ones before the zero number `high` - 1.
  uint64_t zeros = 0;
  uint32_t row = 0;
  uint64_t index = 0;
  uint64_t word = Word(info, 0);
  for (;; word = Word(info, ++index)) {
    const auto word_zeros = static_cast<uint64_t>(std::popcount(~word));
    if (zeros + word_zeros >= high) break;
    zeros += word_zeros;
    row += static_cast<uint32_t>(std::popcount(word));
  }
  for (unsigned bit = 0; zeros < high; ++bit) {
    if ((word >> bit & 1) != 0) {
      ++row;
    } else {
      ++zeros;
    }
  }
  for (; row < info.rows && At(run, row) < time_ns; ++row) {
  }
  return row;
}

}  // namespace narfi::storage
