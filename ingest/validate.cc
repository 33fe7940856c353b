#include "ingest/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ingest/entry_metadata.h"
#include "ingest/push_metrics.h"
#include "ingest/service_name.h"
#include "line/level.h"

namespace narfi::ingest {
namespace {

struct Refusal {
  RejectReason reason;
  std::string text;
};

uint64_t MetadataBytes(const PushEntry& entry) {
  uint64_t bytes = 0;
  for (const MetadataPair& pair : entry.metadata) bytes += pair.name.size() + pair.value.size();
  return bytes;
}

uint64_t EntriesBytes(const std::vector<PushEntry>& entries) {
  uint64_t bytes = 0;
  for (const PushEntry& entry : entries) bytes += entry.line.size() + MetadataBytes(entry);
  return bytes;
}

bool IsOver(uint64_t value, uint64_t limit) { return limit != 0 && value > limit; }

std::optional<Refusal> CheckLabelLengths(const config::Limits& limits, const Labels& labels) {
  for (const Label& label : labels) {
    if (IsOver(label.name.size(), limits.max_label_name_length)) {
      return Refusal{
          RejectReason::kLabelNameTooLong,
          fmt::format("stream '{}' has label name too long: '{}'", StreamText(labels.pairs()),
                      std::string_view(label.name).substr(0, RejectReport::kMaxStreamText))};
    }
    if (IsOver(label.value.size(), limits.max_label_value_length)) {
      return Refusal{
          RejectReason::kLabelValueTooLong,
          fmt::format("stream '{}' has label value too long: '{}'", StreamText(labels.pairs()),
                      std::string_view(label.value).substr(0, RejectReport::kMaxStreamText))};
    }
  }
  return std::nullopt;
}

std::optional<Refusal> CheckClash(const config::Limits& limits, const PushStream& stream) {
  if (stream.clashing_labels.empty()) return std::nullopt;
  std::vector<Label> pairs = stream.clashing_labels;
  AddServiceName(limits.discover_service_name, pairs);
  const auto twice = std::adjacent_find(
      pairs.begin(), pairs.end(), [](const Label& a, const Label& b) { return a.name == b.name; });
  const std::string_view name = twice == pairs.end() ? std::string_view() : twice->name;
  return Refusal{RejectReason::kDuplicateLabelNames,
                 fmt::format("stream '{}' has duplicate label name: '{}'", StreamText(pairs),
                             name.substr(0, RejectReport::kMaxStreamText))};
}

// The labels, service_name among them, which does not count.
std::optional<Refusal> CheckLabels(const config::Limits& limits, const PushStream& stream) {
  const Labels& labels = stream.labels;
  // Only where discover_service_name is off.
  if (labels.empty())
    return Refusal{RejectReason::kMissingLabels,
                   "error at least one label pair is required per stream"};
  const uint64_t names = labels.size() - (labels.Has(kServiceName) ? 1 : 0);
  if (IsOver(names, limits.max_label_names_per_series)) {
    return Refusal{RejectReason::kTooManyLabelNames,
                   fmt::format("entry for stream '{}' has {} label names; limit {}",
                               StreamText(stream), names, limits.max_label_names_per_series)};
  }
  std::optional<Refusal> refusal = CheckLabelLengths(limits, labels);
  return refusal ? refusal : CheckClash(limits, stream);
}

// Everything that Validate knows while it goes over one batch.
class Validator {
 public:
  Validator(const config::Limits& limits, const ValidateContext& context, PushBatch& batch,
            RejectReport& report)
      : limits_(limits),
        context_(context),
        batch_(batch),
        report_(report),
        level_fields_(limits.log_level_fields, limits.log_level_from_json_max_depth) {}

  void Run() {
    std::erase_if(batch_.streams, [this](PushStream& stream) { return !KeepStream(stream); });
    if (!context_.replay) CountReceived(report_.tenant(), lines_, bytes_);
    if (truncated_lines_ > 0 && !context_.replay) {
      CountTruncated(report_.tenant(), truncated_lines_, truncated_bytes_);
    }
  }

 private:
  bool KeepStream(PushStream& stream) {
    stream.labels = WithServiceName(limits_.discover_service_name, stream.labels);
    const uint64_t bytes = EntriesBytes(stream.entries);
    lines_ += stream.entries.size();
    bytes_ += bytes;
    if (stream.entries.empty()) return false;
    if (!context_.replay) {
      if (std::optional<Refusal> refusal = CheckLabels(limits_, stream)) {
        report_.AddInvalid(refusal->reason, std::move(refusal->text), stream.entries.size(), bytes);
        return false;
      }
    }
    const std::string_view level = LevelOfStream(level_fields_, stream.labels);
    std::erase_if(stream.entries,
                  [&](PushEntry& entry) { return !KeepEntry(stream, level, entry); });
    if (limits_.increment_duplicate_timestamp) SpreadEqualTimes(stream.entries);
    return !stream.entries.empty();
  }

  // `level`: what the stream's labels say about it, if anything.
  bool KeepEntry(const PushStream& stream, std::string_view level, PushEntry& entry) {
    Truncate(entry);
    NormalizeMetadata(entry.metadata, batch_.arena);
    if (!context_.replay) {
      if (std::optional<Refusal> refusal = CheckEntry(stream, entry)) {
        report_.AddInvalid(refusal->reason, std::move(refusal->text), 1,
                           entry.line.size() + MetadataBytes(entry));
        return false;
      }
    }
    if (limits_.discover_log_levels) {
      AddDetectedLevel(level.empty() ? LevelOfEntry(level_fields_, entry) : level, entry.metadata,
                       batch_.arena);
    }
    return true;
  }

  std::optional<Refusal> CheckEntry(const PushStream& stream, const PushEntry& entry) const {
    std::optional<Refusal> refusal = CheckTime(stream, entry);
    if (!refusal && IsOver(entry.line.size(), limits_.max_line_size)) {
      refusal = Refusal{RejectReason::kLineTooLong,
                        fmt::format("max entry size '{}' bytes exceeded for stream '{}' while "
                                    "adding an entry with length '{}' bytes",
                                    limits_.max_line_size, StreamText(stream), entry.line.size())};
    }
    return refusal ? refusal : CheckMetadata(stream, entry);
  }

  std::optional<Refusal> CheckTime(const PushStream& stream, const PushEntry& entry) const {
    const int64_t oldest_ns = context_.now_ns - limits_.reject_old_samples_max_age_ns;
    if (limits_.reject_old_samples && entry.time_ns < oldest_ns) {
      return Refusal{RejectReason::kTooOld,
                     fmt::format("entry for stream '{}' has timestamp too old: {}, oldest "
                                 "acceptable timestamp is: {}",
                                 StreamText(stream), TimeText(entry.time_ns), TimeText(oldest_ns))};
    }
    const bool left_to_engine = entry.time_ns == kNoTime && context_.has_order_rule;
    if (entry.time_ns <= 0 && !left_to_engine) {
      return Refusal{RejectReason::kTooOld, BeforeEpochText(stream, entry)};
    }
    if (entry.time_ns > context_.now_ns + limits_.creation_grace_period_ns) {
      return Refusal{RejectReason::kTooFarInFuture,
                     fmt::format("entry for stream '{}' has timestamp too new: {}",
                                 StreamText(stream), TimeText(entry.time_ns))};
    }
    return std::nullopt;
  }

  std::optional<Refusal> CheckMetadata(const PushStream& stream, const PushEntry& entry) const {
    if (entry.metadata.empty()) return std::nullopt;
    if (!limits_.allow_structured_metadata) {
      return Refusal{RejectReason::kMetadataNotAllowed,
                     fmt::format("stream '{}' includes structured metadata, but this feature is "
                                 "disallowed. Please see `limits_config.allow_structured_metadata` "
                                 "or contact your Loki administrator to enable it",
                                 StreamText(stream))};
    }
    if (const uint64_t bytes = MetadataBytes(entry);
        IsOver(bytes, limits_.max_structured_metadata_size)) {
      return Refusal{
          RejectReason::kMetadataTooLarge,
          fmt::format("stream '{}' has structured metadata too large: '{}' bytes, limit: '{}' "
                      "bytes. Please see `limits_config.max_structured_metadata_size` or contact "
                      "your Loki administrator to increase it",
                      StreamText(stream), bytes, limits_.max_structured_metadata_size)};
    }
    if (IsOver(entry.metadata.size(), limits_.max_structured_metadata_entries_count)) {
      return Refusal{
          RejectReason::kMetadataTooMany,
          fmt::format("stream '{}' has too many structured metadata labels: '{}', limit: '{}'. "
                      "Please see `limits_config.max_structured_metadata_entries_count` or contact "
                      "your Loki administrator to increase it",
                      StreamText(stream), entry.metadata.size(),
                      limits_.max_structured_metadata_entries_count)};
    }
    return std::nullopt;
  }

  // Cuts a line that is too long, where that is wanted, and marks the cut.
  void Truncate(PushEntry& entry) {
    const uint64_t most = limits_.max_line_size;
    if (!limits_.max_line_size_truncate || !IsOver(entry.line.size(), most)) return;
    ++truncated_lines_;
    truncated_bytes_ += entry.line.size() - most;
    const std::string& mark = limits_.max_line_size_truncate_identifier;
    if (mark.empty() || mark.size() >= most) {
      entry.line = entry.line.substr(0, most);
      return;
    }
    std::string cut(entry.line.substr(0, most - mark.size()));
    entry.line = batch_.arena.Copy(cut += mark);
  }

  // Entries that follow one of the same time come a nanosecond after it, so that their order stays.
  static void SpreadEqualTimes(std::vector<PushEntry>& entries) {
    int64_t previous_sent = INT64_MIN;
    int64_t previous = INT64_MIN;
    for (PushEntry& entry : entries) {
      const int64_t sent = entry.time_ns;
      if (sent == previous_sent || sent == previous) entry.time_ns = previous + 1;
      previous_sent = sent;
      previous = entry.time_ns;
    }
  }

  const config::Limits& limits_;
  const ValidateContext& context_;
  PushBatch& batch_;
  RejectReport& report_;
  const line::LevelFields level_fields_;
  uint64_t lines_ = 0;
  uint64_t bytes_ = 0;
  uint64_t truncated_lines_ = 0;
  uint64_t truncated_bytes_ = 0;
};

}  // namespace

void Validate(PushBatch& batch, const config::Limits& limits, const ValidateContext& context,
              RejectReport& report) {
  Validator(limits, context, batch, report).Run();
}

}  // namespace narfi::ingest
