// Where a line splits into a constant skeleton and the values that vary.
//
// Whatever is chosen, the slots and the text between them are the line, byte for byte: a bad choice
// costs space, never truth.
//
//   JSON     slots are the values of fields; strings without quotes, escapes as written; an array
//            of scalars is one value. The skeleton has the keys, punctuation and white space.
//   logfmt   slots are the values of key=value, strings without quotes.
//   free     slots are the words with a digit in them, cut at white space and punctuation.
//   digits   slots are the runs of decimal digits.
//
// Threads: pure functions.
// Limits:  kMaxSlots a line; a line with more is one slot.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace narfi::storage {

constexpr uint32_t kMaxSlots = 255;

struct Slot {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint64_t path = 0;  // equal for values of one field; 0: only the place in its skeleton
};

enum class SplitMode : uint8_t { kLine, kFree, kDigits };

// Replaces `slots`. kLine takes JSON for what begins like an object and holds together as one, and
// logfmt and free text, which mix, for the rest. False when there are more than kMaxSlots; then
// `slots` is void.
bool SplitLine(std::string_view line, SplitMode mode, std::vector<Slot>& slots);

}  // namespace narfi::storage
