// Columns of values that all have one form: integers, digits, decimals, times, hexadecimal ids.
//
// Format:  docs/format/segment.md, "Columns".
// Threads: pure functions; a ColumnText one at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/bytes.h"

namespace narfi::storage {

enum class ColumnForm : uint8_t {
  kConstant = 0,
  kTerminated = 1,  // text, each value ended by a zero byte
  kText = 2,        // lengths, then text
  kDictionary = 3,
  kAffix = 4,
  kSplit = 5,
  kIntegers = 6,
  kDigits = 7,
  kDecimals = 8,
  kTimes = 9,
  kHex = 10,
};

inline void PutForm(std::string& dst, ColumnForm form) { PutU8(dst, static_cast<uint8_t>(form)); }

using Values = std::span<const std::string_view>;

// Each appends form and body, or leaves `dst` as it was when a value does not fit. `times` are the
// entries' times in ns, one a value, or empty.
bool AppendNumbers(std::string& dst, Values values, std::span<const int64_t> times, int level);
bool AppendHex(std::string& dst, Values values);

// Where the text of read columns lives. Bounded, so that a made-up page takes no more.
class ColumnText {
 public:
  explicit ColumnText(uint64_t max_bytes) : left_(max_bytes) {}
  // Null when there is no more.
  char* Allocate(uint64_t bytes) {
    if (bytes > left_) return nullptr;
    left_ -= bytes;
    return arena_.Allocate(bytes);
  }

 private:
  Arena arena_{64 << 10};
  uint64_t left_;
};

// Reads what follows the form: `out` has a view for each value, its number being the wanted one.
// False when the bytes are not such a column, or one of the forms that have columns inside.
bool ReadTyped(ColumnForm form, ByteReader& reader, std::span<const int64_t> times,
               ColumnText& text, std::vector<std::string_view>& out);

}  // namespace narfi::storage
