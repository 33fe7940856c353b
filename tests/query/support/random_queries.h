// Random data and random queries over it, in the words that both use.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/query/support/memory_source.h"

namespace narfi::query_test {

class RandomWorld {
 public:
  explicit RandomWorld(uint32_t seed) : random_(seed) {}

  std::vector<TestStream> Streams();
  std::string LogQuery();
  std::string MetricQuery();
  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }

 private:
  std::string Pick(const std::vector<std::string>& from) {
    return from[Below(static_cast<uint32_t>(from.size()))];
  }
  TestEntry Entry(int64_t time_ns);
  std::string Line();
  std::string TrickyJson();
  std::string Selector();
  std::string Pipeline();
  std::string Stage();
  std::string Template();
  std::string Filter(int depth);
  std::string RangeQuery();
  std::string Grouping();

  std::mt19937 random_;
};

}  // namespace narfi::query_test
