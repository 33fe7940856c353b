// Calls that send one message after the other, without gRPC: a stop does not wait for a client that
// takes none.
//
// Mutexes are those of std: gRPC's macros do not go with ours, and its file includes this one.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "net/grpc/open_stream.h"

namespace narfi::net {

// Threads: safe. A call is known here for no longer than it lives.
class SendingCalls {
 public:
  // A message of the call is on its way from now on.
  void Sends(OpenGrpcCall& call, int64_t now_ns) {
    const std::lock_guard lock(mutex_);
    since_[&call] = now_ns;
  }
  void Ended(OpenGrpcCall& call) {
    const std::lock_guard lock(mutex_);
    since_.erase(&call);
  }
  // Cancels those whose message is on its way since before `before_ns`.
  void CancelStalled(int64_t before_ns) {
    const std::lock_guard lock(mutex_);
    std::vector<OpenGrpcCall*> stalled;
    for (const auto& [call, since_ns] : since_) {
      if (since_ns < before_ns) stalled.push_back(call);
    }
    for (OpenGrpcCall* call : stalled) {
      if (since_.erase(call) > 0) call->CancelCall();
    }
  }

 private:
  // A cancelled call may end at once, on this thread.
  std::recursive_mutex mutex_;
  std::map<OpenGrpcCall*, int64_t> since_;
};

}  // namespace narfi::net
