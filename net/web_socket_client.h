// WebSockets to others' servers: opened by a request, read message by message by a thread that
// waits.
//
// Errors of Open are those of HttpClient::Do. A server that does not upgrade is no error but an
// answer without a socket.
//
// Ownership: a socket is independent of what opened it.
// Threads:   one at a time; *abort is set by others and looked at several times a second.
// Limits:    kMaxClientMessage a message; request.connect_timeout_ns for all of opening. Proxies
// are
//            not for it: kInvalidArgument when one is asked for.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "net/http_client.h"

namespace narfi::net {

constexpr size_t kMaxClientMessage = size_t{64} << 20;

class ClientSocket {
 public:
  virtual ~ClientSocket() = default;
  // The next message. kUnavailable when the connection is over, with the server's reason if it gave
  // one; kCancelled when *abort was set. Nothing follows an error.
  virtual Result<std::string> Receive() = 0;
};

struct SocketAnswer {
  ClientResponse response;  // 101, or why not
  std::unique_ptr<ClientSocket> socket;
};

// The seam for tests.
class SocketTransport {
 public:
  virtual ~SocketTransport() = default;
  // `request` is a GET of an http:// or https:// URL.
  virtual Result<SocketAnswer> Open(const ClientRequest& request) = 0;
};

class WebSocketClient final : public SocketTransport {
 public:
  Result<SocketAnswer> Open(const ClientRequest& request) override;
};

}  // namespace narfi::net
