#include "base/allocator.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

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

}  // namespace
}  // namespace narfi
