// What a push's answer says about the entries of it that were not taken, in Loki's words.
//
// Validate adds what breaks a limit, the engine what the heads refuse while it appends; Answer()
// puts both together. Good entries of the same push are kept all the same.
//
//   RejectReport report(tenant);
//   Validate(batch, limits, context, report);
//   ... for each stream, entry: report.AddTooFarBehind(stream, entry, oldest_ns); ...
//   return report.Answer();          // 204 when nothing was added
//
// Order:     texts appear in the order they were added. Entries of one stream that heads refuse
// must
//            be added one after the other.
// Ownership: copies what it needs; streams and entries are only looked at during the call, and
//            `stream.entries` must still hold every entry that came to the engine.
// Limits:    kMaxTexts different texts and kMaxStreams refused streams are spelled out, stream
// labels
//            up to kMaxStreamText bytes; the rest is counted.
// Threads:   one at a time. Every Add counts in loki_discarded_samples_total and
//            loki_discarded_bytes_total{reason,tenant}, unless the report is made silent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/push.h"

namespace narfi::ingest {

// Loki's values of the label `reason` are in reject_report.cc.
enum class RejectReason : uint8_t {
  kRateLimited,
  kStreamLimit,
  kStreamRateLimit,
  kLineTooLong,
  kTooOld,
  kTooFarInFuture,
  kTooFarBehind,
  kOutOfOrder,
  kMissingLabels,
  kTooManyLabelNames,
  kLabelNameTooLong,
  kLabelValueTooLong,
  kDuplicateLabelNames,
  kMetadataNotAllowed,
  kMetadataTooLarge,
  kMetadataTooMany,
};
constexpr size_t kRejectReasons = static_cast<size_t>(RejectReason::kMetadataTooMany) + 1;
std::string_view RejectReasonName(RejectReason reason);

class RejectReport {
 public:
  static constexpr size_t kMaxTexts = 64;
  static constexpr size_t kMaxStreams = 10;
  static constexpr size_t kMaxEntries = 10;  // of a stream, as in Loki
  static constexpr size_t kMaxStreamText = 8 << 10;

  // `silent`: counts nothing in metrics (replay).
  explicit RejectReport(std::string tenant, bool silent = false);

  bool empty() const { return texts_.empty() && streams_.empty() && whole_push_.empty(); }
  const std::string& tenant() const { return tenant_; }
  // What the push has, for the answer.
  void set_entries(uint64_t entries) { entries_ = entries; }
  void set_bulk(std::shared_ptr<const BulkItems> bulk) { bulk_ = std::move(bulk); }

  // Validation: one entry, or a whole stream of `entries`, breaks a rule. Equal texts are counted.
  void AddInvalid(RejectReason reason, std::string text, uint64_t entries, uint64_t bytes);

  // The heads: an entry is older than the out-of-order window of its stream allows.
  void AddTooFarBehind(const PushStream& stream, const PushEntry& entry, int64_t oldest_ns);
  // An entry is older than its stream's newest one, where order is required.
  void AddOutOfOrder(const PushStream& stream, const PushEntry& entry);
  // The stream has used up its rate of `limit_bytes` a second.
  void AddStreamRateLimit(const PushStream& stream, const PushEntry& entry, uint64_t limit_bytes);
  // What comes next is of another stream, even where it stands at the same address.
  void EndStream() {
    if (!streams_.empty()) streams_.back().key = nullptr;
    last_unnamed_ = nullptr;
  }
  // An entry without a time, or of 1970 and before, that no window refused.
  void AddBeforeEpoch(const PushStream& stream, const PushEntry& entry);
  // The stream is new and the tenant has too many.
  void AddStreamLimit(const PushStream& stream);
  // The tenant has used up its rate: nothing of the push is taken.
  void AddRateLimit(uint64_t limit_bytes, uint64_t entries, uint64_t bytes);

  // 204; 400; or 429 when any of it would pass later.
  PushAnswer Answer() const;

 private:
  struct Text {
    std::string text;
    uint64_t count = 0;
  };
  struct RefusedStream {
    const PushStream* key = nullptr;  // only compared
    std::string whole;                // the text, when the stream was refused as a whole
    std::string entries;              // the lines about its entries
    std::string labels;
    uint64_t refused = 0;
    uint64_t total = 0;
  };

  void AddEntry(RejectReason reason, const PushStream& stream, const PushEntry& entry,
                const std::string& why);
  RefusedStream* OpenStream(const PushStream& stream);
  void Count(RejectReason reason, uint64_t entries, uint64_t bytes);
  std::string InvalidText() const;
  std::string StreamsText() const;

  std::string tenant_;
  bool silent_;
  uint64_t entries_ = 0;
  std::shared_ptr<const BulkItems> bulk_;
  bool retryable_ = false;  // some of it passes later: 429
  std::string whole_push_;
  std::vector<Text> texts_;
  uint64_t unnamed_texts_ = 0;
  std::vector<RefusedStream> streams_;
  uint64_t unnamed_streams_ = 0;
  const PushStream* last_unnamed_ = nullptr;
};

// The text of AddBeforeEpoch, for Validate.
std::string BeforeEpochText(const PushStream& stream, const PushEntry& entry);

// {app="x"} of a stream for texts, cut when it is very long.
std::string StreamText(const PushStream& stream);
std::string StreamText(const std::vector<Label>& pairs);

// A time in texts: whole seconds of RFC 3339, 0001-01-01T00:00:00Z for kNoTime.
std::string TimeText(int64_t time_ns);

}  // namespace narfi::ingest
