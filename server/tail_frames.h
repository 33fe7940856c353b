// The messages of a live tail: what a query gave, oldest entry first, in messages of bounded size.
//
// Neighbours of one stream stand together; a stream may come several times, so that the entries of
// all streams are in order of time. Over a WebSocket a message is JSON (source: Loki's HTTP API
// reference, "Stream logs"):
//
//   {"streams":[{"stream":{...},"values":[["ns","line"]]}],"dropped_entries":[...]}
//
// Ownership: keeps the result.
// Threads:   one at a time.
// Limits:    kMaxEntries a message, and kMaxBytes of it unless a single entry has more; dropped
//            entries take up to a quarter.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
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
  TailFrames(query::QueryResult result, query::Direction direction,
             std::vector<DroppedEntry> dropped);
  TailFrames(const TailFrames&) = delete;
  TailFrames& operator=(const TailFrames&) = delete;
  virtual ~TailFrames() = default;

  bool done() const { return next_ == entries_.size() && next_dropped_ == dropped_.size(); }
  virtual std::string Next() = 0;

 protected:
  struct Entry {
    const query::LogStream* stream = nullptr;
    const query::LogEntry* entry = nullptr;
  };
  const std::vector<Entry>& entries() const { return entries_; }
  const std::vector<DroppedEntry>& dropped() const { return dropped_; }

  // What has been sent.
  size_t next_ = 0;
  size_t next_dropped_ = 0;

 private:
  const query::QueryResult result_;
  std::vector<Entry> entries_;
  const std::vector<DroppedEntry> dropped_;
};

class JsonTailFrames final : public TailFrames {
 public:
  JsonTailFrames(TailFormat format, query::QueryResult result, query::Direction direction,
                 std::vector<DroppedEntry> dropped)
      : TailFrames(std::move(result), direction, std::move(dropped)), format_(std::move(format)) {}
  std::string Next() override;

 private:
  // Until `out` has so many bytes.
  void PutEntries(std::string& out, size_t most);
  void PutDropped(std::string& out, size_t most);

  const TailFormat format_;
};

}  // namespace narfi::server
