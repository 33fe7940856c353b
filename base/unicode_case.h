// Upper and lower case of Unicode text, rune by rune as Go's strings.ToUpper and ToLower do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace narfi {

uint32_t ToLowerRune(uint32_t rune);
uint32_t ToUpperRune(uint32_t rune);
// Bytes that are no UTF-8 become U+FFFD.
std::string ToLowerText(std::string_view text);
std::string ToUpperText(std::string_view text);

}  // namespace narfi
