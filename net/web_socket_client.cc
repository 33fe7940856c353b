// The only file that sees Beast's client side, and Asio's TLS.
#include "net/web_socket_client.h"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <exception>
#include <optional>

#include "net/url.h"

namespace narfi::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAbortPoll = std::chrono::milliseconds(100);
constexpr auto kCloseTimeout = std::chrono::seconds(5);
constexpr auto kSilence = std::chrono::minutes(2);  // pings in between; then the server is gone

struct Address {
  bool tls = false;
  std::string host;
  std::string port;
  std::string target;
};

Result<Address> ReadUrl(const std::string& url) {
  Address address;
  std::string_view rest = url;
  const auto bad = [&] {
    return Fail(Code::kInvalidArgument, fmt::format("\"{}\" is no http:// or https:// URL", url));
  };
  if (rest.starts_with("https://")) address.tls = true;
  if (!address.tls && !rest.starts_with("http://")) return bad();
  rest.remove_prefix(address.tls ? 8 : 7);
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, slash);
  address.target = slash == rest.size() ? "/" : std::string(rest.substr(slash));
  const size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == host.npos;
  address.port = has_port ? std::string(host.substr(colon + 1)) : address.tls ? "443" : "80";
  host = host.substr(0, has_port ? colon : host.size());
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find('@') != host.npos || address.port.empty()) return bad();
  address.host = host;
  return address;
}

// Runs one operation at a time, and looks up for *abort and the time.
class Runner {
 public:
  explicit Runner(const std::atomic<bool>* abort) : abort_(abort) {}
  asio::io_context& context() { return context_; }

  // Starts `operation` with a handler for its error, and waits for it.
  template <class Start>
  Status Run(std::chrono::nanoseconds timeout, Start start) {
    std::optional<error_code> done;
    start([&done](const error_code& error, const auto&...) { done = error; });
    const auto begin = std::chrono::steady_clock::now();
    context_.restart();
    while (!done) {
      context_.run_one_for(kAbortPoll);
      if (done) break;
      if (abort_ != nullptr && abort_->load()) return Fail(Code::kCancelled, "interrupted");
      if (timeout.count() > 0 && std::chrono::steady_clock::now() - begin > timeout)
        return Fail(Code::kDeadline, "no answer in time");
      if (context_.stopped()) context_.restart();
    }
    error_ = *done;
    if (error_) return Fail(Code::kUnavailable, error_.message());
    return {};
  }
  const error_code& error() const { return error_; }

 private:
  const std::atomic<bool>* abort_;
  asio::io_context context_;
  error_code error_;
};

// `Stream` is a TCP socket, or TLS over one.
template <class Stream>
class Socket final : public ClientSocket {
 public:
  template <class... Args>
  explicit Socket(std::unique_ptr<Runner> runner, Args&&... args)
      : runner_(std::move(runner)), stream_(runner_->context(), std::forward<Args>(args)...) {}
  ~Socket() override {
    error_code ignored;  // a peer that does not see it notices the closed connection
    tcp_layer().close(ignored);
  }

  tcp::socket& tcp_layer() { return beast::get_lowest_layer(stream_); }
  Stream& next_layer() { return stream_.next_layer(); }

  Result<ClientResponse> Upgrade(const Address& address, const ClientRequest& request,
                                 std::chrono::nanoseconds timeout) {
    beast::websocket::stream_base::timeout limits{};
    limits.handshake_timeout = kCloseTimeout + timeout;
    limits.idle_timeout = kSilence;
    limits.keep_alive_pings = true;
    stream_.set_option(limits);
    stream_.read_message_max(kMaxClientMessage);
    stream_.set_option(
        beast::websocket::stream_base::decorator([&request](beast::websocket::request_type& head) {
          for (const Header& header : request.headers) head.set(header.name, header.value);
        }));
    beast::websocket::response_type response;
    const std::string host = address.host + ":" + address.port;
    const Status shaken = runner_->Run(timeout, [&](auto handler) {
      stream_.async_handshake(response, host, address.target, handler);
    });
    const bool declined = runner_->error() == beast::websocket::error::upgrade_declined;
    if (!shaken && !declined) return tl::unexpected(shaken.error());
    ClientResponse answer;
    answer.status = static_cast<int>(response.result_int());
    for (const auto& field : response) {
      answer.headers.Add(std::string(field.name_string()), std::string(field.value()));
    }
    answer.body = response.body();
    return answer;
  }

  Result<std::string> Receive() override {
    beast::flat_buffer buffer;
    const Status read = runner_->Run(std::chrono::nanoseconds(0),
                                     [&](auto handler) { stream_.async_read(buffer, handler); });
    if (read) return beast::buffers_to_string(buffer.data());
    if (runner_->error() == beast::websocket::error::closed) {
      const auto& reason = stream_.reason();
      return Fail(Code::kUnavailable,
                  fmt::format("the server closed the connection ({}): {}",
                              static_cast<unsigned>(reason.code),
                              std::string_view(reason.reason.data(), reason.reason.size())));
    }
    return tl::unexpected(read.error());
  }

 private:
  const std::unique_ptr<Runner> runner_;
  beast::websocket::stream<Stream> stream_;
};

Status Connect(Runner& runner, tcp::socket& socket, const Address& address,
               std::chrono::nanoseconds timeout) {
  tcp::resolver resolver(runner.context());
  tcp::resolver::results_type found;
  NARFI_TRY(runner.Run(timeout, [&](auto handler) {
    resolver.async_resolve(address.host, address.port,
                           [&found, handler](const error_code& error, const auto& results) mutable {
                             found = results;
                             handler(error);
                           });
  }));
  return runner.Run(timeout, [&](auto handler) { asio::async_connect(socket, found, handler); });
}

void LoadTls(asio::ssl::context& context, const ClientTls& tls) {
  context.set_verify_mode(tls.insecure_skip_verify ? asio::ssl::verify_none
                                                   : asio::ssl::verify_peer);
  if (tls.ca_file.empty()) {
    context.set_default_verify_paths();
  } else {
    context.load_verify_file(tls.ca_file);
  }
  if (!tls.cert_file.empty()) context.use_certificate_chain_file(tls.cert_file);
  if (!tls.key_file.empty()) context.use_private_key_file(tls.key_file, asio::ssl::context::pem);
}

template <class Stream>
Result<SocketAnswer> Finish(std::unique_ptr<Socket<Stream>> socket, const Address& address,
                            const ClientRequest& request, std::chrono::nanoseconds timeout) {
  SocketAnswer answer;
  NARFI_ASSIGN(answer.response, socket->Upgrade(address, request, timeout));
  if (answer.response.status == 101) answer.socket = std::move(socket);
  return answer;
}

using TlsStream = asio::ssl::stream<tcp::socket>;

Result<SocketAnswer> OpenTls(const Address& address, const ClientRequest& request,
                             std::chrono::nanoseconds timeout) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  LoadTls(tls, request.tls);
  auto owned = std::make_unique<Runner>(request.abort);
  Runner& runner = *owned;
  auto socket = std::make_unique<Socket<TlsStream>>(std::move(owned), tls);
  NARFI_TRY(Connect(runner, socket->tcp_layer(), address, timeout));
  const std::string& name =
      request.tls.server_name.empty() ? address.host : request.tls.server_name;
  SSL_set_tlsext_host_name(socket->next_layer().native_handle(), name.c_str());
  if (!request.tls.insecure_skip_verify)
    socket->next_layer().set_verify_callback(asio::ssl::host_name_verification(name));
  NARFI_TRY(runner.Run(timeout, [&](auto handler) {
    socket->next_layer().async_handshake(asio::ssl::stream_base::client, handler);
  }));
  return Finish(std::move(socket), address, request, timeout);
}

Result<SocketAnswer> OpenPlain(const Address& address, const ClientRequest& request,
                               std::chrono::nanoseconds timeout) {
  auto owned = std::make_unique<Runner>(request.abort);
  Runner& runner = *owned;
  auto socket = std::make_unique<Socket<tcp::socket>>(std::move(owned));
  NARFI_TRY(Connect(runner, socket->tcp_layer(), address, timeout));
  return Finish(std::move(socket), address, request, timeout);
}

}  // namespace

Result<SocketAnswer> WebSocketClient::Open(const ClientRequest& request) {
  if (!request.proxy_url.empty())
    return Fail(Code::kInvalidArgument, "a WebSocket does not go through a proxy");
  NARFI_ASSIGN(const Address address, ReadUrl(request.url));
  const std::chrono::nanoseconds timeout(request.connect_timeout_ns);
  try {
    auto answer =
        address.tls ? OpenTls(address, request, timeout) : OpenPlain(address, request, timeout);
    if (answer) return answer;
    return Fail(answer.error().code,
                fmt::format("{}:{}: {}", address.host, address.port, answer.error().text));
  } catch (const std::exception& error) {
    return Fail(Code::kInvalidArgument, error.what());  // certificates that cannot be used
  }
}

}  // namespace narfi::net
