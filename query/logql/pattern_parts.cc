#include "query/logql/pattern_parts.h"

#include <fmt/format.h>

namespace narfi::logql {
namespace {

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// The length of the capture at the front of `text`, or 0.
size_t CaptureLength(std::string_view text) {
  if (text.size() < 3 || text[0] != '<' || !IsNameStart(text[1])) return 0;
  size_t i = 2;
  while (i < text.size() && (IsNameStart(text[i]) || (text[i] >= '0' && text[i] <= '9'))) ++i;
  return i < text.size() && text[i] == '>' ? i + 1 : 0;
}

}  // namespace

std::vector<PatternPart> SplitPattern(std::string_view pattern) {
  std::vector<PatternPart> out;
  size_t literal = 0;
  const auto end_literal = [&](size_t end) {
    if (end > literal) out.push_back({false, pattern.substr(literal, end - literal)});
  };
  size_t i = 0;
  while (i < pattern.size()) {
    const size_t length = CaptureLength(pattern.substr(i));
    if (length == 0) {
      ++i;
      continue;
    }
    end_literal(i);
    out.push_back({true, pattern.substr(i, length)});
    i += length;
    literal = i;
  }
  end_literal(i);
  return out;
}

Status CheckNeighbours(const std::vector<PatternPart>& parts) {
  for (size_t i = 1; i < parts.size(); ++i) {
    if (!parts[i - 1].is_capture || !parts[i].is_capture) continue;
    return Fail(Code::kInvalidArgument,
                fmt::format("found consecutive capture '{}{}': invalid expression",
                            parts[i - 1].text, parts[i].text));
  }
  return {};
}

}  // namespace narfi::logql
