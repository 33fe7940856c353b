#include "net/http_client.h"

#include <thread>
#include <vector>

#include "base/duration.h"
#include "tests/net/support/raw_client.h"
#include "tests/net/support/test_server.h"

namespace narfi::net {
namespace {

// A port that nobody listens on: one that was just given back.
uint16_t FreePort() { return StartServer(TestOptions(), Echo)->port(); }

// Takes requests and never answers them; keeps their Responds until it goes.
struct SilentServer {
  std::vector<Respond> waiting;
  std::unique_ptr<HttpServer> server = StartServer(
      TestOptions(), [this](const auto&, const Respond& respond) { waiting.push_back(respond); });
  ~SilentServer() { server->Stop(0); }
};

TEST_CASE("method, headers, body and credentials arrive") {
  const auto server = StartServer(TestOptions(), [](const auto& request, const Respond& respond) {
    respond(Text(request->method + "|" + std::string(request->headers.Get("X-A")) + "|" +
                     std::string(request->headers.Get("Authorization")) + "|" +
                     (request->headers.Has("Expect") ? "expect" : "") + "|" + request->body,
                 418));
  });
  HttpClient client;
  ClientRequest request;
  request.method = "PUT";
  request.url = Url(*server, "/");
  request.headers = {{"X-A", "1"}};
  const std::string body(2 << 20, 'b');
  request.body = body;
  request.username = "aladdin";
  request.password = "opensesame";
  auto answer = client.Do(request);
  REQUIRE(answer.has_value());
  CHECK(answer->status == 418);
  CHECK(answer->body == "PUT|1|Basic YWxhZGRpbjpvcGVuc2VzYW1l||" + body);

  ClientRequest bearer;
  bearer.method = "DELETE";
  bearer.url = Url(*server, "/");
  bearer.bearer_token = "t0ken";
  answer = client.Do(bearer);
  REQUIRE(answer.has_value());
  CHECK(answer->body == "DELETE||Bearer t0ken||");
}

TEST_CASE("an empty POST announces its empty body") {
  const auto server = StartServer(TestOptions(), [](const auto& request, const Respond& respond) {
    respond(Text(request->method + " " + std::string(request->headers.Get("Content-Length"))));
  });
  HttpClient client;
  ClientRequest request;
  request.method = "POST";
  request.url = Url(*server, "/flush");
  const auto answer = client.Do(request);
  REQUIRE(answer.has_value());
  CHECK(answer->body == "POST 0");
}

TEST_CASE("a connection is used again") {
  const auto server = StartServer(TestOptions(), [](const auto& request, const Respond& respond) {
    respond(Text(request->peer));
  });
  HttpClient client;
  ClientRequest request;
  request.url = Url(*server, "/");
  const auto first = client.Do(request);
  const auto second = client.Do(request);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(first->body == second->body);
}

TEST_CASE("a connection that the server closed meanwhile is replaced") {
  HttpServerOptions options = TestOptions();
  options.idle_timeout_ns = 50 * kMillisecond;
  const auto server = StartServer(options, Echo);
  HttpClient client;
  ClientRequest request;
  request.method = "POST";
  request.url = Url(*server, "/");
  request.body = "x";
  REQUIRE(client.Do(request).has_value());
  WaitUntil([&] { return server->connections() == 0; });
  CHECK(client.Do(request).has_value());
}

struct FailureCase {
  std::string name;
  std::string url;
  Code want_code;
  std::string want_text;
};

TEST_CASE("failures without an answer are told apart") {
  const std::string refused = "127.0.0.1:" + std::to_string(FreePort());
  const FailureCase cases[] = {
      {"refused", "http://" + refused + "/", Code::kUnavailable,
       "cannot connect to " + refused + ": connection refused"},
      {"no such name", "http://no.such.host.invalid:3100/", Code::kUnavailable,
       "cannot find the host \"no.such.host.invalid\": the name does not resolve"},
      {"no URL", "loki:3100", Code::kInvalidArgument,
       "\"loki:3100\" is no http:// or https:// URL"},
      {"empty", "", Code::kInvalidArgument, "\"\" is no http:// or https:// URL"},
      {"file", "file:///etc/passwd", Code::kInvalidArgument,
       "\"file:///etc/passwd\" is no http:// or https:// URL"},
  };
  HttpClient client;
  for (const FailureCase& c : cases) {
    CAPTURE(c.name);
    ClientRequest request;
    request.url = c.url;
    const auto answer = client.Do(request);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == c.want_code);
    CHECK(answer.error().text == c.want_text);
  }
}

TEST_CASE("a server that is silent for too long is a deadline") {
  const SilentServer silent;
  HttpClient client;
  ClientRequest request;
  request.url = Url(*silent.server, "/");
  request.timeout_ns = 200 * kMillisecond;
  const auto answer = client.Do(request);
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == Code::kDeadline);
  CHECK(answer.error().text ==
        "127.0.0.1:" + std::to_string(silent.server->port()) + " did not answer within 200 ms");
}

TEST_CASE("a request can be aborted") {
  const SilentServer silent;
  HttpClient client;
  std::atomic<bool> abort{false};
  ClientRequest request;
  request.url = Url(*silent.server, "/");
  request.abort = &abort;
  std::thread aborter([&] {
    while (silent.server->connections() == 0) std::this_thread::yield();
    abort = true;
  });
  const auto answer = client.Do(request);
  aborter.join();
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == Code::kCancelled);
}

TEST_CASE("a server that hangs up is unavailable") {
  HttpServerOptions options = TestOptions();
  auto server = StartServer(options, [](const auto&, const Respond& respond) {
    HttpResponse response;
    response.body_source = [i = 0](std::string& chunk) mutable {
      chunk = std::string(1000, 'x');
      return ++i < 1'000'000;
    };
    response.compress = false;
    respond(std::move(response));
  });
  HttpClient client;
  ClientRequest request;
  request.url = Url(*server, "/");
  request.max_response_bytes = uint64_t{1} << 40;
  std::thread stopper([&] {
    while (server->connections() == 0) std::this_thread::yield();
    server->Stop(100 * kMillisecond);
  });
  const auto answer = client.Do(request);
  stopper.join();
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == Code::kUnavailable);
}

TEST_CASE("an answer over the limit is cut, counted after unpacking") {
  const auto server = StartServer(TestOptions(), [](const auto&, const Respond& respond) {
    respond(Text(std::string(1 << 20, 'x')));
  });
  HttpClient client;
  ClientRequest request;
  request.url = Url(*server, "/");
  request.max_response_bytes = 1 << 20;
  CHECK(client.Do(request).has_value());
  request.max_response_bytes = (1 << 20) - 1;
  const auto answer = client.Do(request);
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == Code::kLimit);
}

TEST_CASE("a certificate file that is not there is the caller's mistake") {
  HttpClient client;
  ClientRequest request;
  request.url = "https://127.0.0.1:" + std::to_string(FreePort()) + "/";
  request.tls.ca_file = "/no/such/ca.pem";
  const auto answer = client.Do(request);
  REQUIRE_FALSE(answer.has_value());
  const bool told = answer.error().code == Code::kInvalidArgument ||
                    answer.error().code == Code::kUnavailable;  // the connection may fail first
  CHECK(told);
}

}  // namespace
}  // namespace narfi::net
