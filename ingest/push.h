// A push on its way in: what a decoded body holds, whatever protocol it came by.
//
// decode (push_body.h) -> PushBatch -> validate (validate.h) -> WAL and heads (engine.h).
//
// Ownership: every view of a PushBatch points into its own `body`, `text` or `arena`; moving the
//            batch keeps them valid.
// Threads:   one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/labels.h"
#include "ingest/entry_pairs.h"
#include "ingest/kept_text.h"

namespace narfi::ingest {

struct PushEntry {
  // Position among all entries of the body, in the order of decoding (refused ones count too). The
  // WAL keeps the body as received and names the accepted entries by it: at replay the body is
  // decoded again, `Validate` runs in its replay mode (it normalises: service_name, detected_level,
  // metadata names, truncation; but refuses nothing by limits or clock), and entries whose ordinal
  // was not accepted are dropped.
  uint32_t ordinal = 0;
  int64_t time_ns = 0;
  std::string_view line;
  // By name, names unique, `detected_level` among them once the batch is validated.
  EntryPairs metadata;
};

// What limits and metrics count of an entry: its line and its metadata.
inline uint64_t EntryBytes(const PushEntry& entry) {
  uint64_t bytes = entry.line.size();
  for (const MetadataPair& pair : entry.metadata) bytes += pair.name.size() + pair.value.size();
  return bytes;
}

// The time of an entry that was sent without one: what Go's zero time (year 1) is in nanoseconds.
// Too old for every rule; texts show it as 0001-01-01.
constexpr int64_t kNoTime = -6795364578871345152;

struct PushStream {
  Labels labels;  // after validation with service_name
  std::vector<PushEntry> entries;
  // The labels as sent, by name, when a name was sent twice; Validate refuses such a stream.
  std::vector<Label> clashing_labels;
};

class OtlpMapping;
struct BulkItems;

struct PushBatch {
  std::vector<PushStream> streams;
  StableText body;  // as received, when views point into it
  StableText text;  // unpacked, when views point into it
  Arena arena;
  std::shared_ptr<const BulkItems> bulk;  // of a _bulk push, whose every item is answered
};

// A request body as it came from the wire, and what is needed to read it.
struct PushRequest {
  // As sent, kOtlpMark in front of OTLP's; or kPlainProtoType, or what EncodeDocumentType gives.
  // May be empty.
  std::string_view content_type;
  std::string_view content_encoding;  // header as sent; empty when absent
  std::string_view body;
  int64_t received_ns = 0;            // the time of entries that are sent without one
  const OtlpMapping* otlp = nullptr;  // of the tenant; null: Loki's default
};

// What the client is told. 204 with no text, or Loki's status and words.
struct PushAnswer {
  int status = 204;
  std::string text = {};
  int retry_after_seconds = 0;  // > 0: sent as Retry-After
  // What was decoded, and the ordinals that were taken, as runs [first, last]; for protocols that
  // answer entry by entry.
  uint64_t entries = 0;
  std::vector<std::pair<uint32_t, uint32_t>> accepted = {};
  std::shared_ptr<const BulkItems> bulk = {};  // of a _bulk push that was decoded
};

// How many entries were taken, whatever the status.
inline uint64_t CountAccepted(const PushAnswer& answer) {
  uint64_t count = 0;
  for (const auto& [first, last] : answer.accepted) count += uint64_t{last} - first + 1;
  return count;
}

}  // namespace narfi::ingest
