// UTF-8: decode one rune, check, repair.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace narfi {

constexpr uint32_t kReplacementRune = 0xFFFD;

struct Rune {
  uint32_t value = kReplacementRune;
  uint32_t bytes = 1;  // consumed; 1 for an invalid byte, as in Go
  bool valid = false;
};

// The first rune of a non-empty text. Overlong forms, surrogates and values over U+10FFFF are
// invalid.
Rune DecodeRune(std::string_view text);
void AppendRune(std::string& dst, uint32_t rune);
bool IsValidUtf8(std::string_view text);
// Every invalid byte becomes U+FFFD, one each, as Go's range loop and encoding/json do.
std::string RepairUtf8(std::string_view text);

}  // namespace narfi
