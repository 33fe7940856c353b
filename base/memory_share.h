// A number of bytes that many holders share: queries and the answers that wait to be sent.
//
// Who finds the share used up waits for others to give back, but for one: a single holder at a time
// may go over it, so that holders that wait for each other never stand still. Together they hold at
// most the limit and what one holder may have alone.
//
// Ownership: charges share in the MemoryShare, so that they may be given back at any time.
// Threads:   safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "base/result.h"
#include "base/thread_annotations.h"

namespace narfi {

class MemoryShare {
 public:
  explicit MemoryShare(uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;

  uint64_t limit_bytes() const { return limit_bytes_; }
  uint64_t used_bytes() const;

 private:
  friend class MemoryCharge;

  const uint64_t limit_bytes_;
  mutable Mutex mutex_;
  CondVar freed_;
  uint64_t used_bytes_ GUARDED_BY(mutex_) = 0;
  const void* over_ GUARDED_BY(mutex_) = nullptr;  // the holder that went over the limit
};

// What one holder has of a share; given back by the destructor.
class MemoryCharge {
 public:
  explicit MemoryCharge(std::shared_ptr<MemoryShare> share) : share_(std::move(share)) {}
  ~MemoryCharge() { ShrinkTo(0); }
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;

  uint64_t bytes() const;
  // Until the charge is at least `bytes`; waits for others if it must, and asks `go_on` every tenth
  // of a second whether to wait longer: its error is the error.
  Status GrowTo(uint64_t bytes, const std::function<Status()>& go_on);
  // The same without waiting, and never over the limit; false when there is no room. For what is
  // held until somebody outside takes it: if that one may go over, nobody else does for so long.
  bool TryGrowTo(uint64_t bytes);
  void ShrinkTo(uint64_t bytes);

 private:
  const std::shared_ptr<MemoryShare> share_;
  uint64_t bytes_ = 0;  // under share_->mutex_
};

}  // namespace narfi
