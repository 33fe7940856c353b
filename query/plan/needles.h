// Texts that a line must contain to pass a pipeline: what lets whole runs be skipped unread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/logql/ast.h"

namespace narfi::query {

// What a field or structured metadata becomes whose name the stream has.
constexpr std::string_view kExtractedSuffix = "_extracted";
// The name that it had before; the name itself for any other.
inline std::string_view WithoutExtracted(std::string_view name) {
  if (name.ends_with(kExtractedSuffix)) name.remove_suffix(kExtractedSuffix.size());
  return name;
}

struct Needle {
  // One of these must be in the line.
  std::vector<std::string> any_of;
  // Set for `| json | field="text"`: the proof holds only where neither the stream nor the entry
  // has a label of this name. The text may also hide behind an escape: see kEscapeNeedle.
  std::string field;
  std::string value = {};  // with `field`: what it must be, of which the text is a part
};

// Set for `| label="value"` in front of parsers: an entry passes only if its stream has the label,
// or its structured metadata has this value under this name.
struct MetadataNeedle {
  std::string name;
  std::string value;
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
// Those of the labels that entries come with; all of them must hold.
std::vector<MetadataNeedle> MetadataNeedlesOf(const std::vector<logql::Stage>& stages);

}  // namespace narfi::query
