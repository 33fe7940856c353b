// What waits for one live tail: entries of its streams, until they are due and somebody takes them.
//
// Order:     Take() gives the oldest entries first, whatever push they came with; of equal times
//            the earlier arrival first.
// Ownership: chunks are shared by all queues that wait for them.
// Threads:   safe.
// Limits:    Options::max_bytes of chunks: what comes beyond it is dropped, and of the first
//            kMaxDropped dropped entries since the last Take() labels and time are kept.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/labels.h"
#include "base/thread_annotations.h"
#include "storage/source.h"

namespace narfi::server {

// What one push brought to one stream.
struct TailChunk {
  struct Row {
    int64_t time_ns = 0;
    std::string_view line;
    std::vector<storage::MetadataPair> metadata;
  };
  StreamId id;
  std::shared_ptr<const Labels> labels;
  std::vector<Row> rows;   // by time, then arrival
  int64_t arrived_ns = 0;  // wall clock
  Arena arena;
  uint64_t bytes = 0;                               // of memory
  std::shared_ptr<std::atomic<uint64_t>> in_total;  // where they count, or null

  TailChunk() = default;
  TailChunk(const TailChunk&) = delete;
  TailChunk& operator=(const TailChunk&) = delete;
  ~TailChunk() {
    if (in_total != nullptr) in_total->fetch_sub(bytes, std::memory_order_relaxed);
  }
};

struct TailRow {
  std::shared_ptr<const TailChunk> chunk;
  uint32_t index = 0;
  const TailChunk::Row& row() const { return chunk->rows[index]; }
};

struct DroppedEntry {
  std::shared_ptr<const Labels> labels;
  int64_t time_ns = 0;
};

class TailQueue {
 public:
  static constexpr size_t kMaxDropped = 1000;

  struct Options {
    uint64_t max_bytes = 4 << 20;
    int64_t delay_ns =
        0;  // an entry is due so long after its time, or its arrival if that is first
  };
  explicit TailQueue(Options options) : options_(options) {}

  // Until it is started nothing is kept; started again, it begins anew.
  void Start();
  // What waits stays, and nothing is added.
  void Stop();
  void Push(const std::shared_ptr<const TailChunk>& chunk);
  // Everything that waits is dropped.
  void DropAll();

  struct Batch {
    std::vector<TailRow> rows;
    std::vector<DroppedEntry> dropped;
    bool empty() const { return rows.empty() && dropped.empty(); }
  };
  // True when Take() would give something.
  bool HasDue(int64_t now_ns) const;
  // At most so many rows, and bytes of lines unless a single one has more.
  Batch Take(int64_t now_ns, size_t max_rows, uint64_t max_bytes);

  uint64_t bytes() const;

 private:
  struct Waiting {
    std::shared_ptr<const TailChunk> chunk;
    uint32_t next = 0;
    int64_t DueNs(int64_t delay_ns) const;
    int64_t TimeNs() const { return chunk->rows[next].time_ns; }
  };
  void Drop(const Waiting& waiting) REQUIRES(mutex_);

  const Options options_;
  mutable Mutex mutex_;
  bool started_ GUARDED_BY(mutex_) = false;
  std::deque<Waiting> waiting_ GUARDED_BY(mutex_);  // in order of arrival
  uint64_t bytes_ GUARDED_BY(mutex_) = 0;
  std::vector<DroppedEntry> dropped_ GUARDED_BY(mutex_);
};

}  // namespace narfi::server
