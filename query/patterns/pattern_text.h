// The pattern of lines of one form, from what is known of their message and values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/patterns/pattern_table.h"

namespace narfi::query {

// A value that is the same in fewer lines than this and has a digit is taken for one that varies.
constexpr uint64_t kFewLines = 10;

// `|>` with it finds every one of the lines. Empty for lines without a byte.
std::string PatternText(const PatternTable::Form& form, std::string_view skeleton,
                        const std::vector<SlotValues>& slots, uint64_t lines);

}  // namespace narfi::query
