// Whether one pattern finds the lines of another one, which then belong to it: `user <_> left` and
// `user bob left`, `to <_> failed` and `to <_>:<_> failed`.
//
// Ownership: borrows the patterns. Threads: pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "query/logql/pattern_parts.h"
#include "query/patterns/pattern_writer.h"

namespace narfi::query {

// How much of the other pattern a capture may take.
enum class Reach : uint8_t {
  kWord,  // no white space, and no quotes but around it
  kAny,   // as `|>` does
};

class CoveredPattern {
 public:
  explicit CoveredPattern(const WrittenPattern& pattern);

  // True when `|>` with the parts finds every line that the pattern was written for.
  bool IsCoveredBy(const std::vector<logql::PatternPart>& by, Reach reach) const;

 private:
  static constexpr size_t kNowhere = SIZE_MAX;

  // A byte of the pattern, or a capture, which takes one byte or more.
  struct Element {
    const Captured* captured = nullptr;
    char byte = 0;
  };

  bool IsAt(std::string_view literal, size_t at) const;
  // Where the literal is found first in every line, behind a capture that begins at `at`.
  size_t FindBehind(std::string_view literal, size_t at, Reach reach) const;
  bool IsTaken(size_t first, size_t end, Reach reach) const;
  // Whether there are lines in which the literal begins in the element.
  bool MayBeginIn(std::string_view literal, size_t at) const;
  bool IsOneWord(size_t first, size_t end) const;
  bool IsSpace(size_t at) const;
  bool IsQuote(size_t at) const;

  std::vector<Element> elements_;
  bool is_known_ = true;  // what each capture takes
};

}  // namespace narfi::query
