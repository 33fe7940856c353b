// Answers whose pieces take time to make.
#include <functional>
#include <mutex>
#include <string>

#include "net/http_client.h"
#include "tests/net/support/raw_client.h"
#include "tests/net/support/test_server.h"

namespace narfi::net {
namespace {

using Then = AnswerPiece::Then;

// Answers every request with what `source` gives, and gives promises out on demand.
struct PieceServer {
  explicit PieceServer(std::function<void(GivePiece)> source)
      : server(StartServer(TestOptions(), [source](const auto&, const Respond& respond) {
          HttpResponse answer = Text({});
          answer.piece_source = source;
          respond(std::move(answer));
        })) {}
  std::unique_ptr<HttpServer> server;
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_CASE("pieces are sent one after the other as they come, from any thread") {
  std::mutex mutex;
  GivePiece promise;
  PieceServer server([&](GivePiece give) {
    const std::lock_guard lock(mutex);
    promise = std::move(give);
  });
  const auto next = [&] {
    GivePiece give;
    WaitUntil([&] {
      const std::lock_guard lock(mutex);
      give = std::exchange(promise, nullptr);
      return give != nullptr;
    });
    return give;
  };
  RawClient client(server.server->port());
  REQUIRE(client.Send(kGet));
  GivePiece give = next();
  CHECK(client.ReadUntil("\r\n\r\n").find("Transfer-Encoding: chunked") != std::string::npos);
  give({.bytes = "one", .then = Then::kMore});
  give({.bytes = "again", .then = Then::kMore});  // a promise is kept once
  CHECK(client.ReadUntil("one\r\n") == "3\r\none\r\n");
  next()({.bytes = {}, .then = Then::kMore});  // no chunk, which would be the last
  next()({.bytes = "two", .then = Then::kEnd});
  CHECK(client.ReadUntil("0\r\n\r\n") == "3\r\ntwo\r\n0\r\n\r\n");
  // The connection goes on.
  REQUIRE(client.Send(kGet));
  next()({.bytes = "three", .then = Then::kEnd});
  CHECK(client.ReadUntil("0\r\n\r\n").ends_with("5\r\nthree\r\n0\r\n\r\n"));
}

TEST_CASE("a broken answer ends without its last chunk") {
  PieceServer server([](const GivePiece& give) { give({.bytes = "half", .then = Then::kBroken}); });
  RawClient client(server.server->port());
  REQUIRE(client.Send(kGet));
  CHECK(client.ReadAll().ends_with("\r\n\r\n4\r\nhalf\r\n"));
}

TEST_CASE("a promise that is dropped breaks the answer") {
  PieceServer server([](const GivePiece&) {});
  RawClient client(server.server->port());
  REQUIRE(client.Send(kGet));
  CHECK(client.ReadAll().ends_with("\r\n\r\n"));
  CHECK(client.ClosedWithin(5000));
}

TEST_CASE("pieces are compressed as one stream") {
  PieceServer server([i = 0](const GivePiece& give) mutable {
    give({.bytes = std::string(1000, static_cast<char>('a' + i)),
          .then = ++i < 20 ? Then::kMore : Then::kEnd});
  });
  HttpClient client;
  ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(server.server->port()) + "/";
  const auto answer = client.Do(request);
  REQUIRE(answer.has_value());
  CHECK(answer->body.size() == 20'000);
  CHECK(answer->body.ends_with("t"));
}

TEST_CASE("HEAD asks for no piece, and a client that is gone for no further one") {
  std::atomic<int> asked = 0;
  GivePiece promise;
  PieceServer server([&](GivePiece give) {
    promise = std::move(give);
    ++asked;
  });
  {
    RawClient client(server.server->port());
    REQUIRE(client.Send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"));
    CHECK(client.ReadUntil("\r\n\r\n").starts_with("HTTP/1.1 200 "));
    REQUIRE(client.Send(kGet));
    WaitUntil([&] { return asked == 1; });
  }
  promise({.bytes = std::string(1 << 20, 'x'), .then = Then::kMore});
  WaitUntil([&] { return server.server->connections() == 0; });
  CHECK(asked <= 2);
}

}  // namespace
}  // namespace narfi::net
