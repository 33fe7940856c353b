// What a well-behaved client sees of the server, over real loopback sockets.
#include "net/http_server.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/duration.h"
#include "net/http_client.h"
#include "tests/net/support/raw_client.h"
#include "tests/net/support/test_server.h"

namespace narfi::net {
namespace {

// A flag that one thread sets and another waits for.
class Event {
 public:
  void Set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    wake_.notify_all();
  }
  bool WaitFor(int64_t ns) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, std::chrono::nanoseconds(ns), [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool set_ = false;
};

ClientResponse Fetch(const ClientRequest& request) {
  HttpClient client;
  auto answer = client.Do(request);
  REQUIRE_MESSAGE(answer.has_value(), answer.error().text);
  return std::move(*answer);
}

ClientResponse Fetch(const std::string& url) {
  ClientRequest request;
  request.url = url;
  return Fetch(request);
}

TEST_CASE("a request gets its answer, on a port that the kernel picked") {
  const auto server = StartServer(TestOptions(), Echo);
  CHECK(server->port() != 0);
  const ClientResponse answer = Fetch(Url(*server, "/a%20b?x=1&y=a+b"));
  CHECK(answer.status == 200);
  CHECK(answer.body == "GET /a b x=1 y=a b\n");
  CHECK(answer.headers.Get("content-type") == "text/plain");
  CHECK(answer.headers.Has("Date"));
}

TEST_CASE("headers and peer reach the handler") {
  const auto server = StartServer(TestOptions(), [](const auto& request, const Respond& respond) {
    respond(Text(std::string(request->headers.Get("x-scope-orgid")) + " " + request->peer));
  });
  ClientRequest request;
  request.url = Url(*server, "/");
  request.headers = {{"X-Scope-OrgID", "team"}};
  CHECK(Fetch(request).body.starts_with("team 127.0.0.1:"));
}

TEST_CASE("dual-stack listening serves IPv4 and IPv6") {
  HttpServerOptions options = TestOptions();
  options.address = "";
  const auto server = StartServer(options, Echo);
  for (const bool ipv6 : {false, true}) {
    CAPTURE(ipv6);
    RawClient client(server->port(), ipv6);
    REQUIRE(client.connected());
    client.Send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    CHECK(client.ReadAll().ends_with("GET /x\n"));
  }
}

TEST_CASE("a port in use is refused with a sentence") {
  const auto server = StartServer(TestOptions(), Echo);
  HttpServerOptions options = TestOptions();
  options.port = server->port();
  const auto second = HttpServer::Start(options, Echo);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == Code::kUnavailable);
  CHECK(second.error().text == "cannot listen on 127.0.0.1:" + std::to_string(server->port()) +
                                   ": Address already in use");
}

TEST_CASE("an address that is none is refused with a sentence") {
  HttpServerOptions options = TestOptions();
  options.address = "no.such.host.invalid";
  const auto server = HttpServer::Start(options, Echo);
  REQUIRE_FALSE(server.has_value());
  CHECK(server.error().text.starts_with("cannot listen on \"no.such.host.invalid\": "));
}

TEST_CASE("bodies arrive whole, with room behind them, announced or chunked") {
  const auto server = StartServer(TestOptions(), [](const auto& request, const Respond& respond) {
    const bool slack = request->body.capacity() >= request->body.size() + kBodySlack;
    respond(Text(std::to_string(request->body.size()) + (slack ? " slack" : " no slack")));
  });
  for (const size_t size : {0, 1, 5000, 300'000, 1'048'576, 1'048'577, 9'000'000}) {
    CAPTURE(size);
    const std::string body(size, 'x');
    ClientRequest request;
    request.method = "POST";
    request.url = Url(*server, "/push");
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
    CHECK(Fetch(request).body == std::to_string(size) + " slack");
    request.headers.Add("Transfer-Encoding", "chunked");
    CHECK(Fetch(request).body == std::to_string(size) + " slack");
  }
}

TEST_CASE("a chunked body sent byte by byte is put together") {
  const auto server = StartServer(TestOptions(), Echo);
  RawClient client(server->port());
  const std::string bytes =
      "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n";
  for (const char byte : bytes) REQUIRE(client.Send(std::string_view(&byte, 1)));
  CHECK(client.ReadUntil("POST /p hello world\n").find("200 OK") != std::string::npos);
}

TEST_CASE("a form body becomes parameters") {
  const auto server = StartServer(TestOptions(), [](const auto& request, const Respond& respond) {
    std::string text;
    for (const Param& param : request->params) text += param.name + "=" + param.value + ";";
    respond(Text(text));
  });
  ClientRequest request;
  request.method = "POST";
  request.url = Url(*server, "/q?b=3");
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "a=1&b=%7B2%7D";
  CHECK(Fetch(request).body == "a=1;b={2};b=3;");
}

TEST_CASE("where a body may be no form it is left alone, and longer than a form may be") {
  HttpServerOptions options = TestOptions();
  options.max_form_bytes = 10;
  options.admit = [](const HttpRequest& head) {
    return BodyDecision{.may_be_form = head.path != "/lines"};
  };
  const auto server = StartServer(options, [](const auto& request, const Respond& respond) {
    respond(Text(std::to_string(request->params.size()) + " " + request->body));
  });
  ClientRequest request;
  request.method = "POST";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "a=1&b=%zz and more";
  request.url = Url(*server, "/lines?q=1");
  CHECK(Fetch(request).body == "1 a=1&b=%zz and more");
  request.url = Url(*server, "/q");
  CHECK(Fetch(request).status == 413);
}

TEST_CASE("Expect: 100-continue is answered before the body") {
  const auto server = StartServer(TestOptions(), Echo);
  RawClient client(server->port());
  client.Send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.ReadUntil("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("hello");
  CHECK(client.ReadUntil("POST /p hello\n").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("pipelined requests are answered in order, however their handlers finish") {
  std::mutex mutex;
  std::vector<std::thread> workers;
  const auto server = StartServer(TestOptions(), [&](const auto& request, const Respond& respond) {
    const std::lock_guard lock(mutex);
    workers.emplace_back([request, respond] { respond(Text(request->path + "\n")); });
  });
  RawClient client(server->port());
  std::string all;
  std::string want;
  for (int i = 0; i < 50; ++i) {
    all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  client.Send(all + "GET /end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string got = client.ReadAll();
  size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    CAPTURE(i);
    at = got.find("\r\n\r\n/" + std::to_string(i) + "\n", at);
    REQUIRE(at != std::string::npos);
  }
  CHECK(got.ends_with("/end\n"));
  server->Stop(kSecond);
  for (std::thread& worker : workers) worker.join();
}

TEST_CASE("HEAD gives the headers of GET and no body, and the connection goes on") {
  const auto server = StartServer(TestOptions(), Echo);
  RawClient client(server->port());
  client.Send("HEAD /abc HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string head = client.ReadUntil("\r\n\r\n");
  CHECK(head.find("Content-Length: 10\r\n") != std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
  client.Send("GET /abc HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK(client.ReadAll().ends_with("GET /abc\n"));
}

TEST_CASE("HTTP/1.0 connections close unless asked to stay") {
  const auto server = StartServer(TestOptions(), Echo);
  RawClient closing(server->port());
  closing.Send("GET /a HTTP/1.0\r\n\r\n");
  CHECK(closing.ReadAll().find("Connection: close\r\n") != std::string::npos);
  RawClient staying(server->port());
  staying.Send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(staying.ReadUntil("GET /a\n").find("Connection: keep-alive\r\n") != std::string::npos);
  staying.Send("GET /b HTTP/1.0\r\n\r\n");
  CHECK(staying.ReadAll().ends_with("GET /b\n"));
}

TEST_CASE("204 has neither body nor length") {
  const auto server = StartServer(
      TestOptions(), [](const auto&, const Respond& respond) { respond(Text("not sent", 204)); });
  RawClient client(server->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string got = client.ReadAll();
  CHECK(got.starts_with("HTTP/1.1 204 No Content\r\n"));
  CHECK(got.find("Content-Length") == std::string::npos);
  CHECK(got.ends_with("\r\n\r\n"));
}

TEST_CASE("line ends in a header value cannot make another header") {
  const auto server = StartServer(TestOptions(), [](const auto&, const Respond& respond) {
    HttpResponse response = Text("x");
    response.headers.Add("X-Echo", "a\r\nX-Evil: 1");
    respond(std::move(response));
  });
  const ClientResponse answer = Fetch(Url(*server, "/"));
  CHECK(answer.headers.Get("X-Echo") == "a  X-Evil: 1");
  CHECK_FALSE(answer.headers.Has("X-Evil"));
}

TEST_CASE("long answers are compressed for clients that take gzip, and only then") {
  const std::string text = [] {
    std::string out;
    for (int i = 0; i < 2000; ++i) out += "line " + std::to_string(i) + "\n";
    return out;
  }();
  const auto server = StartServer(TestOptions(), [&](const auto& request, const Respond& respond) {
    respond(Text(request->path == "/short" ? "short" : text));
  });
  const ClientResponse packed = Fetch(Url(*server, "/long"));
  CHECK(packed.headers.Get("Content-Encoding") == "gzip");
  CHECK(packed.headers.Get("Vary") == "Accept-Encoding");
  CHECK(packed.body == text);
  CHECK_FALSE(Fetch(Url(*server, "/short")).headers.Has("Content-Encoding"));
  ClientRequest plain;
  plain.url = Url(*server, "/long");
  plain.accept_compressed = false;
  CHECK_FALSE(Fetch(plain).headers.Has("Content-Encoding"));
  plain.headers = {{"Accept-Encoding", "gzip;q=0, identity"}};
  CHECK_FALSE(Fetch(plain).headers.Has("Content-Encoding"));
  CHECK(Fetch(plain).body == text);
}

TEST_CASE("a body source is streamed, chunked, compressed or to an HTTP/1.0 client") {
  const auto server = StartServer(TestOptions(), [](const auto&, const Respond& respond) {
    HttpResponse response;
    response.body_source = [i = 0](std::string& chunk) mutable {
      if (i % 3 != 0) chunk = "piece " + std::to_string(i) + "\n";  // some are empty
      return ++i < 1000;
    };
    respond(std::move(response));
  });
  std::string want;
  for (int i = 0; i < 1000; ++i) {
    if (i % 3 != 0) want += "piece " + std::to_string(i) + "\n";
  }
  ClientRequest request;
  request.url = Url(*server, "/");
  const ClientResponse packed = Fetch(request);
  CHECK(packed.headers.Get("Transfer-Encoding") == "chunked");
  CHECK(packed.headers.Get("Content-Encoding") == "gzip");
  CHECK(packed.body == want);
  request.accept_compressed = false;
  const ClientResponse plain = Fetch(request);
  CHECK_FALSE(plain.headers.Has("Content-Encoding"));
  CHECK(plain.body == want);
  RawClient old(server->port());
  old.Send("GET / HTTP/1.0\r\n\r\n");
  const std::string got = old.ReadAll();
  CHECK(got.substr(got.find("\r\n\r\n") + 4) == want);
}

TEST_CASE("a body source that ends with nothing, or is nothing at all, ends its body once") {
  const auto server = StartServer(TestOptions(), [](const auto& request, const Respond& respond) {
    HttpResponse response;
    response.body_source = [i = request->path == "/empty" ? 1 : 0](std::string& chunk) mutable {
      if (i == 0) chunk = "only\n";
      return i++ == 0;
    };
    respond(std::move(response));
  });
  RawClient client(server->port());
  client.Send("GET /one HTTP/1.1\r\nHost: h\r\n\r\nGET /empty HTTP/1.1\r\nHost: h\r\n\r\n");
  client.Send("GET /one HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  std::string got = client.ReadAll();
  std::string bodies;
  for (size_t end = 0; (end = got.find("\r\n\r\n")) != std::string::npos;) {
    const size_t next = got.find("HTTP/1.1", end);
    bodies += got.substr(end + 4, next - end - 4) + "|";
    got = next == std::string::npos ? "" : got.substr(next);
  }
  CHECK(bodies == "5\r\nonly\n\r\n0\r\n\r\n|0\r\n\r\n|5\r\nonly\n\r\n0\r\n\r\n|");
}

TEST_CASE("a handler may answer later from another thread; only the first answer counts") {
  std::thread worker;
  const auto server = StartServer(TestOptions(), [&](const auto&, const Respond& respond) {
    worker = std::thread([respond] {
      respond(Text("first"));
      respond(Text("second"));
    });
  });
  CHECK(Fetch(Url(*server, "/")).body == "first");
  worker.join();
}

TEST_CASE("a request that is dropped or whose handler throws gets 500") {
  const auto server = StartServer(TestOptions(), [](const auto& request, const Respond&) {
    if (request->path == "/throw") throw std::runtime_error("boom");
  });
  CHECK(Fetch(Url(*server, "/drop")).status == 500);
  CHECK(Fetch(Url(*server, "/drop")).body == "the request was dropped without an answer\n");
  CHECK(Fetch(Url(*server, "/throw")).status == 500);
}

TEST_CASE("a client that goes away while its request is handled cancels it") {
  Event handling;
  std::shared_ptr<HttpRequest> seen;
  Respond later;
  const auto server = StartServer(TestOptions(), [&](const auto& request, const Respond& respond) {
    seen = request;
    later = respond;
    handling.Set();
  });
  RawClient client(server->port());
  client.Send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(handling.WaitFor(5 * kSecond));
  CHECK_FALSE(seen->cancelled());
  client.Close();
  WaitUntil([&] { return seen->cancelled(); });
  later(Text("nobody reads this"));
}

TEST_CASE("an answer that comes after the server has gone is harmless") {
  Event handling;
  Respond later;
  std::shared_ptr<HttpRequest> seen;
  auto server = StartServer(TestOptions(), [&](const auto& request, const Respond& respond) {
    seen = request;
    later = respond;
    handling.Set();
  });
  RawClient client(server->port());
  client.Send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(handling.WaitFor(5 * kSecond));
  server.reset();
  CHECK(seen->cancelled());
  later(Text("too late"));
  CHECK(client.ReadAll().empty());
}

TEST_CASE("Stop finishes running requests, closes idle connections and refuses new ones") {
  Event handling;
  Respond later;
  const auto server = StartServer(TestOptions(), [&](const auto& request, const Respond& respond) {
    if (request->path == "/quick") return respond(Text("quick\n"));
    later = respond;
    handling.Set();
  });
  RawClient idle(server->port());
  idle.Send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.ReadUntil("quick\n");
  RawClient busy(server->port());
  busy.Send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(handling.WaitFor(5 * kSecond));
  std::thread stopper([&] { server->Stop(10 * kSecond); });
  CHECK(idle.ClosedWithin(5000));
  later(Text("slow but sure\n"));
  const std::string got = busy.ReadAll();
  CHECK(got.find("Connection: close\r\n") != std::string::npos);
  CHECK(got.ends_with("slow but sure\n"));
  busy.Close();
  stopper.join();
  CHECK_FALSE(RawClient(server->port()).connected());
}

}  // namespace
}  // namespace narfi::net
