// How long stretches of certain bytes in texts are at most: a text made of such bytes alone, and
// longer than these, is in none.
//
// Ids of a segment's dictionary are left out where they stand by themselves, as the dictionary
// itself tells which of them there are.
//
// Threads: values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "storage/byte_set.h"

namespace narfi::storage {

// Shorter stretches are left out, but at the ends of a text, where they may go on.
constexpr size_t kLeastRun = 16;

// Bounds, in bytes.
struct ByteRuns {
  uint64_t longest = 0;     // but for these:
  uint64_t longest_id = 0;  // ids of the dictionary with none of the bytes beside them
  uint64_t any() const { return std::max(longest, longest_id); }
};

constexpr uint64_t kUnboundRun = uint64_t{1} << 32;

// Measures texts that are put together of known pieces and of values of which bounds are known.
class RunMeter {
 public:
  explicit RunMeter(const ByteSet& of) : of_(of) {}

  void AddText(std::string_view text);
  void AddValue(const ByteRuns& runs);
  // Behind the last piece of a text.
  void EndText();
  const ByteRuns& runs() const { return runs_; }

 private:
  // Of the bytes of a text between its first and its last stretch.
  void AddInner(std::string_view text);

  const ByteSet& of_;
  ByteRuns runs_;
  uint64_t now_ = 0;        // of the stretch that reaches to the end, so far
  bool is_joined_ = false;  // it is not one value alone
  bool has_value_ = false;
};

ByteRuns RunsOf(const ByteSet& of, std::string_view text);

}  // namespace narfi::storage
