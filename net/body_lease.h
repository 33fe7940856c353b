// What one request has been granted of the budget for bodies, or of that for long heads; gives it
// back when it goes.
//
// Threads: one at a time.
#pragma once

#include <cstdint>

#include "net/http_server.h"

namespace narfi::net {

class BodyLease {
 public:
  static BodyLease OfBodies(const HttpServerOptions& options) {
    return {options.reserve_body, options.release_body};
  }
  static BodyLease OfHeads(const HttpServerOptions& options) {
    return {options.reserve_head, options.release_head};
  }
  BodyLease(BodyLease&& other) noexcept
      : reserve_(other.reserve_), release_(other.release_), bytes_(other.bytes_) {
    other.bytes_ = 0;
  }
  BodyLease& operator=(BodyLease&&) = delete;
  ~BodyLease() { Release(); }

  // Makes the grant at least `bytes` large; false when the budget refuses.
  bool ExtendTo(uint64_t bytes) {
    if (bytes <= bytes_) return true;
    if (*reserve_ && !(*reserve_)(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }

  void ShrinkTo(uint64_t bytes) {
    if (bytes >= bytes_) return;
    if (*release_) (*release_)(bytes_ - bytes);
    bytes_ = bytes;
  }
  void Release() { ShrinkTo(0); }

  uint64_t bytes() const { return bytes_; }

 private:
  using Reserve = std::function<bool(uint64_t bytes)>;
  using GiveBack = std::function<void(uint64_t bytes)>;
  BodyLease(const Reserve& reserve, const GiveBack& release)
      : reserve_(&reserve), release_(&release) {}

  const Reserve* reserve_;  // of the options, which outlive every lease
  const GiveBack* release_;
  uint64_t bytes_ = 0;
};

}  // namespace narfi::net
