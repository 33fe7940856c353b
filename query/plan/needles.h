// Texts that a line must contain to pass a pipeline: what lets whole runs be skipped unread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/logql/ast.h"

namespace narfi::query {

struct Needle {
  // One of these must be in the line.
  std::vector<std::string> any_of;
  // Set for `| json | field="text"`: the proof holds only where neither the stream nor the entry
  // has a label of this name. The text may also hide behind an escape: see kEscapeNeedle.
  std::string field;
};

// A plain ASCII character can be written in a JSON or logfmt string as \u00XX, and in no other way
// unless it is one of `"`, `\` and `/`.
constexpr const char* kEscapeNeedle = "\\u00";

// True for a text that hardly any row group holds, by its looks, which is quickly found out: an id,
// or a long sentence.
bool IsRare(std::string_view text);
// True for one that hardly any row holds.
bool IsId(std::string_view text);

// The needles of stages in the order of the query; all of them must hold.
std::vector<Needle> NeedlesOf(const std::vector<logql::Stage>& stages);

}  // namespace narfi::query
