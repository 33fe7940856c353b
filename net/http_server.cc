// Listening and the life of the loops. One thread accepts and deals connections out in turn: they
// spread evenly however few they are, and a second server on the port is refused, as SO_REUSEPORT
// would not.
#include "net/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/v6_only.hpp>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "net/http_session.h"

namespace narfi::net {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;

// Connections over the cap that are told so; past these they are closed without a word.
constexpr size_t kRefusedAtOnce = 256;
constexpr auto kAcceptPause = std::chrono::milliseconds(100);  // when out of file descriptors

// Deadlines are looked at this often: a quarter of the shortest, within 10 to 250 ms.
std::chrono::nanoseconds TickEvery(const HttpServerOptions& options) {
  const int64_t shortest =
      std::min({options.header_timeout_ns, options.body_timeout_ns, options.idle_timeout_ns,
                options.write_timeout_ns, options.drain_write_timeout_ns});
  return std::chrono::nanoseconds(std::clamp<int64_t>(shortest / 4, 10'000'000, 250'000'000));
}

Result<std::vector<tcp::endpoint>> ResolveListenAddress(asio::io_context& context,
                                                        const std::string& address, uint16_t port) {
  if (address.empty())
    return std::vector{tcp::endpoint(tcp::v6(), port), tcp::endpoint(tcp::v4(), port)};
  error_code error;
  const auto numeric = asio::ip::make_address(address, error);
  if (!error) return std::vector{tcp::endpoint(numeric, port)};
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(tcp::v4(), address, std::to_string(port), error);
  if (error || found.empty()) {
    return Fail(Code::kInvalidArgument,
                fmt::format("cannot listen on \"{}\": {}", address, error.message()));
  }
  return std::vector{found.begin()->endpoint()};
}

error_code Listen(Acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.protocol() == tcp::v6()) {
    acceptor.set_option(asio::ip::v6_only(false), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    error_code ignored;  // the first error is the one to tell
    acceptor.close(ignored);
  }
  return error;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerOptions options, Handler handler);
  ~Impl() { Stop(0); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status Open();
  void Run();
  void Stop(int64_t drain_ns);
  uint16_t port() const { return port_; }
  size_t connections() const { return core_->connections.load(); }

 private:
  void Accept();
  void Admit(Loop& loop, Socket socket);
  void ArmTick(Loop& loop);
  static void RunLoop(Loop& loop);
  void ForEachSession(void (Session::*what)());
  void AwaitNoConnections(int64_t drain_ns);

  const std::shared_ptr<ServerCore> core_ = std::make_shared<ServerCore>();
  std::vector<std::unique_ptr<Loop>> loops_;
  std::unique_ptr<Acceptor> acceptor_;  // of loop 0
  std::unique_ptr<asio::steady_timer> accept_pause_;
  uint16_t port_ = 0;
  size_t next_loop_ = 0;  // of loop 0's thread
  bool stopped_ = false;
};

HttpServer::Impl::Impl(HttpServerOptions options, Handler handler) {
  core_->options = std::move(options);
  core_->handler = std::move(handler);
  const int threads = std::max(1, core_->options.threads);
  for (int i = 0; i < threads; ++i) loops_.push_back(std::make_unique<Loop>());
  acceptor_ = std::make_unique<Acceptor>(loops_[0]->context);
  accept_pause_ = std::make_unique<asio::steady_timer>(loops_[0]->context);
}

Status HttpServer::Impl::Open() {
  const HttpServerOptions& options = core_->options;
  NARFI_ASSIGN(const auto endpoints,
               ResolveListenAddress(loops_[0]->context, options.address, options.port));
  error_code error;
  for (const tcp::endpoint& endpoint : endpoints) {
    error = Listen(*acceptor_, endpoint);
    // A machine without IPv6 still has IPv4; a port in use is in use.
    if (!error || error == asio::error::address_in_use) break;
  }
  if (error) {
    return Fail(
        error == asio::error::address_in_use ? Code::kUnavailable : Code::kIo,
        fmt::format("cannot listen on {}:{}: {}", options.address.empty() ? "*" : options.address,
                    options.port, error.message()));
  }
  port_ = acceptor_->local_endpoint(error).port();
  if (error) return Fail(Code::kIo, "cannot learn the port listened on: " + error.message());
  return {};
}

void HttpServer::Impl::Run() {
  Accept();
  for (auto& loop : loops_) {
    ArmTick(*loop);
    loop->thread = std::thread([&loop = *loop] { RunLoop(loop); });
  }
}

void HttpServer::Impl::RunLoop(Loop& loop) {
  pthread_setname_np(pthread_self(), "http");
  for (;;) {
    try {
      loop.context.run();
      return;
    } catch (const std::exception& error) {
      // Out of memory, in all likelihood: the connection it hit times out, the others live.
      Log(LogLevel::kError, "an HTTP connection failed", {{"error", error.what()}});
    }
  }
}

void HttpServer::Impl::Accept() {
  Loop& loop = *loops_[next_loop_++ % loops_.size()];
  acceptor_->async_accept(loop.context, [this, &loop](const error_code& error, Socket socket) {
    if (error == asio::error::operation_aborted || !acceptor_->is_open()) return;
    if (!error) {
      asio::post(loop.context, [this, &loop, socket = std::move(socket)]() mutable {
        Admit(loop, std::move(socket));
      });
      return Accept();
    }
    if (error == asio::error::connection_aborted) return Accept();
    Log(LogLevel::kWarn, "cannot accept a connection", {{"error", error.message()}});
    accept_pause_->expires_after(kAcceptPause);
    accept_pause_->async_wait([this](const error_code& cancelled) {
      if (!cancelled) Accept();
    });
  });
}

void HttpServer::Impl::Admit(Loop& loop, Socket socket) {
  const size_t cap = core_->options.max_connections;
  const size_t open = core_->connections.load();
  if (open >= cap + kRefusedAtOnce || core_->draining.load()) return;  // closes the socket
  const auto session = std::make_shared<Session>(core_, loop, std::move(socket));
  loop.sessions.insert(session);
  if (open >= cap) {
    session->StartRefused();
  } else {
    session->Start();
  }
}

void HttpServer::Impl::ArmTick(Loop& loop) {
  loop.tick.expires_after(TickEvery(core_->options));
  loop.tick.async_wait([this, &loop](const error_code& cancelled) {
    if (cancelled) return;
    const int64_t now_ns = SystemClock().MonotonicNs();
    // A session that closes leaves the set, hence the copy.
    const std::vector<std::shared_ptr<Session>> sessions(loop.sessions.begin(),
                                                         loop.sessions.end());
    for (const auto& session : sessions) session->Tick(now_ns);
    ArmTick(loop);
  });
}

void HttpServer::Impl::ForEachSession(void (Session::*what)()) {
  for (auto& loop : loops_) {
    asio::post(loop->context, [&loop = *loop, what] {
      const std::vector<std::shared_ptr<Session>> sessions(loop.sessions.begin(),
                                                           loop.sessions.end());
      for (const auto& session : sessions) (session.get()->*what)();
    });
  }
}

void HttpServer::Impl::AwaitNoConnections(int64_t drain_ns) {
  const int64_t deadline_ns = SystemClock().MonotonicNs() + drain_ns;
  std::unique_lock lock(core_->idle_mutex);
  while (core_->connections.load() > 0) {
    const int64_t left_ns = deadline_ns - SystemClock().MonotonicNs();
    if (left_ns <= 0) return;
    core_->idle.wait_for(lock, std::chrono::nanoseconds(left_ns));
  }
}

void HttpServer::Impl::Stop(int64_t drain_ns) {
  if (stopped_) return;
  stopped_ = true;
  core_->draining.store(true);
  asio::post(loops_[0]->context, [this] {
    error_code ignored;  // it is going away
    acceptor_->close(ignored);
    accept_pause_->cancel();
  });
  ForEachSession(&Session::Drain);
  AwaitNoConnections(drain_ns);
  ForEachSession(&Session::Close);
  for (auto& loop : loops_) {
    asio::post(loop->context, [&loop = *loop] {
      loop.tick.cancel();
      loop.context.stop();
    });
  }
  for (auto& loop : loops_) {
    if (loop->thread.joinable()) loop->thread.join();
    loop->mailbox->Close();
    loop->sessions.clear();
  }
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options, Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  NARFI_TRY(impl->Open());
  impl->Run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

uint16_t HttpServer::port() const { return impl_->port(); }
size_t HttpServer::connections() const { return impl_->connections(); }
void HttpServer::Stop(int64_t drain_ns) { impl_->Stop(drain_ns); }

}  // namespace narfi::net
