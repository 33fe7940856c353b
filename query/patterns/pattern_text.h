// The pattern of lines of one form, from what is known of their message and values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/patterns/pattern_table.h"
#include "query/patterns/pattern_writer.h"

namespace narfi::query {

// A value that is the same in fewer lines than this and has a digit is taken for one that varies.
constexpr uint64_t kFewLines = 10;

// `|>` with it finds every one of the lines. The text is empty for lines without a byte.
WrittenPattern WritePattern(const PatternTable::Form& form, std::string_view skeleton,
                            const std::vector<SlotValues>& slots, uint64_t lines);

}  // namespace narfi::query
