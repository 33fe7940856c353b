#include "line/pattern.h"

#include <cstring>

namespace narfi::line {
namespace {

size_t FindLiteral(std::string_view text, std::string_view literal) {
  if (literal.size() > text.size()) return std::string_view::npos;
  const void* at = memmem(text.data(), text.size(), literal.data(), literal.size());
  if (at == nullptr) return std::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(at) - text.data());
}

}  // namespace

void LinePattern::Extract(std::string_view line, std::vector<std::string_view>& values) const {
  values.clear();
  if (line.empty() || parts_.empty()) return;
  size_t next = 0;
  if (!parts_.front().is_capture) {
    if (!line.starts_with(parts_.front().literal)) return;
    line.remove_prefix(parts_.front().literal.size());
    next = 1;
  }
  for (; next < parts_.size(); next += 2) {
    const bool is_last = next + 1 == parts_.size();
    const size_t end =
        is_last ? std::string_view::npos : FindLiteral(line, parts_[next + 1].literal);
    if (parts_[next].is_kept) values.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + parts_[next + 1].literal.size());
  }
}

bool LinePattern::Matches(std::string_view line) const {
  if (line.empty() || parts_.empty()) return line.empty() && parts_.empty();
  bool in_capture = false;
  for (const Part& part : parts_) {
    if (part.is_capture) {
      in_capture = true;
      continue;
    }
    const size_t at = in_capture ? FindLiteral(line, part.literal)
                                 : (line.starts_with(part.literal) ? 0 : std::string_view::npos);
    if (at == std::string_view::npos || in_capture != (at > 0)) return false;
    line.remove_prefix(at + part.literal.size());
    in_capture = false;
  }
  return in_capture != line.empty();
}

}  // namespace narfi::line
