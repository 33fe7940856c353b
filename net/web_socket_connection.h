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
  // Pings when it is time.
  virtual void Tick(int64_t now_ns) = 0;
  // Closes without a word.
  virtual void Abort() = 0;
};

// Does the handshake for `request` and calls `opened`; calls `gone` when the connection is over, be
// that before it was opened.
std::shared_ptr<WebSocketConnection> BeginWebSocket(
    const HttpServerOptions& options, std::shared_ptr<Mailbox> mailbox, Socket socket,
    const HttpRequest& request, std::function<void(std::shared_ptr<WebSocket>)> opened,
    std::function<void()> gone);

}  // namespace narfi::net
