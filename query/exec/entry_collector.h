// The best entries of a log query, as many as its limit allows, and the streams they make.
//
// Order:     by time; equal times by Loki's hash of the stream, the lower one first in either
//            direction, as Loki does; within a stream by unit and row, backward the reverse of
//            forward. So the answer depends neither on which worker was faster nor on where the
//            entries are stored.
// Ownership: copies what it keeps.
// Threads:   own locking; every worker's sink feeds one collector.
// Limits:    memory by the query's share.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "base/thread_annotations.h"
#include "query/exec/engine.h"
#include "query/exec/monitor.h"
#include "query/exec/row_labels.h"
#include "query/exec/scan.h"

namespace narfi::query {

// Where a stream stands among others at equal times.
uint64_t TieHash(const Labels& labels);

class EntryCollector final : public ScanSink {
 public:
  EntryCollector(const Request& request, QueryMonitor& monitor);

  Status Take(Batch& batch, const ScanUnit& unit, int64_t first_sequence) override;
  bool Enough(int64_t time_ns) const override;
  // Of a moment all entries are asked for, to tell their ranks.
  uint64_t capacity() const override { return moment_ ? UINT64_MAX : capacity_; }

  // The streams of what was kept; once, at the end.
  StreamsResult Finish();

 private:
  struct Candidate {
    int64_t time_ns = 0;
    uint64_t stream_hash = 0;
    uint32_t unit = 0;
    int64_t sequence = 0;
    std::span<const Field> stream;
    LogEntry entry;
    uint64_t bytes = 0;
  };

  // True when `a` comes before `b` in the answer.
  bool Before(const Candidate& a, const Candidate& b) const;
  // Of a moment: how many entries of its stream come before it.
  uint64_t RankOf(const Candidate& candidate) const {
    return static_cast<uint64_t>(forward_ ? candidate.sequence : -candidate.sequence);
  }
  // False for entries of a moment that were given before.
  bool IsWanted(const Candidate& candidate) const;
  void Add(Candidate candidate) REQUIRES(mutex_);
  void CopyInto(Candidate& candidate, Arena& arena) const;
  // Gives back the bytes of candidates that were pushed out.
  Status Compact() REQUIRES(mutex_);
  void KeepIntervals(std::vector<Candidate>& kept) const;

  // Fixed after construction.
  const bool forward_;
  const bool categorize_;
  const uint64_t limit_;
  const int64_t interval_ns_;
  const uint64_t capacity_;
  const std::optional<Request::Moment> moment_;
  QueryMonitor& monitor_;

  // The time of the worst candidate once there are enough of them.
  std::atomic<bool> full_ = false;
  std::atomic<int64_t> worst_time_ = 0;

  mutable Mutex mutex_;
  std::vector<Candidate> heap_ GUARDED_BY(mutex_);  // the worst on top
  Arena arena_ GUARDED_BY(mutex_);
  uint64_t live_bytes_ GUARDED_BY(mutex_) = 0;
  uint64_t charged_bytes_ GUARDED_BY(mutex_) = 0;
  RowLabels labels_ GUARDED_BY(mutex_);
  // Of a moment: how many entries of each unit have passed. A stream has one unit there, since runs
  // that share a moment are merged.
  std::unordered_map<const ScanUnit*, int64_t> ranks_ GUARDED_BY(mutex_);
};

}  // namespace narfi::query
