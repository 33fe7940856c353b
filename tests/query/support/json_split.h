// A line as a template and slots, the plain way: what the storage does for lines that are JSON
// objects, to test readers of columns with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/columnar.h"

namespace narfi::query_test {

struct SplitLine {
  struct Slot {
    storage::SlotKind kind = storage::SlotKind::kText;
    std::vector<std::string> path;
    std::string value;
  };
  std::vector<std::string> literals;  // one more than slots
  std::vector<Slot> slots;
};

// Nothing for a line that is no JSON object by the letter of RFC 8259, or has objects in arrays.
std::optional<SplitLine> SplitJson(std::string_view line);

}  // namespace narfi::query_test
