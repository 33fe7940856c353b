// The only file of the server that sees Beast's WebSocket.
#include "net/web_socket.h"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "net/web_socket_connection.h"

namespace narfi::net {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

// How long a handshake may take, the closing one too: a client that takes nothing is closed then.
constexpr auto kHandshakeTimeout = std::chrono::seconds(10);

using UpgradeRequest = beast::http::request<beast::http::empty_body>;

UpgradeRequest ToBeast(const HttpRequest& request) {
  UpgradeRequest out;
  out.method_string({request.method.data(), request.method.size()});
  out.target({request.target.data(), request.target.size()});
  out.version(11);
  for (const Header& header : request.headers) {
    out.insert({header.name.data(), header.name.size()},
               {header.value.data(), header.value.size()});
  }
  return out;
}

bool IsOneLine(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; });
}

// As long as a close frame can carry, without a character cut in two.
beast::websocket::close_reason ReasonOf(uint16_t code, std::string_view text) {
  size_t size = std::min(text.size(), WebSocket::kMaxReasonBytes);
  while (size < text.size() && size > 0 && (text[size] & 0xc0) == 0x80) --size;
  beast::websocket::close_reason reason(code);
  reason.reason.assign(text.data(), size);
  return reason;
}

class Connection final : public WebSocketConnection,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(const HttpServerOptions& options, std::shared_ptr<Mailbox> mailbox, Socket socket,
             std::function<void()> gone)
      : ping_ns_(options.web_socket_ping_ns),
        write_timeout_ns_(options.write_timeout_ns),
        min_bytes_per_second_(std::max<uint64_t>(1, options.min_answer_bytes_per_second)),
        drain_timeout_ns_(options.drain_write_timeout_ns),
        mailbox_(std::move(mailbox)),
        stream_(std::in_place, std::move(socket)),
        session_gone_(std::move(gone)) {
    beast::websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = kHandshakeTimeout;
    timeout.idle_timeout = std::chrono::nanoseconds(options.web_socket_idle_timeout_ns);
    timeout.keep_alive_pings = true;  // else what the client sends does not count; Tick() pings too
    stream_->set_option(timeout);
    stream_->read_message_max(kMaxMessageBytes);
    stream_->text(true);
  }

  void Accept(Handshake handshake) {
    upgrade_ = ToBeast(*handshake.request);
    stream_->set_option(beast::websocket::stream_base::decorator(
        [headers = std::move(handshake.headers)](beast::websocket::response_type& answer) {
          for (const Header& header : headers) {
            if (IsOneLine(header.value))
              answer.set({header.name.data(), header.name.size()},
                         {header.value.data(), header.value.size()});
          }
        }));
    stream_->async_accept(
        upgrade_,
        [self = shared_from_this(), opened = std::move(handshake.opened)](const error_code& error) {
          if (error) return self->Finish();
          self->open_ = !self->finished_;
          self->last_ping_ns_ = SystemClock().MonotonicNs();
          opened(self);
          self->Read();
        });
  }

  void Send(std::string text, std::function<void(bool ok)> sent) override {
    mailbox_->Post(
        [self = shared_from_this(), text = std::move(text), sent = std::move(sent)]() mutable {
          self->Write(std::move(text), std::move(sent));
        });
  }

  void Close(uint16_t code, std::string_view reason) override {
    mailbox_->Post(
        [self = shared_from_this(), reason = ReasonOf(code, reason)] { self->StartClose(reason); });
  }

  void OnGone(std::function<void()> gone) override {
    mailbox_->Post([self = shared_from_this(), gone = std::move(gone)]() mutable {
      if (self->finished_) return gone();
      self->gone_ = std::move(gone);
    });
  }

  void Tick(int64_t now_ns) override {
    if (finished_) return;
    if (now_ns >= give_up_ns_) return Abort();
    if (!open_ || closing_ || pinging_ || now_ns < last_ping_ns_ + ping_ns_) return;
    last_ping_ns_ = now_ns;
    pinging_ = true;
    // A ping that fails is a connection that the pending read finds broken.
    stream_->async_ping({},
                        [self = shared_from_this()](const error_code&) { self->pinging_ = false; });
  }

  void Abort() override {
    if (finished_) return;
    error_code ignored;  // there is nothing left to do about a failed close
    beast::get_lowest_layer(*stream_).close(ignored);
    Finish();
  }

 private:
  void Read() {
    stream_->async_read(inbox_, [self = shared_from_this()](const error_code& error, size_t) {
      if (error || self->finished_) return self->Finish();
      self->inbox_.clear();
      self->Read();
    });
  }

  void Write(std::string text, std::function<void(bool ok)> sent) {
    if (!open_ || closing_ || finished_) return sent(false);
    outbox_ = std::move(text);
    const uint64_t seconds = outbox_.size() / min_bytes_per_second_;
    give_up_ns_ = SystemClock().MonotonicNs() + write_timeout_ns_ +
                  static_cast<int64_t>(seconds) * 1'000'000'000;
    stream_->async_write(asio::buffer(outbox_), [self = shared_from_this(), sent = std::move(sent)](
                                                    const error_code& error, size_t) {
      self->outbox_ = {};
      if (!self->closing_) self->give_up_ns_ = INT64_MAX;
      sent(!error);
      if (error) self->Finish();
    });
  }

  void StartClose(const beast::websocket::close_reason& reason) {
    if (closing_ || finished_) return;
    closing_ = true;
    // Behind a message that the client does not take the close frame has no chance.
    if (reason.code == kCloseGoingAway)
      give_up_ns_ = std::min(give_up_ns_, SystemClock().MonotonicNs() + drain_timeout_ns_);
    stream_->async_close(reason, [self = shared_from_this()](const error_code&) { self->Abort(); });
  }

  void Finish() {
    if (finished_) return;
    finished_ = true;
    stream_.reset();
    if (auto gone = std::exchange(gone_, nullptr)) gone();
    if (auto gone = std::exchange(session_gone_, nullptr)) gone();
  }

  const int64_t ping_ns_;
  const int64_t write_timeout_ns_;
  const uint64_t min_bytes_per_second_;
  const int64_t drain_timeout_ns_;
  const std::shared_ptr<Mailbox> mailbox_;
  // Gone with the connection: it must not outlive the loop.
  std::optional<beast::websocket::stream<Socket, false>> stream_;
  UpgradeRequest upgrade_;
  beast::flat_buffer inbox_;
  std::string outbox_;
  std::function<void()> session_gone_;
  std::function<void()> gone_;
  int64_t last_ping_ns_ = 0;
  int64_t give_up_ns_ = INT64_MAX;  // a message has not been taken by then, or a close not answered
  bool open_ = false;
  bool closing_ = false;
  bool pinging_ = false;
  bool finished_ = false;
};

}  // namespace

bool IsWebSocketUpgrade(const HttpRequest& request) {
  try {
    return request.headers.HasToken("Connection", "upgrade") &&
           beast::websocket::is_upgrade(ToBeast(request)) &&
           request.headers.Get("Sec-WebSocket-Key").size() == 24 &&
           request.headers.Get("Sec-WebSocket-Version") == "13";
  } catch (const std::exception&) {
    return false;  // a header that Beast does not take: no upgrade then
  }
}

std::shared_ptr<WebSocketConnection> BeginWebSocket(const HttpServerOptions& options,
                                                    std::shared_ptr<Mailbox> mailbox, Socket socket,
                                                    Handshake handshake,
                                                    std::function<void()> gone) {
  auto connection =
      std::make_shared<Connection>(options, std::move(mailbox), std::move(socket), std::move(gone));
  connection->Accept(std::move(handshake));
  return connection;
}

}  // namespace narfi::net
