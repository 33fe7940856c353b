// WebSockets as a client sees them on the wire: handshake, frames, pings, closing.
#include "net/web_socket.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/thread_annotations.h"
#include "tests/net/support/raw_client.h"
#include "tests/net/support/test_server.h"

namespace narfi::net {
namespace {

constexpr std::string_view kUpgrade =
    "GET /tail HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
// The key's answer by RFC 6455, section 1.3.
constexpr std::string_view kAccepted = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
constexpr int kPatienceMs = 5000;

std::string ServerFrame(char first, std::string_view payload) {
  return std::string{first, static_cast<char>(payload.size())} + std::string(payload);
}

// With a mask of zeros, which changes nothing.
std::string ClientFrame(char first, std::string_view payload) {
  return std::string{first, static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0} +
         std::string(payload);
}

std::string ClosePayload(uint16_t code, std::string_view reason) {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)} +
         std::string(reason);
}

constexpr char kText = static_cast<char>(0x81);
constexpr char kCloseFrame = static_cast<char>(0x88);
constexpr char kPing = static_cast<char>(0x89);
constexpr char kPong = static_cast<char>(0x8a);

// A server that gives out the sockets it opens.
class SocketServer {
 public:
  explicit SocketServer(HttpServerOptions options = TestOptions())
      : server_(StartServer(std::move(options), [this](const auto& request, const auto& respond) {
          HttpResponse answer = Text("no upgrade\n", 400);
          answer.headers.Set("X-Name", "of the answer");
          answer.headers.Set("X-Lines", "one\r\nTwo: two");
          if (IsWebSocketUpgrade(*request))
            answer.web_socket = [this](std::shared_ptr<WebSocket> socket) {
              socket->OnGone([this] { ++gone; });
              const MutexLock lock(mutex_);
              socket_ = std::move(socket);
            };
          respond(std::move(answer));
        })) {}

  uint16_t port() const { return server_->port(); }
  HttpServer& http() { return *server_; }
  std::shared_ptr<WebSocket> Socket() {
    WaitUntil([this] {
      const MutexLock lock(mutex_);
      return socket_ != nullptr;
    });
    const MutexLock lock(mutex_);
    return socket_;
  }
  std::atomic<int> gone = 0;

 private:
  Mutex mutex_;
  std::shared_ptr<WebSocket> socket_ GUARDED_BY(mutex_);
  std::unique_ptr<HttpServer> server_;
};

TEST_CASE("a handshake, messages one after the other, and the closing handshake") {
  SocketServer server;
  RawClient client(server.port());
  REQUIRE(client.Send(kUpgrade));
  const std::string head = client.ReadUntil("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 101 "));
  CHECK(head.find(kAccepted) != std::string::npos);
  CHECK(head.find("X-Name: of the answer\r\n") != std::string::npos);
  CHECK(head.find("Two:") == std::string::npos);

  const auto socket = server.Socket();
  std::atomic<int> sent = 0;
  socket->Send("one", [&](bool ok) {
    sent += ok ? 1 : 100;
    socket->Send("two", [&](bool also) { sent += also ? 1 : 100; });
  });
  CHECK(client.ReadUntil("two") == ServerFrame(kText, "one") + ServerFrame(kText, "two"));
  WaitUntil([&] { return sent == 2; });

  // What the client says is of no interest, but its pings are answered.
  REQUIRE(client.Send(ClientFrame(kText, "hello") + ClientFrame(kPing, "p")));
  CHECK(client.ReadUntil("p") == ServerFrame(kPong, "p"));

  socket->Close(kCloseInternalError, std::string(200, 'r'));
  const std::string close = ClosePayload(kCloseInternalError, std::string(123, 'r'));
  CHECK(client.ReadUntil(std::string(123, 'r')) == ServerFrame(kCloseFrame, close));
  REQUIRE(client.Send(ClientFrame(kCloseFrame, ClosePayload(kCloseInternalError, ""))));
  CHECK(client.ClosedWithin(kPatienceMs));
  client.Close();
  WaitUntil([&] { return server.gone == 1; });
  WaitUntil([&] { return server.http().connections() == 0; });
  socket->Send("late", [&](bool ok) { sent += ok ? 100 : 1; });
  WaitUntil([&] { return sent == 3; });
}

TEST_CASE("a reason is cut between characters") {
  SocketServer server;
  RawClient client(server.port());
  REQUIRE(client.Send(kUpgrade));
  client.ReadUntil("\r\n\r\n");
  server.Socket()->Close(kCloseInternalError, std::string(122, 'r') + "\xc3\xa4");
  const std::string close = ClosePayload(kCloseInternalError, std::string(122, 'r'));
  CHECK(client.ReadUntil(std::string(122, 'r')) == ServerFrame(kCloseFrame, close));
}

TEST_CASE("a client that goes away without a word is noticed") {
  SocketServer server;
  {
    RawClient client(server.port());
    REQUIRE(client.Send(kUpgrade));
    client.ReadUntil("\r\n\r\n");
    server.Socket();
  }
  WaitUntil([&] { return server.gone == 1; });
}

TEST_CASE("the server pings, and gives up a client that says nothing") {
  HttpServerOptions options = TestOptions();
  options.web_socket_ping_ns = 20'000'000;
  options.web_socket_idle_timeout_ns = 400'000'000;
  options.idle_timeout_ns = 40'000'000;  // deadlines are looked at every 10 ms
  SocketServer server(options);
  RawClient client(server.port());
  REQUIRE(client.Send(kUpgrade));
  client.ReadUntil("\r\n\r\n");
  server.Socket();
  const std::string pings = ServerFrame(kPing, "") + ServerFrame(kPing, "");
  CHECK(client.ReadUntil(pings).starts_with(pings));
  // Who answers stays.
  for (int i = 0; i < 60; ++i) {
    REQUIRE(client.ReadUntil(ServerFrame(kPing, "")) != "");
    REQUIRE(client.Send(ClientFrame(kPong, "")));
  }
  CHECK(server.gone == 0);
  CHECK(client.ClosedWithin(kPatienceMs));
  WaitUntil([&] { return server.gone == 1; });
}

TEST_CASE("a client that takes no message is given up, however often it says something") {
  HttpServerOptions options = TestOptions();
  options.write_timeout_ns = 300'000'000;
  options.min_answer_bytes_per_second = 1 << 30;
  SocketServer server(options);
  RawClient client(server.port());
  REQUIRE(client.Send(kUpgrade));
  client.ReadUntil("\r\n\r\n");
  std::atomic<int> sent = 0;
  const auto socket = server.Socket();
  socket->Send("short", [&](bool ok) { sent += ok ? 1 : 100; });
  CHECK(client.ReadUntil("short") == ServerFrame(kText, "short"));
  WaitUntil([&] { return sent == 1; });
  socket->Send(std::string(32 << 20, 'x'), [&](bool ok) { sent += ok ? 100 : 1; });
  for (int i = 0; i < 1000 && client.Send(ClientFrame(kPong, "")); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  WaitUntil([&] { return server.gone == 1; });
  WaitUntil([&] { return sent == 2; });
}

TEST_CASE("stopping does not wait long for a WebSocket whose client takes nothing") {
  HttpServerOptions options = TestOptions();
  options.drain_write_timeout_ns = 300'000'000;
  SocketServer server(options);
  RawClient client(server.port());
  REQUIRE(client.Send(kUpgrade));
  client.ReadUntil("\r\n\r\n");
  server.Socket()->Send(std::string(32 << 20, 'x'), [](bool) {});
  client.ReadUntil("x");
  const int64_t begun = SystemClock().MonotonicNs();
  server.http().Stop(60'000'000'000);
  CHECK(SystemClock().MonotonicNs() < begun + 5'000'000'000);
  CHECK(server.gone == 1);
}

TEST_CASE("stopping closes WebSockets with 1001") {
  SocketServer server;
  RawClient client(server.port());
  REQUIRE(client.Send(kUpgrade));
  client.ReadUntil("\r\n\r\n");
  server.Socket();
  std::thread stopping([&] { server.http().Stop(10'000'000'000); });
  const std::string close = ClosePayload(kCloseGoingAway, "the server is going away");
  CHECK(client.ReadUntil("going away") == ServerFrame(kCloseFrame, close));
  client.Send(ClientFrame(kCloseFrame, ClosePayload(kCloseGoingAway, "")));
  client.Close();
  stopping.join();
  CHECK(server.gone == 1);
}

TEST_CASE("a message of the client that is too long ends it with 1009") {
  SocketServer server;
  RawClient client(server.port());
  REQUIRE(client.Send(kUpgrade));
  client.ReadUntil("\r\n\r\n");
  server.Socket();
  std::string head{kText, static_cast<char>(0xff), 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0,
                   0};  // 64 KiB and 1
  client.Send(head + std::string(WebSocket::kMaxMessageBytes + 1, 'x'));
  CHECK(client.ReadUntil("\x03\xf1").find(std::string{kCloseFrame}) == 0);
}

TEST_CASE("only a whole upgrade is one") {
  struct Case {
    const char* what;
    std::string_view from;
    std::string_view to;
  };
  const Case cases[] = {{"a POST", "GET", "POST"},
                        {"no Connection: upgrade", "keep-alive, Upgrade", "keep-alive"},
                        {"another protocol", "websocket", "h2c"},
                        {"another version", "Version: 13", "Version: 8"},
                        {"no key", "dGhlIHNhbXBsZSBub25jZQ==", "short"}};
  SocketServer server;
  for (const Case& c : cases) {
    CAPTURE(c.what);
    std::string request(kUpgrade);
    request.replace(request.find(c.from), c.from.size(), c.to);
    if (c.to == "POST") request.insert(request.size() - 2, "Content-Length: 0\r\n");
    RawClient client(server.port());
    REQUIRE(client.Send(request));
    CHECK(client.ReadUntil("\n\r\n").starts_with("HTTP/1.1 400 "));
  }
}

TEST_CASE("a client that had ended before its upgrade was answered does not stay") {
  std::promise<void> blocked;
  std::promise<void> free;
  const auto server = StartServer(TestOptions(), [&](const auto& request, const auto& respond) {
    if (request->path == "/block") {
      blocked.set_value();
      free.get_future().get();
    }
    HttpResponse answer = Text("free\n");
    if (request->path == "/tail") answer.web_socket = [](const auto&) {};
    respond(std::move(answer));
  });
  // While the only thread is busy a client asks and goes away, so that the thread meets both at
  // once.
  RawClient other(server->port());
  REQUIRE(other.Send("GET /block HTTP/1.1\r\nHost: x\r\n\r\n"));
  blocked.get_future().get();
  RawClient client(server->port());
  REQUIRE(client.Send(kUpgrade));
  client.ShutdownSend();
  free.set_value();
  CHECK(other.ReadUntil("free").find("200") != std::string::npos);
  CHECK(client.ClosedWithin(kPatienceMs));
}

TEST_CASE("who sends messages before the answer is refused") {
  SocketServer server;
  RawClient client(server.port());
  REQUIRE(client.Send(std::string(kUpgrade) + ClientFrame(kText, "early")));
  CHECK(client.ReadUntil("\n\r\n").starts_with("HTTP/1.1 400 "));
}

}  // namespace
}  // namespace narfi::net
