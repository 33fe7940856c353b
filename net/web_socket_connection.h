// A connection that has become a WebSocket. Inside net/ only: Asio shows here.
//
// Ownership: held by its Session and by pending operations.
// Threads:   Begin, Tick and Abort on the loop's thread; what WebSocket has from any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "net/http_loop.h"
#include "net/web_socket.h"

namespace narfi::net {

class WebSocketConnection : public WebSocket {
 public:
  // Pings when it is time, and gives up a client that does not take what it was sent.
  virtual void Tick(int64_t now_ns) = 0;
  // Closes without a word.
  virtual void Abort() = 0;
};

struct Handshake {
  std::shared_ptr<const HttpRequest> request;
  Headers headers;  // of the 101, beside those of the handshake
  std::function<void(std::shared_ptr<WebSocket>)> opened;
};

// Does the handshake and calls `opened`; calls `gone` when the connection is over, be that before
// it was opened.
std::shared_ptr<WebSocketConnection> BeginWebSocket(const HttpServerOptions& options,
                                                    std::shared_ptr<Mailbox> mailbox, Socket socket,
                                                    Handshake handshake,
                                                    std::function<void()> gone);

}  // namespace narfi::net
