#include "ingest/push_memory.h"

#include <algorithm>

#include "base/allocator.h"
#include "base/duration.h"

namespace narfi::ingest {
namespace {

constexpr uint64_t kTrimBytes = 64 << 20;

}  // namespace

bool PushMemory::TakeBody(uint64_t bytes) {
  const MutexLock lock(mutex_);
  if (bodies_ + bytes > share_) return false;
  bodies_ += bytes;
  return true;
}

void PushMemory::GiveBody(uint64_t bytes) {
  {
    const MutexLock lock(mutex_);
    bodies_ -= bytes;
  }
  wake_.notify_all();
}

bool PushMemory::HasRoom(uint64_t bytes) const {
  return large_ == 0 || bodies_ + small_ + large_ + bytes <= share_;
}

std::optional<PushMemory::Grant> PushMemory::Take(uint64_t bytes, int64_t wait_ns) {
  const MutexLock lock(mutex_);
  if (bytes <= kSmallBytes) {
    small_ += bytes;
    return Grant(this, bytes);
  }
  const uint64_t ticket = next_ticket_++;
  waiting_.insert(ticket);
  const int64_t deadline = clock_.MonotonicNs() + wait_ns;
  const auto is_next = [&]() REQUIRES(mutex_) {
    return *waiting_.begin() == ticket && HasRoom(bytes);
  };
  while (!is_stopped_ && !is_next()) {
    const int64_t left = deadline - clock_.MonotonicNs();
    if (left <= 0) break;
    wake_.wait_for(mutex_, std::chrono::nanoseconds(std::min<int64_t>(left, kSecond / 10)));
  }
  const bool is_granted = !is_stopped_ && is_next();
  waiting_.erase(ticket);
  if (is_granted) large_ += bytes;
  // The one behind may fit where this one did not.
  wake_.notify_all();
  if (!is_granted) return std::nullopt;
  return Grant(this, bytes);
}

void PushMemory::Give(uint64_t bytes) {
  // Of millions of small objects.
  if (bytes >= kTrimBytes) ReturnFreeMemory();
  {
    const MutexLock lock(mutex_);
    (bytes <= kSmallBytes ? small_ : large_) -= bytes;
  }
  wake_.notify_all();
}

void PushMemory::Grant::Release() {
  if (memory_ != nullptr) std::exchange(memory_, nullptr)->Give(bytes_);
}

void PushMemory::Stop() {
  {
    const MutexLock lock(mutex_);
    is_stopped_ = true;
  }
  wake_.notify_all();
}

uint64_t PushMemory::bytes() const {
  const MutexLock lock(mutex_);
  return bodies_ + small_ + large_;
}

}  // namespace narfi::ingest
