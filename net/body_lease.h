// What one request has been granted of the budget for bodies; gives it back when it goes.
//
// Threads: one at a time.
#pragma once

#include <cstdint>

#include "net/http_server.h"

namespace narfi::net {

class BodyLease {
 public:
  explicit BodyLease(const HttpServerOptions& options) : options_(&options) {}
  BodyLease(BodyLease&& other) noexcept : options_(other.options_), bytes_(other.bytes_) {
    other.bytes_ = 0;
  }
  BodyLease& operator=(BodyLease&&) = delete;
  ~BodyLease() { Release(); }

  // Makes the grant at least `bytes` large; false when the budget refuses.
  bool ExtendTo(uint64_t bytes) {
    if (bytes <= bytes_) return true;
    if (options_->reserve_body && !options_->reserve_body(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }

  void Release() {
    if (bytes_ > 0 && options_->release_body) options_->release_body(bytes_);
    bytes_ = 0;
  }

 private:
  const HttpServerOptions* options_;
  uint64_t bytes_ = 0;
};

}  // namespace narfi::net
