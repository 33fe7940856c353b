#include "ingest/push_memory.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "base/duration.h"
#include "ingest/push_body.h"
#include "tests/ingest/push_support.h"

namespace narfi::ingest {
namespace {

constexpr uint64_t kMb = 1 << 20;

TEST_CASE("bodies share what there is and never wait") {
  const Clock& clock = SystemClock();
  PushMemory memory(10 * kMb, clock);
  CHECK(memory.TakeBody(6 * kMb));
  CHECK_FALSE(memory.TakeBody(5 * kMb));
  CHECK(memory.TakeBody(4 * kMb));
  memory.GiveBody(6 * kMb);
  CHECK(memory.TakeBody(5 * kMb));
  CHECK(memory.bytes() == 9 * kMb);
}

TEST_CASE("a large grant waits for room, one that is too large for the share passes alone") {
  const Clock& clock = SystemClock();
  PushMemory memory(10 * kMb, clock);
  REQUIRE(memory.TakeBody(2 * kMb));
  auto giant = memory.Take(100 * kMb, 0);
  REQUIRE(giant.has_value());
  CHECK_FALSE(memory.Take(kMb, 0).has_value());
  CHECK_FALSE(memory.Take(kMb, 20 * kMillisecond).has_value());
  CHECK(memory.Take(PushMemory::kSmallBytes, 0).has_value());
  giant.reset();
  auto first = memory.Take(5 * kMb, 0);
  CHECK(first.has_value());
  CHECK_FALSE(memory.Take(4 * kMb, 0).has_value());
  CHECK(memory.Take(3 * kMb, 0).has_value());
  first.reset();
  CHECK(memory.bytes() == 2 * kMb);
}

TEST_CASE("grants of many threads never pass the share together, and all are given back") {
  const Clock& clock = SystemClock();
  PushMemory memory(10 * kMb, clock);
  std::atomic<uint64_t> most = 0;
  std::atomic<uint64_t> out = 0;
  std::atomic<int> granted = 0;
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < 50; ++i) {
        const uint64_t bytes = (1 + (t * 7 + i) % 12) * kMb;
        const auto grant = memory.Take(bytes, 60 * kSecond);
        if (!grant) continue;
        ++granted;
        // One of more than the share is alone.
        const uint64_t now = out += bytes > 10 * kMb ? 10 * kMb : bytes;
        uint64_t known = most;
        while (known < now && !most.compare_exchange_weak(known, now)) {
        }
        std::this_thread::yield();
        out -= bytes > 10 * kMb ? 10 * kMb : bytes;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(granted == 400);
  CHECK(most <= 10 * kMb);
  CHECK(memory.bytes() == 0);
}

TEST_CASE("who waits is let go when it stops") {
  const Clock& clock = SystemClock();
  PushMemory memory(kMb, clock);
  const auto giant = memory.Take(100 * kMb, 0);
  std::thread waiter([&] { CHECK_FALSE(memory.Take(kMb, 600 * kSecond).has_value()); });
  memory.Stop();
  waiter.join();
}

std::string ManyEntries(size_t count) {
  std::string body = R"({"streams":[{"stream":{"a":"b"},"values":[["1",""])";
  for (size_t i = 1; i < count; ++i) body += R"(,["1",""])";
  return body + "]}]}";
}

struct PushCase {
  const char* name;
  PushRequest request;
};

TEST_CASE(
    "pushes of every kind are decoded within the share, or alone, and answered 429 when it is "
    "taken") {
  const Clock& clock = SystemClock();
  const std::string plain =
      R"({"streams":[{"stream":{"a":"b"},"values":[["1",")" + std::string(600'000, 'x') + "\"]]}]}";
  const std::string many = ManyEntries(100'000);
  const std::string packed = Deflated(plain, 31);
  const std::string many_packed = Deflated(many, 31);
  const std::string many_deflated = Deflated(many, -15);
  std::string proto_entries;
  for (int i = 0; i < 300'000; ++i) proto_entries += std::string("\x12\x00", 2);
  std::string proto = std::string("\x0a", 1);
  for (size_t n = proto_entries.size(); n > 0; n >>= 7)
    proto += static_cast<char>((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
  proto += proto_entries;
  const std::string proto_packed = Snappy(proto);
  const PushCase kCases[] = {
      {"json", {"application/json", "", plain}},
      {"json of many entries", {"application/json", "", many}},
      {"gzip", {"application/json", "gzip", packed}},
      {"gzip of many entries", {"application/json", "gzip", many_packed}},
      {"deflate of many entries", {"application/json", "deflate", many_deflated}},
      {"snappy of many entries", {"application/x-protobuf", "", proto_packed}},
  };
  for (const PushCase& c : kCases) {
    CAPTURE(c.name);
    PushMemory memory(kMb, clock);
    const auto want = Decode(c.request, {});
    {
      const auto alone = DecodeWithin(memory, 0, c.request, {});
      REQUIRE(alone.has_value() == want.has_value());
      if (alone) {
        CHECK(memory.bytes() > 0);
        CHECK(alone->batch.streams[0].entries.size() == want->streams[0].entries.size());
      } else {
        CHECK(alone.error().text == want.error().text);
      }
    }
    CHECK(memory.bytes() == 0);
    const auto other = memory.Take(kMb, 0);
    const auto refused = DecodeWithin(memory, 0, c.request, {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().status == 429);
    CHECK(refused.error().retry_after_seconds > 0);
    CHECK(memory.bytes() == kMb);
  }
}

TEST_CASE("a gzip body that lies about its size is read all the same") {
  const Clock& clock = SystemClock();
  PushMemory memory(kMb, clock);
  std::string body;
  // Two members: only the last one's size stands at the end.
  body += Deflated(
      R"({"streams":[{"stream":{"a":"b"},"values":[["1",")" + std::string(300'000, 'x'), 31);
  body += Deflated("\"]]}]}", 31);
  {
    const auto decoded = DecodeWithin(memory, 0, {"application/json", "gzip", body}, {});
    REQUIRE(decoded.has_value());
    CHECK(decoded->batch.streams[0].entries[0].line.size() == 300'000);
  }
  const auto refused =
      DecodeWithin(memory, 0, {"application/json", "gzip", body}, {100 << 20, 1000});
  CHECK(refused.error().status == 413);
}

}  // namespace
}  // namespace narfi::ingest
