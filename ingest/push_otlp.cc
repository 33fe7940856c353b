#include "ingest/push_otlp.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "ingest/entry_metadata.h"
#include "ingest/otlp_value.h"
#include "ingest/push_decode.h"

namespace narfi::ingest {
namespace {

using config::OtlpAction;
using proto::WireReader;

// What a byte of the body may cost: the pairs of a resource come again with each of its records.
constexpr size_t kBudgetPerByte = 12;
constexpr size_t kFreeBudget = 4 << 20;

std::string_view ToHex(std::string_view bytes, Arena& arena) {
  constexpr char kDigits[] = "0123456789abcdef";
  char* out = arena.Allocate(2 * bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = kDigits[static_cast<uint8_t>(bytes[i]) >> 4];
    out[2 * i + 1] = kDigits[static_cast<uint8_t>(bytes[i]) & 15];
  }
  return {out, 2 * bytes.size()};
}

int64_t ToTime(uint64_t time_ns) {
  return static_cast<int64_t>(std::min<uint64_t>(time_ns, INT64_MAX));
}

// The numbers of a LogRecord, and where its texts are.
struct Record {
  uint64_t time_ns = 0;
  uint64_t observed_ns = 0;
  int64_t severity = 0;
  uint64_t dropped = 0;
  uint64_t flags = 0;
  std::string_view severity_text;
  std::string_view body;
  std::string_view trace_id;
  std::string_view span_id;
  std::string_view event_name;
};

class OtlpReader {
 public:
  OtlpReader(size_t bytes, int64_t received_ns, const OtlpMapping& mapping, PushBatch& batch,
             size_t object_bytes)
      : received_ns_(received_ns),
        mapping_(mapping),
        batch_(batch),
        budget_(ObjectBudget::Of(OtlpObjectLimit(bytes), object_bytes)) {}

  Status ReadRequest(std::string_view bytes) {
    return ForEach(bytes, 1, [this](std::string_view logs) { return ReadResourceLogs(logs); });
  }

 private:
  // Calls see(message) for each field of the number.
  template <class See>
  static Status ForEach(std::string_view bytes, uint32_t field, See see) {
    WireReader reader(bytes);
    while (reader.Next()) {
      if (reader.field() != field) {
        reader.Skip();
        continue;
      }
      const std::string_view message = reader.Bytes();
      if (reader.ok()) NARFI_TRY(see(message));
    }
    return CheckWire(reader);
  }

  // Fields may come in any order, so what the records need is looked for first.
  Status ReadResourceLogs(std::string_view bytes) {
    NARFI_TRY(budget_.Take<PushStream>());
    PushStream& stream = batch_.streams.emplace_back();
    labels_.clear();
    resource_.clear();
    by_severity_.clear();
    NARFI_TRY(ForEach(bytes, 1, [&](std::string_view resource) { return ReadResource(resource); }));
    NARFI_TRY(SetStreamLabels(labels_, stream));
    resource_stream_ = batch_.streams.size() - 1;
    return ForEach(bytes, 2, [this](std::string_view logs) { return ReadScopeLogs(logs); });
  }

  Status ReadResource(std::string_view bytes) {
    EntryPairs pairs;
    const auto action_of = [this](std::string_view key) { return mapping_.OfResource(key); };
    NARFI_TRY(ReadAttributes(bytes, 1, action_of, pairs, resource_));
    for (const MetadataPair& pair : pairs) {
      NARFI_TRY(budget_.Take<Label>());
      labels_.push_back({std::string(pair.name), std::string(pair.value)});
    }
    return AppendDropped(bytes, 2, "resource_dropped_attributes_count", resource_);
  }

  // Each attribute goes to the labels, to the metadata, or nowhere.
  template <class ActionOf>
  Status ReadAttributes(std::string_view bytes, uint32_t field, ActionOf action_of,
                        EntryPairs& labels, EntryPairs& metadata) {
    return ForEach(bytes, field, [&](std::string_view attribute) {
      return ReadAttribute(attribute, action_of, labels, metadata);
    });
  }

  template <class ActionOf>
  Status ReadAttribute(std::string_view attribute, ActionOf action_of, EntryPairs& labels,
                       EntryPairs& metadata) {
    NARFI_ASSIGN(const std::string_view key, OtlpAttributeKey(attribute));
    const OtlpAction action = action_of(key);
    if (action == OtlpAction::kDrop) return {};
    return AppendOtlpAttribute(attribute, budget_, batch_.arena,
                               action == OtlpAction::kIndexLabel ? labels : metadata);
  }

  Status ReadScopeLogs(std::string_view bytes) {
    scope_.clear();
    NARFI_TRY(ForEach(bytes, 1, [this](std::string_view scope) { return ReadScope(scope); }));
    return ForEach(bytes, 2, [&](std::string_view record) { return ReadRecord(record); });
  }

  Status ReadScope(std::string_view bytes) {
    const auto action_of = [this](std::string_view key) { return mapping_.OfScope(key); };
    NARFI_TRY(ReadAttributes(bytes, 3, action_of, scope_, scope_));
    NARFI_TRY(ForEach(bytes, 1, [this](std::string_view name) -> Status {
      AppendText("scope_name", name, scope_);
      return {};
    }));
    NARFI_TRY(ForEach(bytes, 2, [this](std::string_view version) -> Status {
      AppendText("scope_version", version, scope_);
      return {};
    }));
    return AppendDropped(bytes, 4, "scope_dropped_attributes_count", scope_);
  }

  Status ReadRecord(std::string_view bytes) {
    NARFI_TRY(budget_.Take<PushEntry>());
    PushEntry entry;
    entry.ordinal = next_ordinal_++;
    Record record;
    NARFI_TRY(ReadFields(bytes, record, entry));
    NARFI_ASSIGN(entry.line, OtlpValueText(record.body, batch_.arena));
    entry.time_ns = record.time_ns != 0       ? ToTime(record.time_ns)
                    : record.observed_ns != 0 ? ToTime(record.observed_ns)
                                              : received_ns_;
    NARFI_TRY(AppendFacts(record, entry.metadata));
    // Of equal names the last one counts.
    for (const auto* shared : {&resource_, &scope_}) {
      for (const MetadataPair& pair : *shared) {
        NARFI_TRY(budget_.Take<MetadataPair>());
        entry.metadata.push_back(pair, batch_.arena);
      }
    }
    NARFI_ASSIGN(PushStream* const stream, StreamOf(record));
    stream->entries.push_back(std::move(entry));
    return {};
  }

  // The stream of the resource, or where severities are labels the one of this severity.
  Result<PushStream*> StreamOf(const Record& record) {
    if (!mapping_.severity_text_as_label() || record.severity_text.empty())
      return &batch_.streams[resource_stream_];
    const auto [found, is_new] =
        by_severity_.try_emplace(record.severity_text, batch_.streams.size());
    if (is_new) {
      NARFI_TRY(budget_.Take<PushStream>());
      NARFI_TRY(budget_.TakeBytes((labels_.size() + 1) * sizeof(Label)));
      std::vector<Label> labels = labels_;
      for (const Label& label : labels)
        NARFI_TRY(budget_.TakeBytes(label.name.size() + label.value.size()));
      labels.push_back({"severity_text", std::string(record.severity_text)});
      NARFI_TRY(SetStreamLabels(std::move(labels), batch_.streams.emplace_back()));
    }
    return &batch_.streams[found->second];
  }

  Status ReadFields(std::string_view bytes, Record& record, PushEntry& entry) {
    WireReader reader(bytes);
    while (reader.Next()) {
      switch (reader.field()) {
        case 1:
          record.time_ns = reader.Fixed64();
          break;
        case 2:
          record.severity = reader.Int32();
          break;
        case 3:
          record.severity_text = reader.Bytes();
          break;
        case 5:
          record.body = reader.Bytes();
          break;
        case 6:
          NARFI_TRY(ReadAttribute(
              reader.Bytes(), [this](std::string_view key) { return mapping_.OfRecord(key); },
              entry.metadata, entry.metadata));
          break;
        case 7:
          record.dropped = reader.Varint();
          break;
        case 8:
          record.flags = reader.Fixed32();
          break;
        case 9:
          record.trace_id = reader.Bytes();
          break;
        case 10:
          record.span_id = reader.Bytes();
          break;
        case 11:
          record.observed_ns = reader.Fixed64();
          break;
        case 12:
          record.event_name = reader.Bytes();
          break;
        default:
          reader.Skip();
      }
    }
    return CheckWire(reader);
  }

  // What a record says of itself beside its attributes.
  Status AppendFacts(const Record& record, EntryPairs& out) {
    if (record.severity != 0) AppendNumber("severity_number", record.severity, out);
    if (!mapping_.severity_text_as_label()) AppendText("severity_text", record.severity_text, out);
    if (record.dropped != 0) AppendNumber("dropped_attributes_count", ToTime(record.dropped), out);
    if (record.flags != 0) AppendNumber("flags", ToTime(record.flags), out);
    if (record.time_ns != 0 && record.observed_ns != 0)
      AppendNumber("observed_timestamp", ToTime(record.observed_ns), out);
    AppendText("event_name", record.event_name, out);
    NARFI_TRY(AppendId("trace_id", record.trace_id, 16, out));
    return AppendId("span_id", record.span_id, 8, out);
  }

  Status AppendId(std::string_view name, std::string_view id, size_t bytes, EntryPairs& out) {
    if (id.empty()) return {};
    if (id.size() != bytes)
      return Fail(Code::kInvalidArgument, std::string(name) + " has an invalid length");
    if (id.find_first_not_of('\0') == std::string_view::npos) return {};
    AppendText(name, ToHex(id, batch_.arena), out);
    return {};
  }

  Status AppendDropped(std::string_view bytes, uint32_t field, std::string_view name,
                       EntryPairs& out) {
    WireReader reader(bytes);
    uint64_t dropped = 0;
    while (reader.Next()) {
      if (reader.field() == field) {
        dropped = reader.Varint();
      } else {
        reader.Skip();
      }
    }
    if (dropped != 0) AppendNumber(name, ToTime(dropped), out);
    return CheckWire(reader);
  }

  void AppendText(std::string_view name, std::string_view text, EntryPairs& out) {
    if (!text.empty()) out.push_back({name, text}, batch_.arena);
  }

  void AppendNumber(std::string_view name, int64_t number, EntryPairs& out) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    const auto count = static_cast<size_t>(end - digits);
    out.push_back({name, batch_.arena.Copy({digits, count})}, batch_.arena);
  }

  const int64_t received_ns_;
  const OtlpMapping& mapping_;
  PushBatch& batch_;
  ObjectBudget budget_;
  uint32_t next_ordinal_ = 0;
  // Of the resource that is read.
  std::vector<Label> labels_;
  size_t resource_stream_ = 0;
  std::map<std::string_view, size_t> by_severity_;
  EntryPairs resource_;
  EntryPairs scope_;
};

}  // namespace

size_t OtlpObjectLimit(size_t bytes) { return bytes * kBudgetPerByte + kFreeBudget; }

Status DecodeOtlpProto(std::string_view bytes, int64_t received_ns, const OtlpMapping& mapping,
                       PushBatch& batch, size_t object_bytes) {
  return OtlpReader(bytes.size(), received_ns, mapping, batch, object_bytes).ReadRequest(bytes);
}

}  // namespace narfi::ingest
