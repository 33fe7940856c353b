// Takes terminal escape sequences (colours, cursor movements, titles) out of a line.
//
// What counts as one: ESC or U+009B, any of [ ] ( ) # ; ?, and then either letters, digits and
// semicolons up to a BEL, or numbers with semicolons between them and one final character.
//
// Threads: a free function without state.
#pragma once

#include <string_view>

#include "base/arena.h"

namespace narfi::line {

// The line itself when there is nothing to take out, else a copy in the arena.
std::string_view Decolorize(std::string_view line, Arena& arena);

}  // namespace narfi::line
