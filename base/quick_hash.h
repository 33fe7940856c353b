// A hash of short texts for tables in memory, without a call: never stored, never sent.
//
// Source: the folded multiplication of wyhash, https://github.com/wangyi-fudan/wyhash.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace narfi {

inline uint64_t FoldMultiply(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

[[gnu::always_inline]] inline uint64_t QuickHash(std::string_view text) {
  constexpr uint64_t kFirst = 0x9E3779B97F4A7C15ULL;
  constexpr uint64_t kSecond = 0xD1B54A32D192ED03ULL;
  const auto load = [](const char* at, size_t bytes) {
    uint64_t word = 0;
    std::memcpy(&word, at, bytes);
    return word;
  };
  const char* at = text.data();
  size_t left = text.size();
  uint64_t state = kFirst + left * kSecond;
  for (; left > 16; at += 16, left -= 16)
    state = FoldMultiply(load(at, 8) ^ kSecond, load(at + 8, 8) ^ state);
  // The first and the last bytes of what is left are all of it.
  uint64_t first = 0;
  uint64_t last = 0;
  if (left >= 8) {
    first = load(at, 8);
    last = load(at + left - 8, 8);
  } else if (left >= 4) {
    first = load(at, 4);
    last = load(at + left - 4, 4);
  } else if (left > 0) {
    first = static_cast<uint64_t>(static_cast<uint8_t>(at[0])) << 8 |
            static_cast<uint8_t>(at[left / 2]);
    last = static_cast<uint8_t>(at[left - 1]);
  }
  return FoldMultiply(FoldMultiply(first ^ kSecond, last ^ state) ^ kFirst, kSecond);
}

}  // namespace narfi
