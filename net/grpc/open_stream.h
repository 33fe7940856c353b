// Calls over gRPC that stay open, without gRPC: what may be asked of such a call when, and how all
// of them end when the server stops.
//
// Mutexes are those of std: gRPC's macros do not go with ours, and its file includes this one.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "net/grpc/server.h"

namespace narfi::net {

// The call itself. Its stream sees to it that no message is sent before the last one has been, or
// after the end.
class OpenGrpcCall {
 public:
  virtual ~OpenGrpcCall() = default;
  virtual void SendOne(const std::string& message) = 0;
  // Once; it may be gone when this returns.
  virtual void End(const GrpcAnswer& answer) = 0;
  // As if the client had.
  virtual void CancelCall() = 0;
};

class OpenGrpcStream;

// All calls of a server that stay open.
class GrpcStreams {
 public:
  void Add(const std::shared_ptr<OpenGrpcStream>& stream);
  // One of them has ended.
  void Ended();
  // Closes them, and those that come later; what is on its way to a client has `grace_ns` to get
  // there.
  void CloseAll(int64_t grace_ns);

 private:
  std::mutex mutex_;  // of what follows
  std::condition_variable ended_;
  bool is_closed_ = false;
  size_t open_ = 0;
  std::vector<std::weak_ptr<OpenGrpcStream>> streams_;
};

// The stream of a call. It knows the call until it has told it to end: none is gone before that.
class OpenGrpcStream final : public GrpcStream {
 public:
  OpenGrpcStream(OpenGrpcCall& call, GrpcStreams& all) : all_(all), call_(&call) {}

  void Send(std::string message, std::function<void(bool ok)> sent) override;
  void Close(int code, std::string_view text) override;
  void OnGone(std::function<void()> gone) override;

  // Of the call: the message has been sent, or never will be; the client is gone.
  void Sent(bool ok);
  void Cancel() { Close(kGrpcCancelled, ""); }
  // What is on its way will not get there.
  void Abort();

 private:
  // The call is used no more; ends it when that was all and the stream is closed.
  void Release();
  // The call if it is to end, for the caller to tell it. Under mutex_.
  OpenGrpcCall* TakeEnded();
  void Finish(OpenGrpcCall* call, const GrpcAnswer& end);

  GrpcStreams& all_;               // there until the call has ended
  std::mutex mutex_;               // of what follows
  OpenGrpcCall* call_;             // null once it has been told to end
  int uses_ = 0;                   // a message on its way is one
  std::optional<GrpcAnswer> end_;  // how it closes
  std::function<void(bool ok)> sent_;
  std::function<void()> gone_;
};

}  // namespace narfi::net
