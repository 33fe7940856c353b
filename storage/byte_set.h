// A set of bytes.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>

namespace narfi::storage {

using ByteSet = std::bitset<256>;
inline bool HasByte(const ByteSet& set, char c) { return set[static_cast<uint8_t>(c)]; }
inline void AddBytes(ByteSet& set, std::string_view text) {
  for (const char c : text) set.set(static_cast<uint8_t>(c));
}

}  // namespace narfi::storage
