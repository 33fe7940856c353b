// Pushes that are neither Loki's nor OpenTelemetry's: Elasticsearch's _bulk, and lines of text.
//
// A document is a JSON object on a line of its own. Its line is the document as sent, or the value
// of one field, in which case the other fields become structured metadata; its time and some of its
// labels come from fields. Which is which DocumentOptions say; they come with the request's path
// and parameters, and stand in the write-ahead log with the body.
//
// Format:  a field is named as in Elasticsearch ("service.name"), and stands in the document under
// that
//          name or nested; as a label it is service_name. docs/http-api-push.md has the rest.
// Errors:  kInvalidArgument or kLimit with the sentence of the answer.
// Limits:  kMaxDocumentBytes, kMaxBulkItems, kMaxOptionBytes, ObjectBudget.
// Threads: free functions without state.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "ingest/push.h"
#include "ingest/push_decode.h"

namespace narfi::ingest {

constexpr size_t kMaxDocumentBytes = 2 << 20;
constexpr size_t kMaxBulkItems = 100'000;     // of a body
constexpr size_t kMaxOptionBytes = 16 << 10;  // of DocumentOptions, encoded

// The content types of such pushes in PushRequest and in the write-ahead log; encoded options
// follow.
constexpr std::string_view kBulkMark = "\1bulk:";
constexpr std::string_view kLinesMark = "\1lines:";

struct DocumentOptions {
  std::string index;                      // _bulk: of documents that name none
  std::vector<Label> labels;              // of every stream
  std::vector<std::string> label_fields;  // fields that become labels
  std::string message_field;              // empty: the document is the line
  std::vector<std::string> time_fields;   // the first that is there counts
};

// Fields that are used unless a request names its own.
std::vector<std::string> DefaultLabelFields();
std::vector<std::string> DefaultTimeFields();

// The mark and the options as a content type; kLimit when they are too long.
Result<std::string> EncodeDocumentType(std::string_view mark, const DocumentOptions& options);
Result<DocumentOptions> DecodeDocumentOptions(std::string_view encoded);

// One action of a _bulk body, for its answer.
struct BulkItem {
  enum class Action : uint8_t { kIndex, kCreate, kUpdate, kDelete };
  Action action = Action::kIndex;
  uint32_t index = 0;  // among BulkItems::indexes
  std::string id;      // as sent
  std::string error;   // why the decoder refused it; empty when it did not
};
// All actions of a body; the ordinal of an entry is the place of its action.
struct BulkItems {
  std::vector<std::string> indexes;
  std::vector<BulkItem> items;
};

// Views point into `bytes` and the batch's arena; `bytes` must outlive the batch. Sets batch.bulk.
Status DecodeBulk(std::string_view bytes, const DocumentOptions& options, int64_t received_ns,
                  PushBatch& batch, size_t object_bytes = ObjectBudget::kByBody);
// Lines of text; of those that are documents with a time, that is theirs. The others have the time
// of receipt, each a nanosecond after the one before, so that equal lines stay apart.
Status DecodeLines(std::string_view bytes, const DocumentOptions& options, int64_t received_ns,
                   PushBatch& batch, size_t object_bytes = ObjectBudget::kByBody);

}  // namespace narfi::ingest
