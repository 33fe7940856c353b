// Heads of requests: how long they may be, and what that costs.
#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/net/support/raw_client.h"
#include "tests/net/support/test_server.h"

namespace narfi::net {
namespace {

// A budget that counts.
struct Budget {
  std::atomic<int64_t> used{0};
  std::atomic<int64_t> most{0};
  int64_t limit = INT64_MAX;

  void AddTo(HttpServerOptions& options) {
    options.reserve_head = [this](uint64_t bytes) {
      const int64_t count = static_cast<int64_t>(bytes);
      if (used.fetch_add(count) + count > limit) {
        used -= count;
        return false;
      }
      most = std::max(most.load(), used.load());
      return true;
    };
    options.release_head = [this](uint64_t bytes) { used -= static_cast<int64_t>(bytes); };
  }
};

// The length of the target, and of the body.
void Lengths(const std::shared_ptr<HttpRequest>& request, const Respond& respond) {
  respond(
      Text(std::to_string(request->target.size()) + "+" + std::to_string(request->body.size())));
}

std::string LongLine(size_t target_bytes, std::string_view method = "GET") {
  return std::string(method) + " /q?" + std::string(target_bytes - 3, 'x') + " HTTP/1.1\r\n";
}

TEST_CASE("headers over the limit get 431, just below it they pass") {
  HttpServerOptions options = TestOptions();
  options.max_header_bytes = 4096;
  const auto server = StartServer(options, Echo);
  const std::string line = "GET / HTTP/1.1\r\n";
  const std::string head = line + "Host: h\r\nConnection: close\r\nX: ";
  RawClient fits(server->port());
  fits.Send(head + std::string(4096 + line.size() - head.size() - 4, 'x') + "\r\n\r\n");
  CHECK(fits.ReadAll().starts_with("HTTP/1.1 200"));
  RawClient over(server->port());
  over.Send(head + std::string(4096 + line.size() - head.size() - 3, 'x') + "\r\n\r\n");
  const std::string got = over.ReadAll();
  CHECK(got.starts_with("HTTP/1.1 431"));
  CHECK(got.ends_with("the headers of the request are longer than 4096 bytes\n"));
}

TEST_CASE("a request line may be as long as the whole head, the headers may not") {
  constexpr std::string_view kRest = "Host: h\r\nConnection: close\r\n";
  HttpServerOptions options = TestOptions();
  options.max_head_bytes = 1 << 20;
  Budget budget;
  budget.AddTo(options);
  const auto server = StartServer(options, Lengths);
  struct Case {
    std::string sent;
    std::string_view status;
    std::string_view end;
  };
  const size_t fits = options.max_head_bytes - kRest.size() - 17;  // "GET  HTTP/1.1", line ends
  const std::string head(kRest);
  for (const Case& c :
       {Case{LongLine(100'000) + head + "\r\n", "200", "\r\n\r\n100000+0"},
        Case{LongLine(fits) + head + "\r\n", "200", "\r\n\r\n1048531+0"},
        Case{LongLine(fits + 1) + head + "\r\n", "431",
             "the head of the request is longer than 1048576 bytes\n"},
        Case{LongLine(5 << 20), "431", "the head of the request is longer than 1048576 bytes\n"},
        Case{LongLine(10) + head + "X: " + std::string(70'000, 'x') + "\r\n\r\n", "431",
             "the headers of the request are longer than 65536 bytes\n"},
        Case{LongLine(200'000) + head + "X: " + std::string(60'000, 'x') + "\r\n\r\n", "200",
             "200000+0"},
        Case{LongLine(200'000, "POST") + head + "Content-Length: 100000\r\n\r\n" +
                 std::string(100'000, 'b'),
             "200", "200000+100000"}}) {
    CAPTURE(c.sent.size());
    RawClient client(server->port());
    client.Send(c.sent);
    const std::string got = client.ReadAll();
    CHECK(got.starts_with("HTTP/1.1 " + std::string(c.status)));
    CHECK(got.ends_with(c.end));
    WaitUntil([&] { return budget.used == 0; });
  }
  CHECK(budget.most > 2'900'000);
}

TEST_CASE("long heads come out of the budget, short ones need nothing of it") {
  HttpServerOptions options = TestOptions();
  options.max_head_bytes = 1 << 20;
  Budget budget;
  budget.limit = 4 << 20;
  budget.AddTo(options);
  const auto server = StartServer(options, Lengths);
  std::vector<std::unique_ptr<RawClient>> clients;
  size_t refused = 0;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawClient>(server->port()));
    const int64_t before = budget.used;
    clients.back()->Send(LongLine(300'000).substr(0, 299'000));
    if (before + 1'000'000 < budget.limit) {
      WaitUntil([&] { return budget.used > before + 1'000'000; });
      continue;
    }
    const std::string got = clients.back()->ReadAll();
    CHECK(got.starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
    CHECK(got.ends_with("the memory for requests is used up at the moment; try again\n"));
    ++refused;
  }
  CHECK(refused == 17);
  CHECK(budget.most <= budget.limit);
  RawClient small(server->port());
  small.Send(LongLine(60'000) + "Host: h\r\nConnection: close\r\n\r\n");
  CHECK(small.ReadAll().ends_with("60000+0"));
  clients.clear();
  WaitUntil([&] { return budget.used == 0; });
}

TEST_CASE("what waits behind a long head is held for as long as it is paid for") {
  HttpServerOptions options = TestOptions();
  options.max_head_bytes = 1 << 20;
  Budget budget;
  budget.AddTo(options);
  std::mutex mutex;
  std::vector<Respond> waiting;
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return waiting.size();
  };
  const auto server = StartServer(options, [&](const auto&, const Respond& respond) {
    const std::lock_guard lock(mutex);
    waiting.push_back(respond);
  });
  const auto answer = [&] {
    const std::lock_guard lock(mutex);
    waiting.back()(Text("done"));
  };
  const std::string next = LongLine(150'000) + "Host: h\r\n\r\n";
  RawClient client(server->port());
  client.Send(LongLine(400'000) + "Host: h\r\n\r\n" + next + LongLine(20) +
              "Host: h\r\nConnection: close\r\n\r\n");
  WaitUntil([&] { return count() == 1; });
  // Target and params, and the buffer of what waits.
  WaitUntil([&] { return budget.used > 700'000; });
  answer();
  WaitUntil([&] { return count() == 2; });
  WaitUntil([&] { return budget.used < 300'000; });
  answer();
  WaitUntil([&] { return count() == 3; });
  WaitUntil([&] { return budget.used == 0; });
  answer();
  CHECK(client.ReadAll().ends_with("done"));
}

}  // namespace
}  // namespace narfi::net
