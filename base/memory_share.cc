#include "base/memory_share.h"

#include <chrono>

namespace narfi {

uint64_t MemoryShare::used_bytes() const {
  const MutexLock lock(mutex_);
  return used_bytes_;
}

uint64_t MemoryCharge::bytes() const {
  const MutexLock lock(share_->mutex_);
  return bytes_;
}

Status MemoryCharge::GrowTo(uint64_t bytes, const std::function<Status()>& go_on) {
  for (;;) {
    {
      const MutexLock lock(share_->mutex_);
      if (bytes <= bytes_) return {};
      const uint64_t more = bytes - bytes_;
      const bool fits = share_->used_bytes_ + more <= share_->limit_bytes_;
      if (fits || share_->over_ == nullptr || share_->over_ == this) {
        if (!fits) share_->over_ = this;
        share_->used_bytes_ += more;
        bytes_ = bytes;
        return {};
      }
      share_->freed_.wait_for(share_->mutex_, std::chrono::milliseconds(100));
    }
    NARFI_TRY(go_on());
  }
}

bool MemoryCharge::TryGrowTo(uint64_t bytes) {
  const MutexLock lock(share_->mutex_);
  if (bytes <= bytes_) return true;
  const uint64_t more = bytes - bytes_;
  if (share_->used_bytes_ + more > share_->limit_bytes_) return false;
  share_->used_bytes_ += more;
  bytes_ = bytes;
  return true;
}

void MemoryCharge::ShrinkTo(uint64_t bytes) {
  {
    const MutexLock lock(share_->mutex_);
    if (bytes >= bytes_) return;
    share_->used_bytes_ -= bytes_ - bytes;
    bytes_ = bytes;
    if (share_->over_ == this && share_->used_bytes_ <= share_->limit_bytes_)
      share_->over_ = nullptr;
    if (share_->over_ == this && bytes_ == 0) share_->over_ = nullptr;
  }
  share_->freed_.notify_all();
}

}  // namespace narfi
