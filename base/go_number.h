// Numbers in text as Go's strconv.ParseFloat reads them.
#pragma once

#include <string_view>

#include "base/result.h"

namespace narfi {

// Decimal and hexadecimal floats, underscores between digits, inf, infinity and nan in any
// case. The error is Go's: `strconv.ParseFloat: parsing "x": invalid syntax`.
Result<double> ParseGoFloat(std::string_view text);

}  // namespace narfi
