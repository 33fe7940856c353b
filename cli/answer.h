// The server's JSON answers, read.
//
// Errors: kCorrupt when a body is no such answer.
// Limits: a body is read whole; the caller bounds it by asking for bounded batches.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/labels.h"
#include "base/result.h"

namespace narfi::cli {

// A stream's labels by name. Not Labels: an empty value counts here.
using StreamLabels = std::vector<Label>;

struct LogEntry {
  int64_t time_ns = 0;
  uint32_t stream = 0;  // of QueryAnswer::streams
  std::string line;
};

struct QueryAnswer {
  bool is_log = false;
  std::vector<StreamLabels> streams;
  std::vector<LogEntry> entries;  // stream by stream, as they came
  std::string json;               // of a metric query: the result, ready to print
  std::vector<std::string> warnings;
  std::vector<std::pair<std::string, std::string>> stats;  // "summary.execTime", "0.0012"
};

enum class JsonStyle : uint8_t { kIndented, kLinePerSeries };

// An answer of query or query_range.
Result<QueryAnswer> ReadQueryAnswer(std::string body, JsonStyle style);

struct TailAnswer {
  QueryAnswer lines;
  uint64_t dropped = 0;  // that the server did not keep for a client so slow
};
// A message of tail.
Result<TailAnswer> ReadTailAnswer(std::string body);

struct ListAnswer {
  std::vector<std::string> values;
  std::vector<std::string> warnings;
};
// An answer of labels or label/<name>/values.
Result<ListAnswer> ReadListAnswer(std::string body);

struct SeriesAnswer {
  std::vector<StreamLabels> streams;
  std::vector<std::string> warnings;
};
Result<SeriesAnswer> ReadSeriesAnswer(std::string body);

}  // namespace narfi::cli
