// A hash of short texts for tables in memory, without a call: never stored, never sent, another one
// in each process, so that nobody can write texts whose hashes are equal.
//
// Source: the folded multiplication of wyhash, https://github.com/wangyi-fudan/wyhash.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace narfi {

// Drawn when the process starts.
extern const uint64_t kHashSecrets[2];

inline uint64_t FoldMultiply(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

[[gnu::always_inline]] inline uint64_t QuickHash(std::string_view text) {
  const uint64_t first_secret = kHashSecrets[0];
  const uint64_t second_secret = kHashSecrets[1];
  const auto load = [](const char* at, size_t bytes) {
    uint64_t word = 0;
    std::memcpy(&word, at, bytes);
    return word;
  };
  const char* at = text.data();
  size_t left = text.size();
  uint64_t state = first_secret + left * second_secret;
  for (; left > 16; at += 16, left -= 16)
    state = FoldMultiply(load(at, 8) ^ second_secret, load(at + 8, 8) ^ state);
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
  return FoldMultiply(FoldMultiply(first ^ second_secret, last ^ state) ^ first_secret,
                      second_secret);
}

}  // namespace narfi
