#include "server/grpc_messages.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/duration.h"
#include "proto/wire_reader.h"
#include "proto/wire_writer.h"

namespace narfi::server {
namespace {

using proto::WireReader;
using proto::WireWriter;

Status CheckMessage(const WireReader& reader) {
  if (reader.ok()) return {};
  return Fail(Code::kInvalidArgument, std::string(proto::WireErrorText(reader.error())));
}

// google.protobuf.Timestamp.
Result<int64_t> ReadTime(std::string_view bytes) {
  int64_t seconds = 0;
  int64_t nanos = 0;
  WireReader reader(bytes);
  while (reader.Next()) {
    if (reader.field() == 1) {
      seconds = reader.Int64();
    } else if (reader.field() == 2) {
      nanos = reader.Int32();
    } else {
      reader.Skip();
    }
  }
  NARFI_TRY(CheckMessage(reader));
  int64_t time_ns = 0;
  if (__builtin_mul_overflow(seconds, kSecond, &time_ns) ||
      __builtin_add_overflow(time_ns, nanos, &time_ns))
    return seconds < 0 ? INT64_MIN : INT64_MAX;
  return time_ns;
}

int64_t FromMilliseconds(int64_t ms) {
  int64_t ns = 0;
  if (__builtin_mul_overflow(ms, kMillisecond, &ns)) return ms < 0 ? INT64_MIN : INT64_MAX;
  return ns;
}

// Calls see(reader) for each field; it reads the field, or gives false to have it skipped.
template <class See>
Status ReadFields(std::string_view message, See see) {
  WireReader reader(message);
  while (reader.Next()) {
    NARFI_ASSIGN(const bool is_read, see(reader));
    if (!is_read) reader.Skip();
  }
  return CheckMessage(reader);
}

Result<bool> ReadTimeInto(WireReader& reader, int64_t& time_ns) {
  NARFI_ASSIGN(time_ns, ReadTime(reader.Bytes()));
  return true;
}

// The times that a message has, and as over HTTP what stands for those that it has not.
struct SentRange {
  std::optional<int64_t> start_ns;
  std::optional<int64_t> end_ns;

  // Clients in Go send the year 1, which is before all times, for what is not set.
  TimeRange Or(int64_t now_ns, int64_t since_ns) const {
    const bool has_end = end_ns.value_or(INT64_MIN) != INT64_MIN;
    const bool has_start = start_ns && (has_end || *start_ns != INT64_MIN);
    TimeRange range;
    range.end_ns = has_end ? *end_ns : now_ns;
    const int64_t from_ns = std::max(std::min(range.end_ns, now_ns), INT64_MIN + since_ns);
    range.start_ns = has_start ? *start_ns : from_ns - since_ns;
    return range;
  }
};

void PutPairs(WireWriter& entry, uint32_t field, std::span<const query::Field> pairs) {
  for (const query::Field& pair : pairs) {
    WireWriter text;
    text.Bytes(1, pair.name);
    text.Bytes(2, pair.value);
    entry.Bytes(field, text.bytes());
  }
}

}  // namespace

Result<query::Request> ReadQueryMessage(std::string_view message, int64_t now_ns) {
  query::Request request;
  SentRange sent;
  request.direction = query::Direction::kForward;
  request.limit = 0;
  NARFI_TRY(ReadFields(message, [&](WireReader& reader) -> Result<bool> {
    switch (reader.field()) {
      case 1:
        request.query = reader.Bytes();
        return true;
      case 2:
        request.limit = reader.Varint();
        return true;
      case 3:
        return ReadTimeInto(reader, sent.start_ns.emplace());
      case 4:
        return ReadTimeInto(reader, sent.end_ns.emplace());
      case 5:
        request.direction =
            reader.Varint() == 0 ? query::Direction::kForward : query::Direction::kBackward;
        return true;
      default:
        return false;
    }
  }));
  const TimeRange range = sent.Or(now_ns, kHour);
  request.start_ns = range.start_ns;
  request.end_ns = range.end_ns;
  return request;
}

Result<TailMessage> ReadTailMessage(std::string_view message, int64_t start_ns) {
  TailMessage asked;
  asked.start_ns = start_ns;
  NARFI_TRY(ReadFields(message, [&](WireReader& reader) -> Result<bool> {
    switch (reader.field()) {
      case 1:
        asked.query = reader.Bytes();
        return true;
      case 3:
        asked.delay_seconds = static_cast<uint32_t>(reader.Varint());
        return true;
      case 4:
        asked.limit = static_cast<uint32_t>(reader.Varint());
        return true;
      case 5:
        return ReadTimeInto(reader, asked.start_ns);
      default:
        return false;
    }
  }));
  return asked;
}

Result<LabelMessage> ReadLabelMessage(std::string_view message, int64_t now_ns) {
  LabelMessage asked;
  SentRange sent;
  NARFI_TRY(ReadFields(message, [&](WireReader& reader) -> Result<bool> {
    switch (reader.field()) {
      case 1:
        asked.name = reader.Bytes();
        return true;
      case 2:
        asked.wants_values = reader.Varint() != 0;
        return true;
      case 3:
        return ReadTimeInto(reader, sent.start_ns.emplace());
      case 4:
        return ReadTimeInto(reader, sent.end_ns.emplace());
      case 5:
        asked.query = reader.Bytes();
        return true;
      default:
        return false;
    }
  }));
  asked.range = sent.Or(now_ns, kMetadataSince);
  return asked;
}

Result<SeriesMessage> ReadSeriesMessage(std::string_view message, int64_t now_ns) {
  SeriesMessage asked;
  SentRange sent;
  NARFI_TRY(ReadFields(message, [&](WireReader& reader) -> Result<bool> {
    switch (reader.field()) {
      case 1:
        return ReadTimeInto(reader, sent.start_ns.emplace());
      case 2:
        return ReadTimeInto(reader, sent.end_ns.emplace());
      case 3:
        asked.groups.emplace_back(reader.Bytes());
        return true;
      default:
        return false;
    }
  }));
  asked.range = sent.Or(now_ns, kMetadataSince);
  return asked;
}

Result<IndexMessage> ReadIndexMessage(std::string_view message) {
  IndexMessage asked;
  NARFI_TRY(ReadFields(message, [&](WireReader& reader) -> Result<bool> {
    switch (reader.field()) {
      case 1:
        asked.start_ns = FromMilliseconds(reader.Int64());
        return true;
      case 2:
        asked.end_ns = FromMilliseconds(reader.Int64());
        return true;
      case 3:
        asked.matchers = reader.Bytes();
        return true;
      case 4:
        asked.limit = reader.Varint();
        return true;
      case 6:
        asked.target_labels.emplace_back(reader.Bytes());
        return true;
      case 7:
        asked.aggregate_by = reader.Bytes();
        return true;
      default:
        return false;
    }
  }));
  return asked;
}

std::string WriteEntryMessage(const query::LogEntry& entry) {
  WireWriter out;
  out.Timestamp(1, entry.time_ns);
  out.Bytes(2, entry.line);
  PutPairs(out, 3, entry.metadata);
  PutPairs(out, 4, entry.parsed);
  return out.Take();
}

}  // namespace narfi::server
