#include "base/memory_share.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <vector>

namespace narfi {
namespace {

Status Refuse() { return Fail(Code::kDeadline, "waited long enough"); }
Status GoOn() { return {}; }

TEST_CASE("A share is given out, and given back") {
  const auto share = std::make_shared<MemoryShare>(100);
  {
    MemoryCharge charge(share);
    CHECK(charge.GrowTo(60, Refuse).has_value());
    CHECK(charge.GrowTo(30, Refuse).has_value());  // has it already
    CHECK(share->used_bytes() == 60);
    charge.ShrinkTo(10);
    CHECK(share->used_bytes() == 10);
  }
  CHECK(share->used_bytes() == 0);
}

TEST_CASE("One holder may go over the share, others wait as long as they are told") {
  const auto share = std::make_shared<MemoryShare>(100);
  MemoryCharge first(share);
  MemoryCharge second(share);
  REQUIRE(first.GrowTo(80, Refuse).has_value());
  REQUIRE(second.GrowTo(150, Refuse).has_value());  // over
  const auto refused = first.GrowTo(81, Refuse);
  REQUIRE(!refused.has_value());
  CHECK(refused.error().text == "waited long enough");
  second.ShrinkTo(10);
  CHECK(first.GrowTo(200, Refuse).has_value());  // its turn
}

TEST_CASE("What may not wait never goes over the share") {
  const auto share = std::make_shared<MemoryShare>(100);
  MemoryCharge first(share);
  MemoryCharge second(share);
  CHECK(first.TryGrowTo(90));
  CHECK_FALSE(second.TryGrowTo(11));
  CHECK(second.TryGrowTo(10));
  CHECK(second.TryGrowTo(5));  // has it already
  CHECK(share->used_bytes() == 100);
  MemoryCharge third(share);
  CHECK(third.GrowTo(20, Refuse).has_value());  // nobody is over yet
}

TEST_CASE("Who waits gets its turn when another gives back") {
  const auto share = std::make_shared<MemoryShare>(100);
  std::optional<MemoryCharge> holder;
  holder.emplace(share);
  REQUIRE(holder->GrowTo(1000, Refuse).has_value());
  MemoryCharge waiter(share);
  std::atomic<bool> asked = false;
  std::thread waiting([&] {
    CHECK(waiter
              .GrowTo(50,
                      [&] {
                        asked = true;
                        return GoOn();
                      })
              .has_value());
  });
  while (!asked) std::this_thread::yield();
  holder.reset();
  waiting.join();
  CHECK(share->used_bytes() == 50);
}

TEST_CASE("Many holders never stand still, and never hold more than the share and one of them") {
  constexpr uint64_t kLimit = 1000;
  constexpr uint64_t kMost = 800;
  const auto share = std::make_shared<MemoryShare>(kLimit);
  std::atomic<uint64_t> peak = 0;
  std::vector<std::thread> threads;
  for (uint32_t seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937 random(seed);
      for (int i = 0; i < 200; ++i) {
        MemoryCharge charge(share);
        for (uint64_t bytes = 0; bytes < kMost;) {
          bytes = std::min(kMost, bytes + 1 + random() % 400);
          CHECK(charge.GrowTo(bytes, GoOn).has_value());
          uint64_t seen = peak.load();
          const uint64_t used = share->used_bytes();
          while (used > seen && !peak.compare_exchange_weak(seen, used)) {
          }
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(share->used_bytes() == 0);
  CHECK(peak.load() <= kLimit + kMost);
}

}  // namespace
}  // namespace narfi
