#include "query/exec/sliding_fold.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace narfi::query {
namespace {

size_t appends = 0;

// A fold in which order and neighbourhood matter.
struct TextFold {
  std::string text;
  TextFold() = default;
  explicit TextFold(char sample) : text(1, sample) {}
  void Append(const TextFold& later) {
    ++appends;
    text += later.text;
  }
};

TEST_CASE("A sliding fold is the fold of each window, in the order of the samples") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    std::string samples(random() % 60, 'x');
    for (char& c : samples) c = static_cast<char>('a' + random() % 26);
    SlidingFold<TextFold, char> slide(std::span<const char>(samples.data(), samples.size()));
    size_t first = 0;
    size_t behind = 0;
    while (behind < samples.size() || first < behind) {
      behind = std::min(samples.size(), behind + random() % 9);
      first = std::min(behind, first + random() % 9);
      CHECK(slide.Move(first, behind).text == samples.substr(first, behind - first));
    }
  }
}

TEST_CASE("A sliding fold costs a few appends a sample, however wide its windows are") {
  constexpr size_t kSamples = 20'000;
  constexpr size_t kWidth = 5'000;
  struct CountFold {
    size_t count = 0;
    CountFold() = default;
    explicit CountFold(char) : count(1) {}
    void Append(const CountFold& later) {
      ++appends;
      count += later.count;
    }
  };
  const std::string samples(kSamples, 'x');
  SlidingFold<CountFold, char> slide(std::span<const char>(samples.data(), samples.size()));
  appends = 0;
  for (size_t behind = 1; behind <= kSamples; ++behind) {
    const size_t first = behind > kWidth ? behind - kWidth : 0;
    REQUIRE(slide.Move(first, behind).count == behind - first);
  }
  CHECK(appends <= 4 * kSamples);
}

}  // namespace
}  // namespace narfi::query
