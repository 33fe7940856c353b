// A split-block Bloom filter over hashes: blocks of eight 32-bit words, one bit in each.
//
// Source:  Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters" (2007);
//          layout as in Apache Parquet's BloomFilter.md.
// Threads: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace narfi::storage {

constexpr size_t kBloomBlockBytes = 32;
inline constexpr std::array<uint32_t, 8> kBloomSalts = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU,
                                                        0xa2b7289dU, 0x705495c7U, 0x2df1424bU,
                                                        0x9efc4947U, 0x5c6bfb31U};

// An empty filter with `bits` bits or more for each of `count` hashes.
inline std::string MakeBloom(size_t count, size_t bits) {
  return std::string((count * bits / (kBloomBlockBytes * 8) + 1) * kBloomBlockBytes, '\0');
}

// Where the block of a hash is.
inline size_t BloomBlockAt(uint64_t hash, size_t filter_bytes) {
  return static_cast<size_t>(((hash >> 32) * (filter_bytes / kBloomBlockBytes)) >> 32) *
         kBloomBlockBytes;
}

inline uint32_t BloomBit(uint64_t hash, size_t word) {
  return 1U << ((static_cast<uint32_t>(hash) * kBloomSalts[word]) >> 27);
}

inline void AddToBloom(std::string& filter, uint64_t hash) {
  char* const block = filter.data() + BloomBlockAt(hash, filter.size());
  for (size_t i = 0; i < kBloomSalts.size(); ++i) {
    uint32_t word = 0;
    std::memcpy(&word, block + 4 * i, 4);
    word |= BloomBit(hash, i);
    std::memcpy(block + 4 * i, &word, 4);
  }
}

// False only when the hash was not added. The filter is one or more blocks.
inline bool MayBeInBloom(std::string_view filter, uint64_t hash) {
  const char* const block = filter.data() + BloomBlockAt(hash, filter.size());
  for (size_t i = 0; i < kBloomSalts.size(); ++i) {
    uint32_t word = 0;
    std::memcpy(&word, block + 4 * i, 4);
    if ((word & BloomBit(hash, i)) == 0) return false;
  }
  return true;
}

}  // namespace narfi::storage
