// logproto.PushRequest straight from the wire; the field numbers are those of proto/logproto.proto.
#include "base/duration.h"
#include "ingest/otlp_value.h"
#include "ingest/push_decode.h"
#include "proto/wire_reader.h"

namespace narfi::ingest {
namespace {

using proto::WireReader;

// google.protobuf.Timestamp. Times that 64 bits of nanoseconds cannot hold become the nearest that
// they can, which every limit refuses.
Result<int64_t> ReadTimestamp(std::string_view bytes) {
  int64_t seconds = 0;
  int32_t nanos = 0;
  WireReader reader(bytes);
  while (reader.Next()) {
    switch (reader.field()) {
      case 1:
        seconds = reader.Int64();
        break;
      case 2:
        nanos = reader.Int32();
        break;
      default:
        reader.Skip();
    }
  }
  NARFI_TRY(CheckWire(reader));
  if (nanos < 0 || nanos >= kSecond) {
    return Fail(Code::kInvalidArgument, "timestamp: nanos not in range [0, 1e9)");
  }
  int64_t time_ns = 0;
  if (__builtin_mul_overflow(seconds, kSecond, &time_ns) ||
      __builtin_add_overflow(time_ns, static_cast<int64_t>(nanos), &time_ns)) {
    return seconds < 0 ? INT64_MIN : INT64_MAX;
  }
  return time_ns;
}

Result<MetadataPair> ReadPair(std::string_view bytes) {
  MetadataPair pair;
  WireReader reader(bytes);
  while (reader.Next()) {
    switch (reader.field()) {
      case 1:
        pair.name = reader.Bytes();
        break;
      case 2:
        pair.value = reader.Bytes();
        break;
      default:
        reader.Skip();
    }
  }
  NARFI_TRY(CheckWire(reader));
  return pair;
}

Status ReadEntry(std::string_view bytes, ObjectBudget& budget, Arena& arena, PushEntry& entry) {
  entry.time_ns = kNoTime;
  WireReader reader(bytes);
  while (reader.Next()) {
    switch (reader.field()) {
      case 1: {
        NARFI_ASSIGN(entry.time_ns, ReadTimestamp(reader.Bytes()));
        break;
      }
      case 2:
        entry.line = reader.Bytes();
        break;
      case 3: {
        NARFI_TRY(budget.Take<MetadataPair>());
        NARFI_ASSIGN(const MetadataPair pair, ReadPair(reader.Bytes()));
        entry.metadata.push_back(pair, arena);
        break;
      }
      default:
        reader.Skip();
    }
  }
  return CheckWire(reader);
}

// What one push uses up while it is read.
struct Progress {
  ObjectBudget budget;
  Arena& arena;
  uint32_t next_ordinal = 0;
};

Status ReadStream(std::string_view bytes, Progress& progress, PushStream& stream) {
  std::string_view labels;
  WireReader reader(bytes);
  while (reader.Next()) {
    switch (reader.field()) {
      case 1:
        labels = reader.Bytes();
        break;
      case 2: {
        NARFI_TRY(progress.budget.Take<PushEntry>());
        PushEntry& entry = stream.entries.emplace_back();
        entry.ordinal = progress.next_ordinal++;
        NARFI_TRY(ReadEntry(reader.Bytes(), progress.budget, progress.arena, entry));
        break;
      }
      default:
        reader.Skip();
    }
  }
  NARFI_TRY(CheckWire(reader));
  return ParseStreamLabels(labels, progress.budget, stream);
}

}  // namespace

Status DecodeProtoPush(std::string_view bytes, PushBatch& batch, size_t object_bytes) {
  Progress progress{.budget = ObjectBudget(bytes.size(), object_bytes), .arena = batch.arena};
  WireReader reader(bytes);
  while (reader.Next()) {
    if (reader.field() == 1) {
      const std::string_view stream = reader.Bytes();
      NARFI_TRY(CheckWire(reader));
      NARFI_TRY(progress.budget.Take<PushStream>());
      NARFI_TRY(ReadStream(stream, progress, batch.streams.emplace_back()));
    } else {
      reader.Skip();
    }
  }
  return CheckWire(reader);
}

}  // namespace narfi::ingest
