// Colours of the terminal: a line has that of its level.
#pragma once

#include <string>
#include <string_view>

#include "cli/answer.h"

namespace narfi::cli {

constexpr std::string_view kTimeColor = "\x1b[2m";    // faint
constexpr std::string_view kLabelColor = "\x1b[36m";  // cyan

// The escape sequence for the level that `detected_level`, or else `level`, names; empty for info
// and for none.
std::string_view ColorOfLevel(const StreamLabels& labels);
// Appends `text` between `color` and the sequence that ends it, if there is one.
void AppendColored(std::string& dst, std::string_view color, std::string_view text);

}  // namespace narfi::cli
