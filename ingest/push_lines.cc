// Lines of text as curl sends a file.
#include "ingest/document_streams.h"

namespace narfi::ingest {

Status DecodeLines(std::string_view bytes, const DocumentOptions& options, int64_t received_ns,
                   PushBatch& batch, size_t object_bytes) {
  ObjectBudget budget(bytes.size(), object_bytes);
  DocumentReader reader(options);
  DocumentReader::Document document;
  DocumentStreams streams(options, reader.label_names(), batch, budget);
  uint32_t ordinal = 0;
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const bool may_be_document = line.front() == '{' && line.size() <= kMaxDocumentBytes;
    if (may_be_document) {
      auto read = reader.Read(line, batch.arena, budget, document);
      if (!read && read.error().code != Code::kInvalidArgument) return read;
      if (!read) document = {};
    }
    if (!may_be_document || document.line.empty()) {
      document = {};
      document.line = line;
    }
    document.labels.resize(reader.label_names().size());
    NARFI_ASSIGN(PushEntry* const entry, streams.AddEntry({}, document));
    entry->time_ns = document.time_ns.value_or(received_ns + ordinal);
    entry->ordinal = ordinal++;
  }
  return {};
}

}  // namespace narfi::ingest
