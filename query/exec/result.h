// What a query answers: streams of log entries, or a matrix, a vector or a scalar of samples.
//
// Order:     streams and series by their labels, unless the query sorts (VectorResult); entries of
// a
//            stream in the query's direction, equal times in order of arrival; points by time.
// Ownership: views of a StreamsResult point into its arenas.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/arena.h"
#include "base/labels.h"
#include "base/memory_share.h"
#include "storage/block_tally.h"
#include "storage/source.h"

namespace narfi::query {

using Field = storage::MetadataPair;

struct LogEntry {
  int64_t time_ns = 0;
  std::string_view line;
  // Where the entry's labels came from, by name; what categorize-labels shows. Both are parts of
  // the stream's `labels`, except that Request::categorize groups by the stream labels alone.
  std::span<const Field> metadata;
  std::span<const Field> parsed;  // __error__ and __error_details__ among them
  uint64_t place = 0;             // among all entries of the answer, whatever stream they are of
};

// How far the entries of one moment have come: streams by Loki's hash of them, and those of a
// stream by their rank, which is how many of it come before in the answer. It stays what it is when
// entries move from heads to segments; forward also when more entries arrive.
struct MomentPlace {
  uint64_t stream_hash = 0;
  uint64_t rank = 0;
};

// Labels of an answer may have empty values (`json x="missing"` gives x=""), so that they are pairs
// sorted by name rather than Labels.
using LabelPairs = std::vector<Label>;

struct LogStream {
  LabelPairs labels;
  std::vector<LogEntry> entries;
};

struct StreamsResult {
  std::vector<LogStream> streams;
  std::vector<Arena> arenas;
  std::optional<MomentPlace> last;  // of the last entry, if Request::moment was set
};

struct Point {
  int64_t time_ns = 0;
  double value = 0;
};

struct Series {
  LabelPairs labels;
  std::vector<Point> points;
};

struct MatrixResult {
  std::vector<Series> series;
};

struct Sample {
  LabelPairs labels;
  Point point;
};

struct VectorResult {
  std::vector<Sample> samples;
};

struct ScalarResult {
  Point point;
};

using QueryData = std::variant<StreamsResult, MatrixResult, VectorResult, ScalarResult>;

// What was looked at of row groups of one origin.
struct ReadStats {
  uint64_t runs = 0;       // of the snapshot in the time range
  uint64_t runs_read = 0;  // of which a column was read
  uint64_t lines = 0;
  uint64_t bytes = 0;           // of lines and metadata read
  uint64_t metadata_bytes = 0;  // of them
  uint64_t matched = 0;         // entries that passed the pipeline

  void Add(const ReadStats& other);
};

// What a query cost; true figures, for `stats` of the answer and for explain.
struct QueryStats {
  uint64_t streams = 0;                           // distinct streams of the snapshot
  std::array<ReadStats, storage::kOrigins> read;  // by storage::Origin
  uint64_t runs_skipped_text = 0;                 // proven not to hold a needle
  uint64_t runs_skipped_limit = 0;                // could not beat what was already found
  uint64_t runs_from_counts = 0;                  // answered from their counts alone
  uint64_t duplicates = 0;                        // equal entries collapsed to one
  uint64_t entries_returned = 0;
  int64_t exec_ns = 0;
  storage::BlockTally blocks;

  ReadStats& of(storage::Origin origin) { return read[static_cast<size_t>(origin)]; }
  const ReadStats& of(storage::Origin origin) const { return read[static_cast<size_t>(origin)]; }
  ReadStats total() const;

  void Add(const QueryStats& other);
};

struct QueryResult {
  QueryData data;
  std::vector<std::string> warnings;
  QueryStats stats;
  // What the query holds of QueryContext::memory, if anything; given back with the result.
  std::shared_ptr<MemoryCharge> memory;
};

}  // namespace narfi::query
