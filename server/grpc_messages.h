// The requests of logproto.Querier, read from the wire, and the entries of its answers;
// proto/logproto.proto has their fields.
//
// Times are nanoseconds since 1970; what 64 bits cannot hold becomes the nearest that they can.
// Errors:  kInvalidArgument with the sentence of a malformed message.
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/exec/engine.h"
#include "server/params.h"

namespace narfi::server {

// Without tenant; forward, without a limit and for the last hour unless the message says otherwise.
Result<query::Request> ReadQueryMessage(std::string_view message, int64_t now_ns);

struct TailMessage {
  std::string query;
  int64_t delay_seconds = 0;
  uint64_t limit = 0;  // 0: not said
  int64_t start_ns = 0;
};
// `start_ns`: the start, when the message has none.
Result<TailMessage> ReadTailMessage(std::string_view message, int64_t start_ns);

struct LabelMessage {
  std::string name;
  bool wants_values = false;
  std::string query;  // a selector, or empty
  TimeRange range;
};
// For the last hours (kMetadataSince) unless the message says otherwise.
Result<LabelMessage> ReadLabelMessage(std::string_view message, int64_t now_ns);

struct SeriesMessage {
  TimeRange range;
  std::vector<std::string> groups;
};
Result<SeriesMessage> ReadSeriesMessage(std::string_view message, int64_t now_ns);

// GetStats and GetVolume.
struct IndexMessage {
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  std::string matchers;
  uint64_t limit = 0;  // 0: not said
  std::vector<std::string> target_labels;
  std::string aggregate_by;
};
Result<IndexMessage> ReadIndexMessage(std::string_view message);

// An EntryAdapter.
std::string WriteEntryMessage(const query::LogEntry& entry);

}  // namespace narfi::server
