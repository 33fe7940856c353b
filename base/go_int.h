// Whole numbers in text as Go's strconv.ParseInt reads them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace narfi {

// `base` 10, or 0: by prefix (0x, 0o, 0b, 0), underscores between digits. The error is Go's:
// `strconv.ParseInt: parsing "x": invalid syntax`.
Result<int64_t> ParseGoInt(std::string_view text, int base = 10);
// ParseUint with base 0.
bool ParsesAsGoUint(std::string_view text, uint64_t& value);

}  // namespace narfi
