#include "storage/int_column.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "storage/pack.h"

namespace narfi::storage {
namespace {

constexpr uint8_t kDistances = 1;
constexpr uint8_t kPlanes = 2;
constexpr int kMaxPackedBits = 56;  // what one unaligned load of eight bytes always holds
// Below this many values zstd has nothing to learn from.
constexpr size_t kLeastForPlanes = 64;

uint64_t Minus(int64_t a, int64_t b) { return static_cast<uint64_t>(a) - static_cast<uint64_t>(b); }

struct Range {
  int64_t low = 0;
  int bits = 0;
};

Range RangeOf(std::span<const int64_t> values) {
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, static_cast<int>(std::bit_width(Minus(*high, *low)))};
}

void AppendBits(std::string& dst, std::span<const int64_t> values, Range range) {
  uint64_t held = 0;
  int bits = 0;
  for (const int64_t value : values) {
    held |= Minus(value, range.low) << bits;
    bits += range.bits;
    while (bits >= 8) {
      dst.push_back(static_cast<char>(held));
      held >>= 8;
      bits -= 8;
    }
  }
  if (bits > 0) dst.push_back(static_cast<char>(held));
}

// The lowest bytes of all values, then the next ones: each plane is alike in itself.
void AppendPlanes(std::string& dst, std::span<const int64_t> values, Range range) {
  for (int shift = 0; shift < range.bits; shift += 8) {
    for (const int64_t value : values)
      dst.push_back(static_cast<char>(Minus(value, range.low) >> shift));
  }
}

void ReadBits(std::string_view bytes, Range range, std::vector<int64_t>& values) {
  const uint64_t mask = (uint64_t{1} << range.bits) - 1;
  const size_t safe = bytes.size() < 8 ? 0 : bytes.size() - 7;
  uint64_t at = 0;
  for (int64_t& value : values) {
    const size_t byte = at / 8;
    uint64_t word = 0;
    if (byte < safe) {
      std::memcpy(&word, bytes.data() + byte, 8);
    } else if (byte < bytes.size()) {
      std::memcpy(&word, bytes.data() + byte, bytes.size() - byte);
    }
    value = static_cast<int64_t>(static_cast<uint64_t>(range.low) + ((word >> (at % 8)) & mask));
    at += static_cast<uint64_t>(range.bits);
  }
}

void ReadPlanes(std::string_view bytes, Range range, std::vector<int64_t>& values) {
  const size_t count = values.size();
  for (size_t i = 0; i < count; ++i) {
    uint64_t sum = 0;
    for (size_t at = i, shift = 0; at < bytes.size(); at += count, shift += 8)
      sum |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[at])) << shift;
    values[i] = static_cast<int64_t>(static_cast<uint64_t>(range.low) + sum);
  }
}

}  // namespace

void AppendInts(std::string& dst, std::span<const int64_t> values, int level) {
  std::vector<int64_t> distances(values.size());
  int64_t before = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    // The first one is no distance: it is kept apart.
    distances[i] = i == 0 ? 0 : static_cast<int64_t>(Minus(values[i], before));
    before = values[i];
  }
  Range range = RangeOf(values);
  const Range by_distance = RangeOf(distances);
  const bool use_distances = by_distance.bits < range.bits;
  if (use_distances) range = by_distance;
  const std::span<const int64_t> chosen = use_distances ? std::span(distances) : values;

  std::string planes;
  std::string packed;
  const size_t bit_bytes = (values.size() * static_cast<size_t>(range.bits) + 7) / 8;
  bool use_planes = range.bits > kMaxPackedBits;
  if (use_planes || (values.size() >= kLeastForPlanes && range.bits > 0)) {
    AppendPlanes(planes, chosen, range);
    use_planes = use_planes || (AppendPacked(packed, planes, level) && packed.size() < bit_bytes);
  }
  PutU8(dst, static_cast<uint8_t>((use_distances ? kDistances : 0) | (use_planes ? kPlanes : 0)));
  if (use_distances) PutSigned(dst, values[0]);
  PutSigned(dst, range.low);
  PutU8(dst, static_cast<uint8_t>(range.bits));
  if (use_planes) {
    dst += planes;
  } else {
    AppendBits(dst, chosen, range);
  }
}

bool ReadInts(ByteReader& reader, uint64_t count, std::vector<int64_t>& values) {
  const uint8_t form = reader.U8();
  const int64_t first = (form & kDistances) != 0 ? reader.Signed() : 0;
  Range range;
  range.low = reader.Signed();
  range.bits = reader.U8();
  const bool planes = (form & kPlanes) != 0;
  if (form > (kDistances | kPlanes) || range.bits > (planes ? 64 : kMaxPackedBits)) return false;
  const auto bits = static_cast<uint64_t>(range.bits);
  const std::string_view bytes =
      reader.Bytes(planes ? (bits + 7) / 8 * count : (count * bits + 7) / 8);
  if (!reader.ok()) return false;
  values.resize(count);
  if (planes) {
    ReadPlanes(bytes, range, values);
  } else {
    ReadBits(bytes, range, values);
  }
  if ((form & kDistances) == 0) return true;
  uint64_t sum = static_cast<uint64_t>(first);
  for (size_t i = 0; i < values.size(); ++i) {
    if (i != 0) sum += static_cast<uint64_t>(values[i]);
    values[i] = static_cast<int64_t>(sum);
  }
  return true;
}

}  // namespace narfi::storage
