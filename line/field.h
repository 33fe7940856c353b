// A field of a log line, and which fields somebody wants.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace narfi::line {

struct Field {
  std::string_view name;
  std::string_view value;
};

// What the reader of a line is asked for. With names, each is given at most once a line, the first
// time it appears, and reading stops when all were given: what is wrong with the rest of the line
// stays unseen.
struct Demand {
  bool everything = true;
  std::vector<std::string> names;  // when not everything; unique

  // The index of `name` among names, or -1.
  int Find(std::string_view name) const {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return static_cast<int>(i);
    }
    return -1;
  }
};

// Which names of a Demand the line has given so far; one flag a name.
using Found = std::span<uint8_t>;

inline bool IsComplete(const Demand& demand, Found found) {
  if (demand.everything) return false;
  for (const uint8_t flag : found) {
    if (flag == 0) return false;
  }
  return true;
}

// How reading a line went. `details` is a constant or lives in the arena of the call.
struct Outcome {
  bool failed = false;
  std::string_view details;
};

}  // namespace narfi::line
