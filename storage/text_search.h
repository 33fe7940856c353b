// Whether a text holds another.
#pragma once

#include <cstring>
#include <string_view>

namespace narfi::storage {

// memmem takes no null pointer, and an empty text may be one.
inline bool Holds(std::string_view text, std::string_view needle) {
  if (needle.empty()) return true;
  return needle.size() <= text.size() &&
         memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

}  // namespace narfi::storage
