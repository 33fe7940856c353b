// Lines that a shipper packed: a JSON object whose `_entry` is the line and whose other strings are
// labels.
//
// Ownership: names and values point into the line or the arena of the call.
// Threads:   one at a time; a reader keeps its buffers from line to line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "line/field.h"

namespace narfi::line {

constexpr std::string_view kPackedEntry = "_entry";

class UnpackFields {
 public:
  struct Result {
    Outcome outcome;
    bool is_packed = false;
    std::string_view entry;  // the line inside, when packed
  };

  explicit UnpackFields(Demand demand) : demand_(std::move(demand)) {}

  // Puts the wanted string members of a packed line into `out`, in order, equal names included; all
  // else (numbers, objects, ...) is left out. A line that is not packed gives none; one that is no
  // JSON object fails, but not the empty line.
  Result Extract(std::string_view line, std::vector<Field>& out, Arena& arena);

 private:
  std::string_view Plain(std::string_view escaped, Arena& arena);
  std::string_view NameOf(std::string_view key, Arena& arena);

  const Demand demand_;
  std::string scratch_;
};

}  // namespace narfi::line
