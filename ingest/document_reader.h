// One JSON document as an entry: time, labels, line, metadata.
//
// Ownership: views of the result live until the next Read(), those of a line with a message field
// and
//            of metadata in the arena given.
// Threads:   one at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "ingest/push_decode.h"
#include "ingest/push_documents.h"
#include "line/json_fields.h"

namespace narfi::ingest {

// RFC 3339, with a space for the T and without a zone (UTC) too; or a number since 1970, whose size
// says whether it is seconds (below 10^11), milliseconds, microseconds or nanoseconds.
std::optional<int64_t> ParseDocumentTime(std::string_view text);

class DocumentReader {
 public:
  struct Document {
    std::optional<int64_t> time_ns;
    std::string_view bad_time;  // a time that is none, as sent
    std::vector<std::string_view>
        labels;  // values of the label fields, in their order; may be empty
    std::string_view line;
    EntryPairs metadata;
  };

  explicit DocumentReader(const DocumentOptions& options);
  // Names of the label fields as labels have them, in the order of Document::labels.
  const std::vector<std::string>& label_names() const { return label_names_; }
  // kInvalidArgument when `text` is no JSON object.
  Status Read(std::string_view text, Arena& arena, ObjectBudget& budget, Document& out);

 private:
  const std::vector<std::string> label_names_;
  const std::vector<std::string> time_names_;
  const std::string message_name_;
  line::JsonFields fields_;
  Arena scratch_;
  std::vector<line::Field> found_;
};

}  // namespace narfi::ingest
