// The fields of one log entry, as Loki detects them: its structured metadata, what the query's
// pipeline parsed, and what is in the line when it is JSON or else logfmt.
//
// Ownership: views live as long as the entry and until the next Read().
// Threads:   one at a time; buffers are kept from entry to entry.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/arena.h"
#include "line/json_fields.h"
#include "line/logfmt.h"
#include "query/exec/result.h"

namespace narfi::server {

enum class LineParser : uint8_t { kNone, kJson, kLogfmt };

class EntryFields {
 public:
  struct Field {
    std::string_view name;  // never one of a stream label: such a field is <name>_extracted
    std::string_view value;
    bool is_metadata = false;    // else the line's, or the pipeline's
    std::string_view line_name;  // what the line calls it; empty for what the pipeline parsed
  };

  EntryFields();
  const std::vector<Field>& Read(const query::LabelPairs& stream, const query::LogEntry& entry);
  // What read the line of the last Read().
  LineParser parser() const { return parser_; }

 private:
  void ReadLine(const query::LabelPairs& stream, std::string_view line);

  Arena arena_;
  line::JsonFields json_;
  line::LogfmtFields logfmt_;
  std::vector<line::Field> parsed_;
  std::unordered_set<std::string_view> seen_;
  std::vector<Field> fields_;
  LineParser parser_ = LineParser::kNone;
};

}  // namespace narfi::server
