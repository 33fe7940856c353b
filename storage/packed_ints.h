// Integers in as few bits as they need, each of them readable by itself.
//
// Order:   as given.
// Format:  docs/format/segment.md, "Integers": the distance to the lowest one, in `bits` bits each
//          from the lowest bit of each byte up; or in planes, the lowest byte of every number in
//          one blob, the next byte of every number in the next, where zstd makes that smaller.
// Threads: pure functions; a view is immutable.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "storage/blob.h"

namespace narfi::storage {

struct IntPacking {
  int64_t low = 0;
  uint8_t bits = 0;  // 0: all are `low`; in planes up to 64, else up to kMaxPackedBits
  bool planes = false;

  size_t blobs() const { return bits == 0 ? 0 : planes ? (bits + 7u) / 8 : 1; }
};
constexpr int kMaxPackedBits = 56;  // what one unaligned load of eight bytes always holds

// Appends the packing to `params` and its blobs to `blobs`.
void PackInts(std::span<const int64_t> values, std::string& params, std::vector<Blob>& blobs);
// The same for numbers that are never negative.
void PackInts(std::span<const uint32_t> values, std::string& params, std::vector<Blob>& blobs);
bool ReadPacking(ByteReader& params, IntPacking& packing);

// Borrows the blobs' bytes.
class PackedInts {
 public:
  PackedInts() = default;
  // False when the blobs are not of `count` numbers.
  bool Open(const IntPacking& packing, std::span<const std::string_view> blobs, uint32_t count);

  int64_t At(size_t i) const { return static_cast<int64_t>(low_ + Distance(i)); }
  // The number less the lowest one.
  uint64_t Distance(size_t i) const {
    if (!planes_) return bits_ == 0 ? 0 : Bits(i);
    uint64_t sum = 0;
    for (size_t p = 0; p < plane_count_; ++p)
      sum |= static_cast<uint64_t>(static_cast<uint8_t>(plane_[p][i])) << (8 * p);
    return sum;
  }
  // Of codes that start at zero: appends all of them.
  void AppendAll(std::vector<uint16_t>& out) const;
  // The same where each must be below `end`, at most 65,536; false when one is not.
  bool ReadCodes(uint32_t end, std::vector<uint16_t>& out) const;
  uint32_t count() const { return count_; }

 private:
  uint64_t Bits(size_t i) const {
    const uint64_t at = i * bits_;
    const size_t byte = at / 8;
    uint64_t word = 0;
    std::memcpy(&word, bytes_.data() + byte, byte + 8 <= bytes_.size() ? 8 : bytes_.size() - byte);
    return word >> (at % 8) & mask_;
  }

  uint64_t low_ = 0;
  unsigned bits_ = 0;
  bool planes_ = false;
  uint32_t count_ = 0;
  uint64_t mask_ = 0;
  std::string_view bytes_;
  size_t plane_count_ = 0;
  const char* plane_[8] = {};
};

}  // namespace narfi::storage
