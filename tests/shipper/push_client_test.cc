#include "shipper/push_client.h"

#include <doctest/doctest.h>
#include <snappy.h>

#include <algorithm>
#include <deque>
#include <set>
#include <thread>

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

// True when all of it is done with.
bool SendAll(PushClient& client, const Batch& batch) {
  std::vector<size_t> streams = AllStreams(batch);
  return client.Send(batch, streams) && streams.empty();
}

config::ClientSettings Settings() {
  config::ClientSettings settings;
  settings.url = "http://127.0.0.1:1/loki/api/v1/push";
  return settings;
}

TEST_CASE(
    "a push is snappy-compressed protobuf with the labels, external ones where there is none") {
  const std::string body = MakePushBody(*OneLine(), {0}, {{"a", "external"}, {"z", "ext"}}).bytes;
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
  CHECK(SendAll(client, *OneLine()));
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
    CHECK(SendAll(client, *OneLine()));
    CHECK(transport.bodies.size() == 1);
    CHECK(pause.waits.empty());
  }
}

std::shared_ptr<Batch> SomeStreams(const std::vector<std::string>& names, uint64_t number = 1) {
  auto batch = std::make_shared<Batch>();
  batch->number = number;
  for (const std::string& name : names) {
    const std::string line = name + std::to_string(number);
    batch->streams.push_back({{{"s", name}}, {{1'500'000'000, batch->arena.Copy(line)}}});
    ++batch->entries;
    batch->bytes += line.size();
  }
  return batch;
}

constexpr const char* kTooManyStreams =
    "maximum active stream limit exceeded when trying to create stream {}, reduce the number";

TEST_CASE(
    "streams are sent apart when the server speaks of its stream limit, and refused ones left") {
  ListTransport transport;
  transport.answers = {Answer(429, kTooManyStreams), Answer(204), Answer(429, kTooManyStreams),
                       Answer(204)};
  ListPause pause;
  PushClient client(Settings(), transport, pause, nullptr);
  const auto batch = SomeStreams({"a", "b", "c"});
  std::vector<size_t> streams = AllStreams(*batch);
  CHECK(client.Send(*batch, streams));
  CHECK(streams == std::vector<size_t>{1});
  REQUIRE(transport.bodies.size() == 4);
  CHECK(pause.waits.empty());
  CHECK(transport.bodies[2] == MakePushBody(*batch, {1}, {}).bytes);
}

TEST_CASE("streams are sent apart when 429 comes again and again, but not before") {
  ListTransport transport;
  for (int i = 0; i < PushClient::kTriesTogether; ++i) transport.answers.push_back(Answer(429));
  transport.answers.push_back(Answer(204));
  transport.answers.push_back(Answer(429));
  ListPause pause;
  PushClient client(Settings(), transport, pause, nullptr);
  const auto batch = SomeStreams({"a", "b"});
  std::vector<size_t> streams = AllStreams(*batch);
  CHECK(client.Send(*batch, streams));
  CHECK(streams == std::vector<size_t>{1});
  CHECK(transport.bodies.size() == PushClient::kTriesTogether + 2);
  CHECK(pause.waits.size() == PushClient::kTriesTogether - 1);
}

// Passes on what a hidden clock says.
class WaitingPause final : public Pause {
 public:
  WaitingPause(ManualClock& clock, int64_t ns) : clock_(clock), ns_(ns) {}
  bool Wait(int64_t) override {
    clock_.Advance(ns_);
    return true;
  }

 private:
  ManualClock& clock_;
  const int64_t ns_;
};

// The time and the line of the only entry.
std::pair<int64_t, std::string> OnlyEntry(const std::string& body) {
  std::string message;
  REQUIRE(snappy::Uncompress(body.data(), body.size(), &message));
  proto::WireReader request(message);
  REQUIRE(request.Next());
  proto::WireReader stream(request.Bytes());
  REQUIRE(stream.Next());
  stream.Bytes();  // the labels
  REQUIRE(stream.Next());
  proto::WireReader entry(stream.Bytes());
  REQUIRE(entry.Next());
  proto::WireReader time(entry.Bytes());
  int64_t ns = 0;
  while (time.Next()) {
    ns += static_cast<int64_t>(time.Varint()) * (time.field() == 1 ? kSecond : 1);
  }
  REQUIRE(entry.Next());
  return {ns, std::string(entry.Bytes())};
}

TEST_CASE("a line that waited until its time is too old is sent with the time of sending") {
  for (const bool configured : {false, true}) {
    CAPTURE(configured);
    ManualClock clock(kTestNowNs);
    ListTransport transport;
    transport.answers = {NoConnection(), NoConnection(), Answer(204)};
    WaitingPause pause(clock, kHour);
    PushClient client(Settings(), transport, pause, nullptr, clock, 2 * kHour);
    auto batch = std::make_shared<Batch>();
    batch->streams.push_back({{{"s", "x"}}, {{kTestNowNs - kMinute, "line", configured}}});
    if (!configured) batch->oldest_ns = kTestNowNs - kMinute;
    CHECK(SendAll(client, *batch));
    REQUIRE(transport.bodies.size() == 3);
    // An hour later it is 61 minutes old, after two it is too old.
    CHECK(OnlyEntry(transport.bodies[1]) == std::pair(kTestNowNs - kMinute, std::string("line")));
    CHECK(OnlyEntry(transport.bodies[2]).first ==
          (configured ? kTestNowNs - kMinute : kTestNowNs + 2 * kHour));
  }
}

TEST_CASE("429 drops the batch where the configuration says so") {
  ListTransport transport;
  transport.answers = {Answer(429)};
  ListPause pause;
  config::ClientSettings settings = Settings();
  settings.drop_rate_limited_batches = true;
  PushClient client(settings, transport, pause, nullptr);
  CHECK(SendAll(client, *OneLine()));
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
  CHECK_FALSE(SendAll(client, *OneLine()));
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
  CHECK(SendAll(asked, *OneLine()));
  CHECK(pause.waits[0] >= 7 * kSecond);
}

TEST_CASE("a server that is not there is asked again within ten seconds") {
  ListTransport transport;
  transport.answers = {NoConnection()};
  ListPause pause;
  pause.stop_after = 100;
  PushClient client(Settings(), transport, pause, nullptr);
  CHECK_FALSE(SendAll(client, *OneLine()));
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
  CHECK(SendAll(client, *OneLine()));
  CHECK(SendAll(client, *OneLine("target")));
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

// A server that takes the lines of some streams only.
class PickyTransport final : public net::HttpTransport {
 public:
  struct State {
    Mutex mutex;
    std::set<std::string> allowed GUARDED_BY(mutex);
    std::vector<std::string> taken GUARDED_BY(mutex);
  };
  explicit PickyTransport(State& state) : state_(state) {}

  // Like the real one it takes what it can of a push before it complains of the rest.
  Result<net::ClientResponse> Do(const net::ClientRequest& request) override {
    std::string message;
    CHECK(snappy::Uncompress(request.body.data(), request.body.size(), &message));
    MutexLock lock(state_.mutex);
    bool refused = false;
    for (proto::WireReader push(message); push.Next();) {
      proto::WireReader stream(push.Bytes());
      stream.Next();
      const std::string labels(stream.Bytes());
      if (state_.allowed.count(labels) == 0) {
        refused = true;
        continue;
      }
      while (stream.Next()) {
        proto::WireReader entry(stream.Bytes());
        while (entry.Next()) {
          const std::string_view bytes = entry.Bytes();
          if (entry.field() == 2) state_.taken.emplace_back(bytes);
        }
      }
    }
    return refused ? Answer(429, kTooManyStreams) : Answer(204);
  }

 private:
  State& state_;
};

TEST_CASE("what a server refuses for its stream limit waits, in order, and all else goes on") {
  PickyTransport::State server;
  {
    MutexLock lock(server.mutex);
    server.allowed = {R"({s="a"})", R"({s="b"})"};
  }
  config::ClientSettings settings = Settings();
  settings.min_backoff_ns = settings.max_backoff_ns = kMillisecond;
  Delivery delivery(
      {settings}, [&] { return std::make_unique<PickyTransport>(server); }, [] {});
  delivery.Offer(SomeStreams({"a", "x", "b"}, 1));
  delivery.Offer(SomeStreams({"x", "y"}, 2));
  delivery.Offer(SomeStreams({"a"}, 3));
  delivery.WaitIdle(20 * kSecond);
  CHECK(delivery.idle());
  CHECK(delivery.TakeDone() == std::vector<uint64_t>{3});
  const std::vector<HeldBatch> held = delivery.TakeHeld();
  REQUIRE(held.size() == 2);
  CHECK(held[0].number == 1);
  CHECK(held[0].streams == std::vector<size_t>{1});
  CHECK(held[1].number == 2);
  CHECK(held[1].streams == std::vector<size_t>{0, 1});
  CHECK(delivery.cost_bytes() == 0);
  CHECK(delivery.held_bytes() > 0);
  CHECK(delivery.held_bytes() < 4096);
  {
    MutexLock lock(server.mutex);
    CHECK(std::count(server.taken.begin(), server.taken.end(), "a3") == 1);
    server.taken.clear();
    server.allowed.insert(R"({s="x"})");
    server.allowed.insert(R"({s="y"})");
  }
  std::vector<uint64_t> done;
  for (int i = 0; i < 2000 && done.size() < 2; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    for (const uint64_t number : delivery.TakeDone()) done.push_back(number);
  }
  CHECK(done == std::vector<uint64_t>{1, 2});
  CHECK(delivery.held_bytes() == 0);
  MutexLock lock(server.mutex);
  CHECK(server.taken == std::vector<std::string>{"x1", "x2", "y2"});
}

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
