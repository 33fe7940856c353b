// Numbers as Go reads them, errors in the words of strconv.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace narfi::logql {

// strconv.ParseFloat: decimal, or hexadecimal with a p exponent; underscores between digits are
// skipped (who calls this has checked where they stand).
Result<double> ParseGoFloat(std::string_view text);

// strconv.Atoi of an unsigned text.
Result<int64_t> ParseGoInt(std::string_view text);

}  // namespace narfi::logql
