#include "query/exec/sort_runs.h"

#include <doctest/doctest.h>

#include <random>

#include "query/exec/quantile.h"

namespace narfi::query {
namespace {

TEST_CASE("Sorted pieces are merged as a stable sort would") {
  std::mt19937 random(1);
  const auto less = [](const auto& a, const auto& b) { return a.first < b.first; };
  for (int round = 0; round < 500; ++round) {
    std::vector<std::pair<uint32_t, size_t>> items;
    const uint32_t pieces = random() % 8;
    for (uint32_t piece = 0; piece < pieces; ++piece) {
      const size_t begin = items.size();
      for (uint32_t i = random() % 20; i > 0; --i) items.push_back({random() % 30, items.size()});
      std::stable_sort(items.begin() + static_cast<ptrdiff_t>(begin), items.end(), less);
    }
    auto want = items;
    std::stable_sort(want.begin(), want.end(), less);
    SortRuns(items, less);
    CHECK(items == want);
  }
}

TEST_CASE("A quantile lies between the two values around its rank") {
  CHECK(Quantile({3, 1, 2}, 0) == 1);
  CHECK(Quantile({3, 1, 2}, 1) == 3);
  CHECK(Quantile({3, 1, 2}, 0.5) == 2);
  CHECK(Quantile({4, 1, 2, 3}, 0.5) == 2.5);
  CHECK(Quantile({7}, 0.9) == 7);
}

}  // namespace
}  // namespace narfi::query
