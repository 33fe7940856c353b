// The WebSocket client against our own server.
#include "net/web_socket_client.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "tests/net/support/test_server.h"

namespace narfi::net {
namespace {

ClientRequest Get(const HttpServer& server, const std::string& path = "/") {
  ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(server.port()) + path;
  return request;
}

TEST_CASE("messages come one by one, and the server's reason at the end") {
  const auto server = StartServer(TestOptions(), [](const auto& request, const auto& respond) {
    CHECK(request->headers.Get("X-Scope-OrgID") == "t");
    CHECK(request->target == "/tail?query=x");
    HttpResponse answer;
    answer.web_socket = [](const std::shared_ptr<WebSocket>& socket) {
      socket->Send("one", [socket](bool) {
        socket->Send(std::string(200'000, '2'), [socket](bool) {
          socket->Close(kCloseInternalError, "reached tail max duration limit");
        });
      });
    };
    respond(std::move(answer));
  });
  WebSocketClient client;
  ClientRequest request = Get(*server, "/tail?query=x");
  request.headers.Add("X-Scope-OrgID", "t");
  auto answer = client.Open(request);
  REQUIRE_MESSAGE(answer.has_value(), answer.error().text);
  CHECK(answer->response.status == 101);
  REQUIRE(answer->socket != nullptr);
  CHECK(*answer->socket->Receive() == "one");
  CHECK(answer->socket->Receive()->size() == 200'000);
  const auto end = answer->socket->Receive();
  REQUIRE_FALSE(end.has_value());
  CHECK(end.error().code == Code::kUnavailable);
  CHECK(end.error().text ==
        "the server closed the connection (1011): reached tail max duration limit");
}

TEST_CASE("a refusal is an answer") {
  const auto server = StartServer(
      TestOptions(), [](const auto&, const auto& respond) { respond(Text("parse error", 400)); });
  WebSocketClient client;
  const auto answer = client.Open(Get(*server));
  REQUIRE(answer.has_value());
  CHECK(answer->response.status == 400);
  CHECK(answer->response.body == "parse error");
  CHECK(answer->socket == nullptr);
}

TEST_CASE("who waits for a message can be interrupted") {
  const auto server = StartServer(TestOptions(), [](const auto&, const auto& respond) {
    HttpResponse answer;
    answer.web_socket = [](const std::shared_ptr<WebSocket>&) {};
    respond(std::move(answer));
  });
  std::atomic<bool> abort = false;
  WebSocketClient client;
  ClientRequest request = Get(*server);
  request.abort = &abort;
  auto answer = client.Open(request);
  REQUIRE(answer.has_value());
  std::thread other([&] { abort = true; });
  const auto message = answer->socket->Receive();
  other.join();
  REQUIRE_FALSE(message.has_value());
  CHECK(message.error().code == Code::kCancelled);
  answer->socket.reset();
  WaitUntil([&] { return server->connections() == 0; });
}

TEST_CASE("nobody there, no URL, no WebSocket through a proxy, no such certificate") {
  WebSocketClient client;
  ClientRequest request;
  uint16_t port = 0;
  {
    const auto server = StartServer(TestOptions(), Echo);
    port = server->port();
    request = Get(*server);
    server->Stop(0);
  }
  auto answer = client.Open(request);
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == Code::kUnavailable);
  CHECK(answer.error().text == "127.0.0.1:" + std::to_string(port) + ": Connection refused");
  for (const char* url : {"", "ftp://x", "http://", "http://a@b", "http://:1"}) {
    CAPTURE(url);
    request.url = url;
    CHECK(client.Open(request).error().code == Code::kInvalidArgument);
  }
  request.url = "http://localhost";
  request.proxy_url = "http://localhost:1";
  CHECK(client.Open(request).error().code == Code::kInvalidArgument);
  request.proxy_url = {};
  request.url = "https://localhost";
  request.tls.ca_file = "/no/such/file";
  CHECK(client.Open(request).error().code == Code::kInvalidArgument);
}

}  // namespace
}  // namespace narfi::net
