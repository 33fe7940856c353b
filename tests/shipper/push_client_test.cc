#include "shipper/push_client.h"

#include <doctest/doctest.h>
#include <snappy.h>

#include <deque>

#include "base/clock.h"
#include "base/duration.h"
#include "proto/wire_reader.h"
#include "shipper/delivery.h"
#include "tests/shipper/support/rig.h"

namespace narfi::shipper {
namespace {

// Answers from a list; the last one for ever.
class ListTransport final : public net::HttpTransport {
 public:
  Result<net::ClientResponse> Do(const net::ClientRequest& request) override {
    bodies.emplace_back(request.body);
    headers.push_back(request.headers);
    Result<net::ClientResponse> answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return answer;
  }
  std::deque<Result<net::ClientResponse>> answers;
  std::vector<std::string> bodies;
  std::vector<net::Headers> headers;
};

class ListPause final : public Pause {
 public:
  bool Wait(int64_t ns) override {
    waits.push_back(ns);
    return waits.size() < stop_after;
  }
  std::vector<int64_t> waits;
  size_t stop_after = 1000;
};

net::ClientResponse Answer(int status, const std::string& body = "",
                           const std::string& retry_after = "") {
  net::ClientResponse response;
  response.status = status;
  response.body = body;
  if (!retry_after.empty()) response.headers.Set("Retry-After", retry_after);
  return response;
}

tl::unexpected<Error> NoConnection() {
  return Fail(Code::kUnavailable, "127.0.0.1:1: connection refused");
}

std::shared_ptr<Batch> OneLine(const std::string& tenant = "") {
  auto batch = std::make_shared<Batch>();
  batch->number = 1;
  batch->tenant = tenant;
  batch->streams.push_back({{{"a", "own"}, {"b", "x"}}, {}});
  batch->streams[0].entries.push_back({1'500'000'000, batch->arena.Copy("hello")});
  batch->entries = 1;
  batch->bytes = 5;
  return batch;
}

config::ClientSettings Settings() {
  config::ClientSettings settings;
  settings.url = "http://127.0.0.1:1/loki/api/v1/push";
  return settings;
}

TEST_CASE(
    "a push is snappy-compressed protobuf with the labels, external ones where there is none") {
  const std::string body = MakePushBody(*OneLine(), {{"a", "external"}, {"z", "ext"}});
  std::string message;
  REQUIRE(snappy::Uncompress(body.data(), body.size(), &message));
  proto::WireReader request(message);
  REQUIRE(request.Next());
  REQUIRE(request.field() == 1);
  proto::WireReader stream(request.Bytes());
  REQUIRE(stream.Next());
  CHECK(stream.Bytes() == R"({a="own", b="x", z="ext"})");
  REQUIRE(stream.Next());
  CHECK(stream.field() == 2);
  proto::WireReader entry(stream.Bytes());
  REQUIRE(entry.Next());
  proto::WireReader time(entry.Bytes());
  REQUIRE(time.Next());
  CHECK(time.Varint() == 1);
  REQUIRE(time.Next());
  CHECK(time.Varint() == 500'000'000);
  REQUIRE(entry.Next());
  CHECK(entry.Bytes() == "hello");
  CHECK_FALSE(entry.Next());
  CHECK_FALSE(request.Next());
}

TEST_CASE(
    "a batch is tried again until it is taken: no connection, 429, 5xx, timeouts, redirects") {
  ListTransport transport;
  transport.answers = {
      NoConnection(), Answer(429), Answer(500), Answer(503), Fail(Code::kDeadline, "late"),
      Answer(301),    Answer(204)};
  ListPause pause;
  PushClient client(Settings(), transport, pause, nullptr);
  CHECK(client.Send(*OneLine()));
  CHECK(transport.bodies.size() == 7);
  CHECK(pause.waits.size() == 6);
  for (const std::string& body : transport.bodies) CHECK(body == transport.bodies[0]);
  CHECK(transport.headers[0].Get("Content-Type") == "application/x-protobuf");
  CHECK_FALSE(transport.headers[0].Has("X-Scope-OrgID"));
}

TEST_CASE("other answers drop the batch without another try") {
  for (const int status : {400, 401, 403, 404, 413, 422}) {
    CAPTURE(status);
    ListTransport transport;
    transport.answers = {Answer(status, "entry too far behind\n")};
    ListPause pause;
    PushClient client(Settings(), transport, pause, nullptr);
    CHECK(client.Send(*OneLine()));
    CHECK(transport.bodies.size() == 1);
    CHECK(pause.waits.empty());
  }
}

TEST_CASE("429 drops the batch where the configuration says so") {
  ListTransport transport;
  transport.answers = {Answer(429)};
  ListPause pause;
  config::ClientSettings settings = Settings();
  settings.drop_rate_limited_batches = true;
  PushClient client(settings, transport, pause, nullptr);
  CHECK(client.Send(*OneLine()));
  CHECK(pause.waits.empty());
}

TEST_CASE("pauses grow up to the longest one, never below what the server asks for") {
  ListTransport transport;
  transport.answers = {Answer(500)};
  ListPause pause;
  pause.stop_after = 200;
  config::ClientSettings settings = Settings();
  settings.min_backoff_ns = kSecond;
  settings.max_backoff_ns = kMinute;
  PushClient client(settings, transport, pause, nullptr);
  CHECK_FALSE(client.Send(*OneLine()));
  CHECK(pause.waits[0] <= kSecond);
  CHECK(pause.waits[1] <= 2 * kSecond);
  CHECK(pause.waits[2] <= 4 * kSecond);
  int64_t longest = 0;
  for (const int64_t ns : pause.waits) longest = std::max(longest, ns);
  CHECK(longest <= kMinute);
  CHECK(longest > 30 * kSecond);
  transport.answers = {Answer(429, "", "7"), Answer(204)};
  pause.waits.clear();
  PushClient asked(Settings(), transport, pause, nullptr);
  CHECK(asked.Send(*OneLine()));
  CHECK(pause.waits[0] >= 7 * kSecond);
}

TEST_CASE("a server that is not there is asked again within ten seconds") {
  ListTransport transport;
  transport.answers = {NoConnection()};
  ListPause pause;
  pause.stop_after = 100;
  PushClient client(Settings(), transport, pause, nullptr);
  CHECK_FALSE(client.Send(*OneLine()));
  for (const int64_t ns : pause.waits) CHECK(ns <= 10 * kSecond);
}

TEST_CASE("the tenant is the target's, else the client's") {
  ListTransport transport;
  transport.answers = {Answer(204)};
  ListPause pause;
  config::ClientSettings settings = Settings();
  settings.tenant_id = "client";
  settings.headers = {{"X-More", "1"}};
  PushClient client(settings, transport, pause, nullptr);
  CHECK(client.Send(*OneLine()));
  CHECK(client.Send(*OneLine("target")));
  CHECK(transport.headers[0].Get("X-Scope-OrgID") == "client");
  CHECK(transport.headers[1].Get("X-Scope-OrgID") == "target");
  CHECK(transport.headers[1].Get("X-More") == "1");
}

// Two clients, one of which hangs until the test lets it go.
class GateTransport final : public net::HttpTransport {
 public:
  explicit GateTransport(std::atomic<bool>& open) : open_(open) {}
  Result<net::ClientResponse> Do(const net::ClientRequest&) override {
    return open_.load() ? Result<net::ClientResponse>(Answer(204)) : NoConnection();
  }

 private:
  std::atomic<bool>& open_;
};

TEST_CASE(
    "a batch is done when every client is done with it, and a stop leaves undone what is undone") {
  std::atomic<bool> first = true;
  std::atomic<bool> second = false;
  int made = 0;
  config::ClientSettings settings = Settings();
  settings.min_backoff_ns = settings.max_backoff_ns = kMillisecond;
  Delivery delivery(
      {settings, settings},
      [&]() -> std::unique_ptr<net::HttpTransport> {
        return std::make_unique<GateTransport>(made++ == 0 ? first : second);
      },
      [] {});
  delivery.Offer(OneLine());
  delivery.WaitIdle(50 * kMillisecond);
  CHECK_FALSE(delivery.idle());
  CHECK(delivery.cost_bytes() > 0);
  CHECK(delivery.TakeDone().empty());
  second = true;
  delivery.WaitIdle(20 * kSecond);
  CHECK(delivery.idle());
  CHECK(delivery.cost_bytes() == 0);
  CHECK(delivery.TakeDone() == std::vector<uint64_t>{1});
  second = false;
  auto next = OneLine();
  next->number = 2;
  delivery.Offer(next);
  delivery.Stop();
  CHECK(delivery.TakeDone().empty());
}

}  // namespace
}  // namespace narfi::shipper
