// XXH3, the hash behind stream ids, block checksums and filters (https://xxhash.com, v0.8 output is
// stable and may be stored).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace narfi {

struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
};

uint64_t Hash64(std::string_view bytes, uint64_t seed = 0);
Hash128 HashWide(std::string_view bytes);
// XXH64 with seed 0: Loki's hash, for what must come out as it does there. Slower; nothing is
// stored by it.
uint64_t HashXxh64(std::string_view bytes);
// 32 lower-case hex digits.
std::string ToHex(Hash128 hash);

}  // namespace narfi

template <>
struct std::hash<narfi::Hash128> {
  size_t operator()(const narfi::Hash128& h) const noexcept { return h.low; }
};
