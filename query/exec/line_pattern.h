// A pattern as parsed, ready to be run.
#pragma once

#include <string_view>

#include "line/pattern.h"
#include "query/logql/pattern_parts.h"

namespace narfi::query {

inline line::LinePattern CompilePattern(std::string_view pattern) {
  std::vector<line::LinePattern::Part> parts;
  for (const logql::PatternPart& part : logql::SplitPattern(pattern)) {
    parts.push_back({part.is_capture, part.IsNamed(),
                     std::string(part.is_capture ? std::string_view() : part.text)});
  }
  return line::LinePattern(std::move(parts));
}

}  // namespace narfi::query
