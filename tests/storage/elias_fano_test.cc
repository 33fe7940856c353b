#include "storage/elias_fano.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace narfi::storage {
namespace {

using Numbers = std::vector<uint64_t>;
constexpr uint64_t kMost = UINT64_MAX;

void CheckBorder(const EliasFano& made, const Numbers& numbers, uint64_t border) {
  const auto want = std::lower_bound(numbers.begin(), numbers.end(), border) - numbers.begin();
  CAPTURE(border);
  REQUIRE(made.CountBelow(border) == static_cast<uint32_t>(want));
}

void Check(const Numbers& numbers) {
  std::string bytes = "before";
  AppendEliasFano(bytes, numbers);
  bytes += "behind";
  std::string_view rest = std::string_view(bytes).substr(6);
  EliasFano made;
  REQUIRE(made.Open(rest, numbers.front(), numbers.back(), static_cast<uint32_t>(numbers.size())));
  REQUIRE(rest == "behind");
  REQUIRE(made.count() == numbers.size());
  for (uint32_t i = 0; i < numbers.size(); ++i) REQUIRE(made.At(i) == numbers[i]);
  for (const uint64_t number : numbers) {
    CheckBorder(made, numbers, number);
    CheckBorder(made, numbers, number == 0 ? 0 : number - 1);
    CheckBorder(made, numbers, number == kMost ? kMost : number + 1);
  }
  CheckBorder(made, numbers, 0);
  CheckBorder(made, numbers, kMost);
  for (uint32_t first = 0; first < numbers.size(); first += 1 + first / 3) {
    const auto count = static_cast<uint32_t>(numbers.size()) - first - (first % 2);
    Numbers got;
    made.ForEach(first, count, [&](uint64_t number) { got.push_back(number); });
    REQUIRE(std::equal(got.begin(), got.end(), numbers.begin() + first,
                       numbers.begin() + first + count));
  }
  // Some of them, and each of those twice.
  for (uint32_t step = 1; step <= numbers.size(); step = step * 3 + 1) {
    std::vector<uint32_t> indexes;
    for (uint32_t i = step - 1; i < numbers.size(); i += step) indexes.insert(indexes.end(), 2, i);
    Numbers got(indexes.size());
    made.ForEachOf(indexes, [&](size_t i, uint64_t number) { got[i] = number; });
    for (size_t i = 0; i < indexes.size(); ++i) REQUIRE(got[i] == numbers[indexes[i]]);
  }
}

TEST_CASE("ascending numbers come back, and borders are where they are") {
  Check({0});
  Check({kMost});
  Check({7, 7, 7, 7});
  Check({0, kMost});
  Check({0, 0, kMost, kMost});
  Check({kMost - 1, kMost});
  Check({0, 1, 2, 3, 4, 5, 6, 7, 8});
  Check({0, 1, kMost - 1, kMost});
  Check({1, uint64_t{1} << 63, (uint64_t{1} << 63) + 1, kMost});
  Check(Numbers(200, 5));
}

TEST_CASE("so do random ones, dense and sparse, with equal ones among them") {
  std::mt19937_64 random(4);
  for (const unsigned bits : {0u, 1u, 3u, 8u, 20u, 33u, 56u, 60u, 63u, 64u}) {
    for (const size_t count : {1, 2, 63, 64, 65, 700}) {
      Numbers numbers;
      for (size_t i = 0; i < count; ++i) {
        const uint64_t any = random();
        numbers.push_back(bits == 0 ? 0 : any >> (64 - bits));
        if (random() % 5 == 0) numbers.back() = numbers[random() % numbers.size()];
      }
      std::sort(numbers.begin(), numbers.end());
      CAPTURE(bits);
      CAPTURE(count);
      Check(numbers);
    }
  }
}

TEST_CASE("one far away leaves the near ones in place") {
  Numbers numbers;
  for (uint64_t i = 0; i < 500; ++i) numbers.push_back(i / 3);
  numbers.push_back(uint64_t{1} << 50);
  Check(numbers);
}

TEST_CASE("bytes that are no such numbers are refused") {
  std::string bytes;
  const Numbers numbers = {3, 900, 901, 4000};
  AppendEliasFano(bytes, numbers);
  EliasFano made;
  const auto open = [&](std::string_view from, uint64_t first, uint64_t last, uint32_t count) {
    return made.Open(from, first, last, count);
  };
  CHECK(open(bytes, 3, 4000, 4));
  CHECK_FALSE(open(bytes, 3, 4000, 0));
  CHECK_FALSE(open(bytes, 4000, 3, 4));
  CHECK_FALSE(open(bytes, 3, 4000, 5));
  CHECK_FALSE(open(bytes.substr(0, bytes.size() - 1), 3, 4000, 4));
  CHECK_FALSE(open({}, 3, 4000, 4));
  std::string more = bytes;
  more.back() = '\xFF';  // more ones than numbers
  CHECK_FALSE(open(more, 3, 4000, 4));
  CHECK_FALSE(open(std::string(bytes.size(), '\0'), 3, 4000, 4));
}

}  // namespace
}  // namespace narfi::storage
