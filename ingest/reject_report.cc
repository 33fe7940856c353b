#include "ingest/reject_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/time.h"
#include "ingest/push_metrics.h"

namespace narfi::ingest {
namespace {

std::string Shorten(std::string text, size_t most) {
  if (text.size() <= most) return text;
  text.resize(most);
  text += "...";
  return text;
}

// Go's Time.String().
std::string LongTimeText(int64_t time_ns) {
  return time_ns == kNoTime ? "0001-01-01 00:00:00 +0000 UTC" : FormatGoTime(time_ns);
}

// Loki writes configured sizes in units of 1024, each unit a part: "3MB", "1KB500B".
std::string SizeText(uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"GB", "MB", "KB", "B"};
  std::string text;
  for (int unit = 0; unit < 4; ++unit) {
    const int shift = 30 - 10 * unit;
    const uint64_t count = unit == 0 ? bytes >> shift : (bytes >> shift) & 1023;
    if (count > 0) text += fmt::format("{}{}", count, kUnits[unit]);
  }
  return text.empty() ? "0B" : text;
}

}  // namespace

std::string_view RejectReasonName(RejectReason reason) {
  switch (reason) {
    case RejectReason::kRateLimited:
      return "rate_limited";
    case RejectReason::kStreamLimit:
      return "stream_limit";
    case RejectReason::kStreamRateLimit:
      return "per_stream_rate_limit";
    case RejectReason::kLineTooLong:
      return "line_too_long";
    case RejectReason::kTooOld:
      return "greater_than_max_sample_age";
    case RejectReason::kTooFarInFuture:
      return "too_far_in_future";
    case RejectReason::kTooFarBehind:
      return "too_far_behind";
    case RejectReason::kOutOfOrder:
      return "out_of_order";
    case RejectReason::kMissingLabels:
      return "missing_labels";
    case RejectReason::kTooManyLabelNames:
      return "max_label_names_per_series";
    case RejectReason::kLabelNameTooLong:
      return "label_name_too_long";
    case RejectReason::kLabelValueTooLong:
      return "label_value_too_long";
    case RejectReason::kDuplicateLabelNames:
      return "duplicate_label_names";
    case RejectReason::kMetadataNotAllowed:
      return "disallowed_structured_metadata";
    case RejectReason::kMetadataTooLarge:
      return "structured_metadata_too_large";
    case RejectReason::kMetadataTooMany:
      return "structured_metadata_too_many";
  }
  return "unknown";
}

RejectReport::RejectReport(std::string tenant, bool silent)
    : tenant_(std::move(tenant)), silent_(silent) {}

void RejectReport::Count(RejectReason reason, uint64_t entries, uint64_t bytes) {
  if (!silent_) CountDiscarded(tenant_, reason, entries, bytes);
}

void RejectReport::AddInvalid(RejectReason reason, std::string text, uint64_t entries,
                              uint64_t bytes) {
  Count(reason, entries, bytes);
  const auto same = std::find_if(texts_.begin(), texts_.end(),
                                 [&](const Text& known) { return known.text == text; });
  if (same != texts_.end()) {
    ++same->count;
  } else if (texts_.size() < kMaxTexts) {
    texts_.push_back({std::move(text), 1});
  } else {
    ++unnamed_texts_;
  }
}

RejectReport::RefusedStream* RejectReport::OpenStream(const PushStream& stream) {
  if (!streams_.empty() && streams_.back().key == &stream) return &streams_.back();
  if (streams_.size() < kMaxStreams) {
    streams_.push_back({.key = &stream, .whole = {}, .entries = {}, .labels = StreamText(stream)});
    streams_.back().total = stream.entries.size();
    return &streams_.back();
  }
  if (last_unnamed_ != &stream) ++unnamed_streams_;
  last_unnamed_ = &stream;
  return nullptr;
}

void RejectReport::AddEntry(RejectReason reason, const PushStream& stream, const PushEntry& entry,
                            const std::string& why) {
  Count(reason, 1, EntryBytes(entry));
  RefusedStream* refused = OpenStream(stream);
  if (refused == nullptr || ++refused->refused > kMaxEntries) return;
  refused->entries += fmt::format("entry with timestamp {} ignored, reason: '{}',\n",
                                  LongTimeText(entry.time_ns), why);
}

void RejectReport::AddTooFarBehind(const PushStream& stream, const PushEntry& entry,
                                   int64_t oldest_ns) {
  AddEntry(RejectReason::kTooFarBehind, stream, entry,
           fmt::format("entry too far behind, entry timestamp is: {}, oldest acceptable timestamp "
                       "is: {}",
                       TimeText(entry.time_ns), TimeText(oldest_ns)));
}

void RejectReport::AddOutOfOrder(const PushStream& stream, const PushEntry& entry) {
  AddEntry(RejectReason::kOutOfOrder, stream, entry, "entry out of order");
}

void RejectReport::AddStreamRateLimit(const PushStream& stream, const PushEntry& entry,
                                      uint64_t limit_bytes) {
  retryable_ = true;
  AddEntry(RejectReason::kStreamRateLimit, stream, entry,
           fmt::format("Per stream rate limit exceeded (limit: {}/sec) while attempting to ingest "
                       "for stream '{}' totaling {}, consider splitting a stream via additional "
                       "labels or contact your Loki administrator to see if the limit can be "
                       "increased",
                       SizeText(limit_bytes), StreamText(stream), SizeText(EntryBytes(entry))));
}

void RejectReport::AddBeforeEpoch(const PushStream& stream, const PushEntry& entry) {
  AddInvalid(RejectReason::kTooOld, BeforeEpochText(stream, entry), 1, EntryBytes(entry));
}

void RejectReport::AddStreamLimit(const PushStream& stream) {
  uint64_t bytes = 0;
  for (const PushEntry& entry : stream.entries) bytes += EntryBytes(entry);
  Count(RejectReason::kStreamLimit, stream.entries.size(), bytes);
  retryable_ = true;
  RefusedStream* refused = OpenStream(stream);
  if (refused == nullptr) return;
  refused->whole = fmt::format(
      "maximum active stream limit exceeded when trying to create stream {}, reduce the number of "
      "active streams (reduce labels or reduce label values), or contact your Loki administrator "
      "to see if the limit can be increased, user: '{}'",
      refused->labels, tenant_);
}

void RejectReport::AddRateLimit(uint64_t limit_bytes, uint64_t entries, uint64_t bytes) {
  Count(RejectReason::kRateLimited, entries, bytes);
  retryable_ = true;
  whole_push_ = fmt::format(
      "ingestion rate limit exceeded for user {} (limit: {} bytes/sec) while attempting to ingest "
      "'{}' lines totaling '{}' bytes, reduce log volume or contact your Loki administrator to see "
      "if the limit can be increased",
      tenant_, limit_bytes, entries, bytes);
}

// One error stands for itself; several are grouped by their text.
std::string RejectReport::InvalidText() const {
  if (texts_.size() == 1 && texts_[0].count == 1 && unnamed_texts_ == 0) return texts_[0].text;
  std::string out;
  for (const Text& text : texts_) {
    if (!out.empty()) out += "; ";
    out += fmt::format("{} errors like: {}", text.count, text.text);
  }
  if (unnamed_texts_ > 0) out += fmt::format("; and {} more errors", unnamed_texts_);
  return out;
}

std::string RejectReport::StreamsText() const {
  std::string out;
  for (const RefusedStream& stream : streams_) {
    if (!out.empty()) out += '\n';
    if (!stream.whole.empty()) {
      out += stream.whole;
    } else {
      out += fmt::format("{}user '{}', total ignored: {} out of {} for stream: {}", stream.entries,
                         tenant_, stream.refused, stream.total, stream.labels);
    }
  }
  if (unnamed_streams_ > 0) out += fmt::format("\nand {} more streams", unnamed_streams_);
  return out;
}

PushAnswer RejectReport::Answer() const {
  if (empty()) return {.entries = entries_, .bulk = bulk_};
  PushAnswer answer{
      .status = retryable_ ? 429 : 400, .text = whole_push_, .entries = entries_, .bulk = bulk_};
  for (const std::string& part : {StreamsText(), InvalidText()}) {
    if (part.empty()) continue;
    if (!answer.text.empty()) answer.text += '\n';
    answer.text += part;
  }
  return answer;
}

std::string BeforeEpochText(const PushStream& stream, const PushEntry& entry) {
  return fmt::format(
      "entry for stream '{}' has timestamp too old: {}, timestamps must be after "
      "1970-01-01T00:00:00Z",
      StreamText(stream), TimeText(entry.time_ns));
}

std::string StreamText(const PushStream& stream) {
  return Shorten(stream.labels.ToString(), RejectReport::kMaxStreamText);
}

std::string StreamText(const std::vector<Label>& pairs) {
  std::string text = "{";
  for (const Label& pair : pairs) {
    if (text.size() > 1) text += ", ";
    text += pair.name;
    text += '=';
    AppendGoQuoted(text, pair.value);
  }
  text += '}';
  return Shorten(std::move(text), RejectReport::kMaxStreamText);
}

std::string TimeText(int64_t time_ns) {
  return time_ns == kNoTime ? "0001-01-01T00:00:00Z" : FormatRfc3339Seconds(time_ns);
}

}  // namespace narfi::ingest
