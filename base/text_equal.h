// Whether short texts are equal, without a call.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace narfi {

// For texts that are mostly equal, or of unequal lengths, and of some ten bytes: eight at a time,
// the last eight over those before.
[[gnu::always_inline]] inline bool EqualBytes(const char* a, const char* b, size_t size) {
  const auto load = [](const char* at) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    return word;
  };
  if (size >= 8) {
    for (size_t at = 0; at + 8 < size; at += 8) {
      if (load(a + at) != load(b + at)) return false;
    }
    return load(a + size - 8) == load(b + size - 8);
  }
  if (size >= 4) {
    uint32_t first[2];
    uint32_t last[2];
    std::memcpy(&first[0], a, 4);
    std::memcpy(&first[1], b, 4);
    std::memcpy(&last[0], a + size - 4, 4);
    std::memcpy(&last[1], b + size - 4, 4);
    return first[0] == first[1] && last[0] == last[1];
  }
  if (size == 0) return true;
  // First, middle and last are all there are.
  return a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1];
}

inline bool EqualText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && EqualBytes(a.data(), b.data(), a.size());
}

}  // namespace narfi
