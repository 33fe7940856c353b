// The keys of the index.
//
// Format: docs/format/index.md; that page and this header change together. Integers in keys are
//         big-endian, so that LevelDB's order is theirs; texts are prefixed by their length.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/labels.h"

namespace narfi::index {

constexpr uint32_t kIndexVersion = 1;

// A stream's run in a row group of a segment.
struct RunLocation {
  StreamId stream;
  Hash128 segment;
  uint32_t group = 0;
  uint32_t run = 0;
  int64_t min_time_ns = 0;
  int64_t max_time_ns = 0;
};

std::string VersionKey();
std::string SegmentKey(Hash128 segment);  // -> tenant
std::string SegmentPrefix();
std::string NewestKey(std::string_view tenant, StreamId id);  // -> newest time of the stream
// Of a tenant's day:
std::string StreamKey(std::string_view tenant, int64_t day, StreamId id);  // -> labels
std::string StreamPrefix(std::string_view tenant, int64_t day);
std::string PostingKey(std::string_view tenant, int64_t day, std::string_view name,
                       std::string_view value, StreamId id);
std::string PostingPrefix(std::string_view tenant, int64_t day, std::string_view name);
std::string PostingPrefix(std::string_view tenant, int64_t day, std::string_view name,
                          std::string_view value);
std::string RunKey(std::string_view tenant, int64_t day, const RunLocation& location);
std::string RunPrefix(std::string_view tenant, int64_t day, StreamId id);
std::string RunPrefix(std::string_view tenant, int64_t day);

// What stands behind a PostingPrefix(tenant, day, name): value and stream.
struct Posting {
  std::string_view value;
  StreamId id;
};
std::optional<Posting> ParsePosting(std::string_view rest);
// The stream id that ends a StreamKey.
std::optional<StreamId> ParseStreamTail(std::string_view rest);
std::optional<Hash128> ParseSegmentTail(std::string_view rest);

std::string EncodeRun(const RunLocation& location);
// From what stands behind RunPrefix(tenant, day) and the value.
std::optional<RunLocation> ParseRun(std::string_view rest, std::string_view value);

std::string EncodeLabels(const Labels& labels);
std::optional<Labels> DecodeLabels(std::string_view bytes);

}  // namespace narfi::index
