// The server's end of a WebSocket (RFC 6455): text messages out, pings, the closing handshake.
//
// A handler answers an upgrade request with HttpResponse::web_socket; that function gets the
// WebSocket once the handshake is done. Messages of the client are read and thrown away. The server
// pings every web_socket_ping_ns and gives a client up that sent nothing, no pong either, for
// web_socket_idle_timeout_ns, or that does not take a message in the time of an answer
// (HttpServerOptions). HttpServer::Stop closes with 1001.
//
// Ownership: shared; it lives on after its connection is gone, and then refuses to send.
// Threads:   everything from any thread; callbacks come on the server's I/O threads and must not
//            block.
// Limits:    one message on its way at a time; a message of the client may have kMaxMessageBytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace narfi::net {

struct HttpRequest;

// Why a WebSocket was closed (RFC 6455, 7.4.1).
constexpr uint16_t kCloseGoingAway = 1001;
constexpr uint16_t kCloseInternalError = 1011;

class WebSocket {
 public:
  static constexpr size_t kMaxMessageBytes = 64 << 10;
  static constexpr size_t kMaxReasonBytes = 123;

  virtual ~WebSocket() = default;
  // Sends one text message, which must be UTF-8. `sent` is called when the next one may be sent, or
  // with false when the connection is closing; it is dropped without a call when the server is
  // gone. Not before `sent` of the last message.
  virtual void Send(std::string text, std::function<void(bool ok)> sent) = 0;
  // Begins the closing handshake; later calls do nothing. The reason is cut to kMaxReasonBytes.
  virtual void Close(uint16_t code, std::string_view reason) = 0;
  // Called once when the connection is gone, at once if it is; set it before anything is sent.
  virtual void OnGone(std::function<void()> gone) = 0;
};

// True for a GET that asks for a WebSocket and that HttpResponse::web_socket can answer.
bool IsWebSocketUpgrade(const HttpRequest& request);

}  // namespace narfi::net
