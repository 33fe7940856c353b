// The share of memory that pushes have between their first byte and their answer.
//
// A body counts as received, from its first byte on. Decoding it takes what it unpacks to and its
// objects on top, for as long as the batch lives: a Grant. Large grants are given in the order in
// which they were asked for, when they fit beside everything else, or when no other large one is
// out: a push that fits the limits passes, alone. Small ones are not kept waiting; there are as
// many of them as threads that decode.
//
// Nobody holds a grant while waiting for another one.
//
// Threads: safe.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/thread_annotations.h"

namespace narfi::ingest {

class PushMemory {
 public:
  static constexpr uint64_t kSmallBytes = 256 << 10;

  PushMemory(uint64_t share_bytes, const Clock& clock) : share_(share_bytes), clock_(clock) {}

  // A body on its way in: false when there is no room for it. Never blocks.
  bool TakeBody(uint64_t bytes);
  void GiveBody(uint64_t bytes);

  // Memory to decode in; given back when it is destroyed.
  class Grant {
   public:
    Grant() = default;
    Grant(Grant&& other) noexcept
        : memory_(std::exchange(other.memory_, nullptr)), bytes_(other.bytes_) {}
    Grant& operator=(Grant&& other) noexcept {
      Release();
      memory_ = std::exchange(other.memory_, nullptr);
      bytes_ = other.bytes_;
      return *this;
    }
    ~Grant() { Release(); }
    void Release();

   private:
    friend class PushMemory;
    Grant(PushMemory* memory, uint64_t bytes) : memory_(memory), bytes_(bytes) {}
    PushMemory* memory_ = nullptr;
    uint64_t bytes_ = 0;
  };
  // Waits for room for up to `wait_ns`; empty when there was none, or after Stop().
  std::optional<Grant> Take(uint64_t bytes, int64_t wait_ns);
  // Nobody waits any more.
  void Stop();

  uint64_t bytes() const;

 private:
  bool HasRoom(uint64_t bytes) const REQUIRES(mutex_);
  void Give(uint64_t bytes);

  const uint64_t share_;
  const Clock& clock_;
  mutable Mutex mutex_;
  CondVar wake_;
  uint64_t bodies_ GUARDED_BY(mutex_) = 0;
  uint64_t small_ GUARDED_BY(mutex_) = 0;
  uint64_t large_ GUARDED_BY(mutex_) = 0;
  uint64_t next_ticket_ GUARDED_BY(mutex_) = 0;
  std::set<uint64_t> waiting_ GUARDED_BY(mutex_);  // tickets, the first is served next
  bool is_stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace narfi::ingest
