// Which runes are letters, digits and spaces, by Unicode's categories.
#pragma once

#include <cstdint>

namespace narfi::line {

// A letter (category L).
bool IsLetterRune(int32_t rune);
// A decimal digit (Nd); IsNumberRune is any number (N).
bool IsDigitRune(int32_t rune);
bool IsNumberRune(int32_t rune);
// White space.
bool IsSpaceRune(int32_t rune);

}  // namespace narfi::line
