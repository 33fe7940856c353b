#include "base/allocator.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace narfi {
namespace {

TEST_CASE("live memory is what is allocated, and no more what is freed") {
  constexpr uint64_t kSize = 64 << 20;
  const uint64_t before = LiveHeapBytes();
  auto block = std::make_unique<std::string>(kSize, 'x');
  const uint64_t with = LiveHeapBytes();
  CHECK(with >= before + kSize);
  block.reset();
  CHECK(LiveHeapBytes() < with - kSize / 2);
}

#if defined(__GLIBC__) && !defined(NARFI_SANITIZED)
TEST_CASE("memory that was freed in pieces is given back, and looked at once in a second") {
  constexpr size_t kPieces = 200'000;
  constexpr uint64_t kSlack = 64 << 20;
  ManualClock clock(1);
  SpareMemory spare(clock, kSlack);
  std::vector<std::unique_ptr<std::string>> pieces;
  for (size_t i = 0; i < kPieces; ++i) pieces.push_back(std::make_unique<std::string>(1000, 'x'));
  CHECK_FALSE(spare.Look());  // all of it is in use
  // What stays lies between what goes.
  for (size_t i = 0; i < kPieces; ++i) {
    if (i % 64 != 0) pieces[i].reset();
  }
  REQUIRE(ResidentBytes() > LiveHeapBytes() + kSlack);
  CHECK_FALSE(spare.Look());
  clock.Advance(1'000'000'000);
  CHECK(spare.Look());
  CHECK(ResidentBytes() < LiveHeapBytes() + kSlack);
  clock.Advance(1'000'000'000);
  CHECK_FALSE(spare.Look());
}
#endif

}  // namespace
}  // namespace narfi
