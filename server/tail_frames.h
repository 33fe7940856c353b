// The messages of a live tail: what a query gave, oldest entry first, as JSON of bounded size.
//
//   {"streams":[{"stream":{...},"values":[["ns","line"]]}],"dropped_entries":[...]}
//
// Neighbours of one stream stand together; a stream may come several times in a message, so that
// the entries of all streams are in order of time. Source: Loki's HTTP API reference, "Stream
// logs".
//
// Ownership: keeps the result.
// Threads:   one at a time.
// Limits:    kMaxEntries a message, and kMaxBytes of it unless a single entry has more; dropped
//            entries take up to a quarter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query/exec/engine.h"
#include "server/tail_queue.h"

namespace narfi::server {

struct TailFormat {
  bool is_legacy = false;          // of /api/prom/tail: labels as text, times as RFC 3339
  std::vector<std::string> flags;  // of X-Loki-Response-Encoding-Flags
};

class TailFrames {
 public:
  static constexpr size_t kMaxEntries = 1000;
  static constexpr size_t kMaxBytes = 1 << 20;

  // `result` must hold streams, in the order of `direction`. The first messages carry `dropped`.
  TailFrames(TailFormat format, query::QueryResult result, query::Direction direction,
             std::vector<DroppedEntry> dropped);

  bool done() const { return next_ == entries_.size() && next_dropped_ == dropped_.size(); }
  std::string Next();

 private:
  struct Entry {
    const query::LogStream* stream = nullptr;
    const query::LogEntry* entry = nullptr;
  };
  // Until `out` has so many bytes.
  void PutEntries(std::string& out, size_t most);
  void PutDropped(std::string& out, size_t most);

  const TailFormat format_;
  const query::QueryResult result_;
  std::vector<Entry> entries_;
  size_t next_ = 0;
  std::vector<DroppedEntry> dropped_;
  size_t next_dropped_ = 0;
};

}  // namespace narfi::server
