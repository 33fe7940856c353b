// What stops a query: its deadline, the caller's cancellation, its limits of bytes and memory.
//
// Threads: safe; every worker of a query shares one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "query/exec/engine.h"
#include "storage/damage.h"

namespace narfi::query {

// True for the error of a query that needs more memory than it may have: part of it may do.
bool IsOverMemory(const Error& error);

class QueryMonitor {
 public:
  // `damage` is told of row groups that cannot be read; null: nobody is.
  QueryMonitor(const QueryContext& context, const Clock& clock,
               storage::DamageList* damage = nullptr);

  // Called for each batch: kDeadline, kCancelled, or nothing.
  Status Check() const;
  // Counts bytes read; kLimit past the limit.
  Status AddBytesRead(uint64_t bytes);
  // Memory that the query holds changes by `delta`; kLimit past its share. Waits where all queries
  // together hold theirs.
  Status AddMemory(int64_t delta);
  // What the query holds of the memory of all queries; null without such a limit.
  const std::shared_ptr<MemoryCharge>& charge() const { return charge_; }
  // kLimit when a selector selects more streams than it may.
  Status CheckStreams(uint64_t streams) const;
  // kLimit when a query makes more series than it may.
  Status CheckSeries(uint64_t series) const;

  const QueryContext& context() const { return context_; }
  // Reading `runs` failed with `error`. True when that is damage which somebody takes care of: the
  // answer is thrown away, but what else is damaged is worth finding.
  bool IsDamage(std::span<const storage::RunRef* const> runs, const Error& error);

 private:
  const QueryContext& context_;
  const Clock& clock_;
  storage::DamageList* const damage_;
  std::atomic<uint64_t> bytes_read_ = 0;
  std::atomic<int64_t> memory_ = 0;
  std::atomic<uint64_t> charged_ = 0;  // at most what charge_ has
  const std::shared_ptr<MemoryCharge> charge_;
};

}  // namespace narfi::query
