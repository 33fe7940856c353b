// Finding a text in a line.
#pragma once

#include <cstring>
#include <string_view>

namespace narfi::query {

// memmem takes no null pointer, and an empty line may be one.
inline bool ContainsText(std::string_view line, std::string_view needle) {
  if (needle.empty()) return true;
  if (needle.size() > line.size()) return false;
  return memmem(line.data(), line.size(), needle.data(), needle.size()) != nullptr;
}

}  // namespace narfi::query
