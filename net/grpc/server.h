// A gRPC server without generated code: whole messages in and out as bytes. gRPC stays inside.
//
//   auto server = GrpcServer::Start(options, {{"/logproto.Pusher/Push", handler}});
//   (*server)->Stop(5 * kSecond);
//
// A call is an HttpRequest, which on the wire it is: method POST, path "/package.Service/Method",
// metadata as headers, the message as body, Content-Encoding "gzip" when the message is still
// packed. One message is read of each call, so it serves unary methods and those that stream
// answers: from a source, as fast as the client takes them, or as they come, over a GrpcStream.
// Unknown methods are answered UNIMPLEMENTED, messages over the limit RESOURCE_EXHAUSTED
// by gRPC itself.
//
// Ownership: the handler shares the request; handlers live as long as the server.
// Threads:   handlers are called on gRPC's threads and must not block. Answer once, from any
//            thread; a call that is never answered keeps Stop from returning.
// Limits:    GrpcServerOptions. Packed messages are handed over packed: gRPC would unpack without a
//            limit.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_server.h"

namespace narfi::net {

// gRPC's own codes (grpc/status.h); Loki also sends HTTP statuses in their place.
enum GrpcCode : int {
  kGrpcOk = 0,
  kGrpcCancelled = 1,
  kGrpcUnknown = 2,
  kGrpcInvalidArgument = 3,
  kGrpcDeadlineExceeded = 4,
  kGrpcResourceExhausted = 8,
  kGrpcUnimplemented = 12,
  kGrpcInternal = 13,
  kGrpcUnavailable = 14,
  kGrpcUnauthenticated = 16,
};

// The server's end of a call whose answers come as they happen, and that its handler outlives. A
// client that goes away ends it; GrpcServer::Stop closes it with kGrpcUnavailable.
//
// Ownership: shared; it lives on after its call is over, and then refuses to send.
// Threads:   everything from any thread; callbacks come on gRPC's threads and must not block.
// Limits:    one message on its way at a time.
class GrpcStream {
 public:
  virtual ~GrpcStream() = default;
  // `sent` is called when the next one may be sent, or with false when the call is over. Not before
  // `sent` of the last message.
  virtual void Send(std::string message, std::function<void(bool ok)> sent) = 0;
  // Ends the call, behind the message that is on its way; later calls do nothing.
  virtual void Close(int code, std::string_view text) = 0;
  // Called once when the call is over or its client gone, at once if it is; set it before anything
  // is sent.
  virtual void OnGone(std::function<void()> gone) = 0;
};

struct GrpcAnswer {
  int code = kGrpcOk;
  std::string text = {};     // of an error
  std::string message = {};  // one answer, when the code is 0 and there is no source
  // When set, a stream of answers: each call fills in the next message, or says that there is none;
  // an error ends the call as one. Called on gRPC's threads as the client takes them, so no waiting
  // in it.
  std::function<Result<bool>(std::string& message)> source = {};
  // When set, the call stays open: it gets the stream, at once.
  std::function<void(std::shared_ptr<GrpcStream>)> stream = {};
  std::shared_ptr<void> hold = {};  // kept until the call is over
};

using GrpcRespond = std::function<void(GrpcAnswer)>;
using GrpcHandler = std::function<void(std::shared_ptr<HttpRequest>, GrpcRespond)>;

struct GrpcServerOptions {
  std::string address = {};                             // empty: every address
  uint16_t port = 0;                                    // 0: the kernel picks one
  uint64_t max_receive_bytes = 4 << 20;                 // of a message, as received
  uint64_t max_send_bytes = 4 << 20;                    // of a message
  int max_concurrent_calls = 100;                       // of a connection
  uint64_t memory_bytes = 48 << 20;                     // of all that gRPC holds of messages
  int64_t max_idle_ns = 30LL * 60 * 1'000'000'000;      // of a connection without a call
  int64_t min_ping_interval_ns = 10LL * 1'000'000'000;  // clients that ping more often are cut off
  // A quiet connection is pinged so often, and closed when no answer comes for ping_timeout_ns.
  int64_t ping_ns = 60LL * 1'000'000'000;
  int64_t ping_timeout_ns = 20LL * 1'000'000'000;
  // Asked for memory for a message; false: UNAVAILABLE. Given back when the call is over.
  std::function<bool(uint64_t bytes)> reserve_body = {};
  std::function<void(uint64_t bytes)> release_body = {};
};

class GrpcServer {
 public:
  // Listens and serves until Stop. kUnavailable when the address is in use.
  static Result<std::unique_ptr<GrpcServer>> Start(GrpcServerOptions options,
                                                   std::map<std::string, GrpcHandler> handlers);
  ~GrpcServer();  // Stop(0)
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  uint16_t port() const;

  // Takes no calls any more, closes streams, lets other calls that run finish for at most
  // `drain_ns` as long as their clients take what they send, cancels the rest and waits until they
  // have been answered. Once only.
  void Stop(int64_t drain_ns);

 private:
  class Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace narfi::net
