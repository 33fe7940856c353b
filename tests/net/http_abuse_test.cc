// What clients do wrong, by accident or on purpose, and what it costs the server.
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "net/http_client.h"
#include "tests/net/support/raw_client.h"
#include "tests/net/support/test_server.h"

namespace narfi::net {
namespace {

struct BadCase {
  std::string_view bytes;
  std::string_view want_line;
  std::string_view want_text;
};

constexpr BadCase kBadCases[] = {
    {"hello\r\n\r\n", "HTTP/1.1 400 Bad Request", "this is no HTTP/1.1 request: "},
    {"\x16\x03\x01\x02\x01\x01\x01\x01\r\n", "HTTP/1.1 400 Bad Request",
     "this is no HTTP/1.1 request: "},
    {"GET / HTTP/2.0\r\n\r\n", "HTTP/1.1 400 Bad Request", "this is no HTTP/1.1 request: "},
    {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request", "the Host header is missing\n"},
    {"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 400 Bad Request",
     "invalid URL escape \"%zz\"\n"},
    {"GET / HTTP/1.1\r\nHost: h\r\nBad Header: x\r\n\r\n", "HTTP/1.1 400 Bad Request",
     "this is no HTTP/1.1 request: "},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400 Bad Request",
     "this is no HTTP/1.1 request: "},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
     "HTTP/1.1 400 Bad Request", "this is no HTTP/1.1 request: "},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
     "HTTP/1.1 400 Bad Request", "this is no HTTP/1.1 request: "},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
     "HTTP/1.1 501 Not Implemented", "of transfer encodings only \"chunked\" is understood"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
     "HTTP/1.1 400 Bad Request", "this is no HTTP/1.1 request: bad chunk"},
    {"POST / HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n", "HTTP/1.1 417 Expectation Failed",
     "only \"100-continue\" can be expected"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 314572800\r\n\r\n",
     "HTTP/1.1 413 Request Entity Too Large", "the request body is longer than 104857600 bytes\n"},
};

TEST_CASE("what is no HTTP gets one sentence, and the connection closes") {
  const auto server = StartServer(TestOptions(), Echo);
  for (const BadCase& c : kBadCases) {
    CAPTURE(std::string(c.bytes));
    RawClient client(server->port());
    client.Send(c.bytes);
    client.ShutdownSend();
    const std::string got = client.ReadAll();
    CHECK(got.starts_with(c.want_line));
    const size_t body = got.find("\r\n\r\n");
    REQUIRE(body != std::string::npos);
    CHECK(got.substr(body + 4).starts_with(c.want_text));
    CHECK(got.find("Connection: close\r\n") != std::string::npos);
    CHECK(got.ends_with("\n"));
  }
}

TEST_CASE("a client that sends a body too large reads its 413, also when it never looks up") {
  HttpServerOptions options = TestOptions();
  options.max_body_bytes = 1 << 20;
  std::atomic<int> handled{0};
  const auto server = StartServer(options, [&](const auto&, const Respond& respond) {
    ++handled;
    respond(Text("taken"));
  });
  const std::string megabyte(1 << 20, 'x');
  RawClient announced(server->port());
  announced.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 31457280\r\n\r\n");
  for (int i = 0; i < 30; ++i) REQUIRE(announced.Send(megabyte));
  CHECK(announced.ReadAll().starts_with("HTTP/1.1 413 "));
  RawClient chunked(server->port());
  chunked.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 30; ++i) REQUIRE(chunked.Send("100000\r\n" + megabyte + "\r\n"));
  CHECK(chunked.ReadAll().ends_with("the request body is longer than 1048576 bytes\n"));
  CHECK(handled == 0);
}

TEST_CASE("admit refuses before the body and sets the limit of a route") {
  HttpServerOptions options = TestOptions();
  options.admit = [](const HttpRequest& head) {
    BodyDecision decision;
    if (head.path == "/closed") decision = {503, "closed for today", 7, 0};
    if (head.path == "/small") decision.max_body_bytes = 3;
    return decision;
  };
  const auto server = StartServer(options, Echo);
  RawClient closed(server->port());
  closed.Send(
      "POST /closed HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  const std::string got = closed.ReadAll();
  CHECK(got.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK(got.find("Retry-After: 7\r\n") != std::string::npos);
  CHECK(got.ends_with("closed for today\n"));
  RawClient small(server->port());
  small.Send("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcd");
  CHECK(small.ReadAll().starts_with("HTTP/1.1 413 "));
}

TEST_CASE("bodies in flight stay within the budget, and every grant comes back") {
  std::atomic<int64_t> used{0};
  std::atomic<int64_t> most{0};
  constexpr int64_t kBudget = 4 << 20;
  constexpr int64_t kHalfGrant = 768 << 10;  // for half a megabyte and the slack, in 256 KiB steps
  HttpServerOptions options = TestOptions();
  options.reserve_body = [&](uint64_t bytes) {
    const int64_t after = used.fetch_add(static_cast<int64_t>(bytes)) + static_cast<int64_t>(bytes);
    if (after > kBudget) {
      used -= static_cast<int64_t>(bytes);
      return false;
    }
    if (after > most) most = after;
    return true;
  };
  options.release_body = [&](uint64_t bytes) { used -= static_cast<int64_t>(bytes); };
  {
    const auto server = StartServer(options, Echo);
    const std::string half(512 << 10, 'x');
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n";
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 1; i <= 5; ++i) {
      clients.push_back(std::make_unique<RawClient>(server->port()));
      clients.back()->Send(head + half);
      WaitUntil([&] { return used >= i * kHalfGrant; });
    }
    RawClient sixth(server->port());
    sixth.Send(head + half);
    CHECK(sixth.ReadAll().starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
    // One of the five leaves, and what it held lets another finish.
    clients[1]->Close();
    WaitUntil([&] { return used <= 4 * kHalfGrant; });
    clients.front()->Send(half);
    CHECK(clients.front()->ReadUntil("xx\n").starts_with("HTTP/1.1 200"));
    CHECK(most <= kBudget);
    CHECK(most > kBudget / 2);
  }
  CHECK(used == 0);
}

TEST_CASE("slow headers and slow bodies get 408 and block nobody") {
  HttpServerOptions options = TestOptions();
  options.header_timeout_ns = 300 * kMillisecond;
  options.body_timeout_ns = 300 * kMillisecond;
  const auto server = StartServer(options, Echo);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(std::make_unique<RawClient>(server->port()));
    slow.back()->Send(i % 2 == 0 ? "GET / HT"
                                 : "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nx");
  }
  ClientRequest request;
  request.url = Url(*server, "/quick");
  HttpClient client;
  const auto quick = client.Do(request);
  REQUIRE(quick.has_value());
  CHECK(quick->body == "GET /quick\n");
  for (size_t i = 0; i < slow.size(); ++i) {
    CAPTURE(i);
    const std::string got = slow[i]->ReadAll();
    CHECK(got.starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    CHECK(got.ends_with(i % 2 == 0 ? "the headers of the request took too long to arrive\n"
                                   : "the request body arrived too slowly\n"));
  }
}

TEST_CASE("a trickling body is cut by the rate, a steady one is not") {
  HttpServerOptions options = TestOptions();
  options.body_timeout_ns = 400 * kMillisecond;
  options.min_body_bytes_per_second = 1000;
  const auto server = StartServer(options, Echo);
  RawClient trickle(server->port());
  trickle.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  // Never 400 ms without a byte, but far below 1000 bytes a second: the sending side notices.
  std::string got;
  for (int i = 0; i < 100 && got.empty(); ++i) {
    trickle.Send("x");
    got = trickle.ReadUntil("\n", 50);
  }
  CHECK(got.starts_with("HTTP/1.1 408 "));
  RawClient steady(server->port());
  steady.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\n");
  for (int i = 0; i < 10; ++i) {
    steady.Send(std::string(1000, 'x'));
    CHECK(steady.ReadUntil("\n", i < 9 ? 100 : 5000).empty() == (i < 9));
  }
}

TEST_CASE("an idle connection is closed without a word") {
  HttpServerOptions options = TestOptions();
  options.header_timeout_ns = 200 * kMillisecond;
  options.idle_timeout_ns = 200 * kMillisecond;
  const auto server = StartServer(options, Echo);
  RawClient silent(server->port());
  CHECK(silent.ReadAll().empty());
  CHECK(silent.ClosedWithin(0));
  RawClient used(server->port());
  used.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(used.ReadAll().ends_with("GET /\n"));
  CHECK(used.ClosedWithin(0));
}

TEST_CASE("a client that does not read its answer is given up") {
  HttpServerOptions options = TestOptions();
  options.write_timeout_ns = 300 * kMillisecond;
  const auto server = StartServer(options, [](const auto&, const Respond& respond) {
    respond(Text(std::string(64 << 20, 'x')));
  });
  RawClient client(server->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  WaitUntil([&] { return server->connections() == 1; });
  WaitUntil([&] { return server->connections() == 0; });
  CHECK(client.ReadAll().size() < (64u << 20));
}

// Reads at most 64 KiB every 5 ms for three seconds, so that no single write waits for long, then
// the rest: how much came of 64 MiB.
size_t ReadSlowly(uint64_t min_bytes_per_second) {
  HttpServerOptions options = TestOptions();
  options.write_timeout_ns = kSecond;
  options.min_answer_bytes_per_second = min_bytes_per_second;
  const auto server = StartServer(options, [](const auto&, const Respond& respond) {
    respond(Text(std::string(64 << 20, 'x')));
  });
  RawClient client(server->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  WaitUntil([&] { return server->connections() == 1; });
  size_t got = 0;
  for (int i = 0; i < 600 && server->connections() == 1; ++i) {
    got += client.ReadUntil("x", 5).size();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return got + client.ReadAll().size();
}

TEST_CASE("an answer that is read too slowly is cut by the rate and not by the clock alone") {
  constexpr size_t kAll = 64 << 20;
  CHECK(ReadSlowly(1ull << 30) < kAll);
  CHECK(ReadSlowly(64 << 10) > kAll);
}

TEST_CASE("Stop waits for clients that read, and not for one that takes nothing") {
  HttpServerOptions options = TestOptions();
  options.drain_write_timeout_ns = kSecond;
  const auto server = StartServer(options, [](const auto&, const Respond& respond) {
    respond(Text(std::string(64 << 20, 'x')));
  });
  RawClient stalled(server->port());
  stalled.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  RawClient reading(server->port());
  reading.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  size_t got = reading.ReadUntil("x").size();
  WaitUntil([&] { return server->connections() == 2; });
  const int64_t begun = SystemClock().MonotonicNs();
  std::thread stopping([&] { server->Stop(20 * kSecond); });
  // A little of it each time, for twice as long as the other one has.
  while (SystemClock().MonotonicNs() < begun + 2 * kSecond) {
    got += reading.ReadUntil("x", 5).size();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  WaitUntil([&] { return server->connections() == 1; });
  got += reading.ReadAll().size();
  CHECK(got > (64u << 20));
  reading.Close();
  stopping.join();
  CHECK(SystemClock().MonotonicNs() < begun + 10 * kSecond);
}

TEST_CASE("Stop does not wait for what is left of a request") {
  HttpServerOptions options = TestOptions();
  options.header_timeout_ns = options.body_timeout_ns = 60 * kSecond;
  options.drain_write_timeout_ns = 300 * kMillisecond;
  const auto server = StartServer(
      options, [](const auto&, const Respond& respond) { respond(Text("answered\n")); });
  RawClient half_header(server->port());
  half_header.Send("GET / HTTP/1.1\r\nHost:");
  RawClient half_body(server->port());
  half_body.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  WaitUntil([&] { return server->connections() == 2; });
  const int64_t begun = SystemClock().MonotonicNs();
  server->Stop(20 * kSecond);
  CHECK(SystemClock().MonotonicNs() < begun + 10 * kSecond);
}

TEST_CASE("what the server itself answers is shown before it is sent") {
  HttpServerOptions options = TestOptions();
  options.max_header_bytes = 1000;
  options.max_body_bytes = 10;
  options.header_timeout_ns = 300 * kMillisecond;
  options.on_refusal = [](const HttpRequest& head, HttpResponse& refusal) {
    refusal.headers.Set(
        "X-Of", head.headers.Has("Name") ? std::string(head.headers.Get("Name")) : "nobody");
  };
  const auto server = StartServer(
      options, [](const auto&, const Respond& respond) { respond(Text("answered\n")); });
  struct Case {
    std::string sent;
    std::string_view status;
    std::string_view of;
  };
  const std::string long_header = "Long: " + std::string(3000, 'x') + "\r\n\r\n";
  for (const Case& c :
       {Case{"POST / HTTP/1.1\r\nHost: h\r\nName: a\r\nContent-Length: 11\r\n\r\n", "413", "a"},
        {"POST / HTTP/1.1\r\nHost: h\r\nName: b\r\nTransfer-Encoding: x\r\n\r\n", "501", "b"},
        {"GET / HTTP/1.1\r\nName: c\r\n" + long_header, "431", "c"},
        {"GET / HTTP/1.1\r\nName: d\r\n", "408", "nobody"},
        {"no request\r\n\r\n", "400", "nobody"}}) {
    CAPTURE(c.sent);
    RawClient client(server->port());
    client.Send(c.sent);
    const std::string got = client.ReadAll();
    CHECK(got.starts_with("HTTP/1.1 " + std::string(c.status)));
    CHECK(got.find("X-Of: " + std::string(c.of) + "\r\n") != std::string::npos);
  }
}

TEST_CASE("connections over the cap are told so") {
  HttpServerOptions options = TestOptions();
  options.max_connections = 3;
  const auto server = StartServer(options, Echo);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(server->port()));
    clients.back()->Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(clients.back()->ReadUntil("GET /\n").starts_with("HTTP/1.1 200"));
  }
  RawClient over(server->port());
  over.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string got = over.ReadAll();
  CHECK(got.starts_with("HTTP/1.1 503 "));
  CHECK(got.ends_with("the server has as many connections as it may; try again\n"));
}

TEST_CASE(
    "pipelined requests beyond what the server holds wait in the kernel and are all answered") {
  const auto server = StartServer(TestOptions(), Echo);
  RawClient client(server->port());
  const std::string one = "GET /" + std::string(2000, 'p') + " HTTP/1.1\r\nHost: h\r\n\r\n";
  std::string all;
  for (int i = 0; i < 200; ++i) all += one;
  REQUIRE(client.Send(all + "GET /end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  const std::string got = client.ReadAll();
  size_t answers = 0;
  for (size_t at = 0; (at = got.find("HTTP/1.1 200 OK", at)) != std::string::npos; ++at) ++answers;
  CHECK(answers == 201);
  CHECK(got.ends_with("GET /end\n"));
}

}  // namespace
}  // namespace narfi::net
