// Digits, as the scanner of numbers and of escapes sees them.
#pragma once

#include <cstdint>

namespace narfi::logql {

constexpr bool IsDecimal(int32_t rune) { return rune >= '0' && rune <= '9'; }

constexpr bool IsHex(int32_t rune) {
  return IsDecimal(rune) || (rune >= 'a' && rune <= 'f') || (rune >= 'A' && rune <= 'F');
}

}  // namespace narfi::logql
