// One line on its way through the stages.
//
// Ownership: `line` is borrowed until a stage replaces it; then it points into `own_line`.
// Threads:   one at a time; reused from line to line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/labels.h"

namespace narfi::shipper {

struct Entry {
  int64_t time_ns = 0;  // when it was read, until a stage knows better
  // `time_ns` is what the configuration's own stages made it: it is sent as it is.
  bool time_is_configured = false;
  std::string_view line;
  std::string own_line;
  std::vector<Label> labels;                                  // sorted by name
  std::map<std::string, std::string, std::less<>> extracted;  // what stages hand on to each other

  void SetLine(std::string text) {
    own_line = std::move(text);
    line = own_line;
  }
  // Adds or replaces; an empty value takes the label away.
  void SetLabel(std::string_view name, std::string_view value);
  bool HasLabel(std::string_view name) const;
};

}  // namespace narfi::shipper
