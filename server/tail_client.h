// Who reads a live tail: a WebSocket, or a call over gRPC.
//
// Ownership: of the tail; what it sends to lives on by itself.
// Threads:   everything from any; callbacks must not block.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "query/exec/engine.h"
#include "server/tail_frames.h"
#include "server/tail_queue.h"

namespace narfi::server {

class TailClient {
 public:
  virtual ~TailClient() = default;
  // `sent` is called when the next message may be sent, or with false when the client is gone.
  virtual void Send(std::string message, std::function<void(bool ok)> sent) = 0;
  // Ends it, for the client to read why.
  virtual void End(const std::string& reason) = 0;
  // Ends it because the server stops.
  virtual void GoAway() = 0;
  // Called once when the client is gone, at once if it is.
  virtual void OnGone(std::function<void()> gone) = 0;
};

// Makes the messages that such a client reads.
using TailFramesMaker = std::function<std::unique_ptr<TailFrames>(
    query::QueryResult result, query::Direction direction, std::vector<DroppedEntry> dropped)>;

}  // namespace narfi::server
