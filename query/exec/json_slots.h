// Which slot of a line template holds the JSON field that `| json` gives a name.
//
// A name stands for every path whose keys, each as a label name, come to it when joined. The proof
// holds only where exactly one slot of the template does so.
//
// Threads: free functions without state.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/columnar.h"

namespace narfi::query {

// True when `| json` gives the fields of every line of the template and no error.
bool ParsesSurely(const storage::LineTemplate& form);

// What a query has to do with a template.
enum class FormUse : uint8_t {
  kNone,    // it looks at no row of it
  kAsk,     // only the text tells what fields there are
  kParses,  // see ParsesSurely
};

struct FieldSlots {
  std::vector<uint32_t> of_template;  // as Columnar::Field() wants them
  bool any = false;                   // some template has the field in a slot
  bool may_ask = false;               // of some template only the text tells
  bool all_ask = true;                // of each
  bool has_strings = false;
  bool has_scalars = false;
};

// `uses` has a place for each template.
FieldSlots FindFieldSlots(const std::vector<storage::LineTemplate>& templates,
                          const std::vector<FormUse>& uses, std::string_view name);

}  // namespace narfi::query
