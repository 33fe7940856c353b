// The parts of a pattern as of `| pattern` and `|>`: literals, and captures <name> or <_>.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"

namespace narfi::logql {

struct PatternPart {
  bool is_capture = false;
  std::string_view text;  // a capture with its brackets

  std::string_view name() const { return text.substr(1, text.size() - 2); }
  bool IsNamed() const { return is_capture && text != "<_>"; }
};

// The parts point into `pattern`.
std::vector<PatternPart> SplitPattern(std::string_view pattern);
// Two captures must have a literal between them.
Status CheckNeighbours(const std::vector<PatternPart>& parts);

}  // namespace narfi::logql
