// The streams of a push of documents: one for each set of label values that its documents have.
//
// Ownership: borrows everything.
// Threads:   one at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/document_reader.h"

namespace narfi::ingest {

class DocumentStreams {
 public:
  // `names`: of the labels in Document::labels.
  DocumentStreams(const DocumentOptions& options, const std::vector<std::string>& names,
                  PushBatch& batch, ObjectBudget& budget)
      : options_(options), names_(names), batch_(batch), budget_(budget) {}

  // Appends the document to its stream; ordinal and time are the caller's to set. `index`: the
  // label of this name, or empty. The pointer is good until the next call.
  Result<PushEntry*> AddEntry(std::string_view index, DocumentReader::Document& document);

 private:
  Status AddStream(std::string_view index, const DocumentReader::Document& document);

  const DocumentOptions& options_;
  const std::vector<std::string>& names_;
  PushBatch& batch_;
  ObjectBudget& budget_;
  std::map<std::string, size_t> streams_;  // values with their lengths -> place in the batch
  std::string key_;
};

}  // namespace narfi::ingest
