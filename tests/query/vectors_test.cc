// The order of series.
#include "query/exec/vectors.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace narfi::query {
namespace {

TEST_CASE("series are in the order of their labels, whatever those begin with") {
  std::mt19937 random(7);
  const std::string names[] = {"a", "b"};
  const std::string begins[] = {
      "", "user-", "user-1", std::string("user-\0", 6), "\xff", "longer than eight "};
  for (int round = 0; round < 500; ++round) {
    std::vector<StepSeries> series;
    std::vector<LabelPairs> want;
    const bool is_one_name = random() % 2 == 0;
    for (uint32_t i = 0, n = random() % 30; i < n; ++i) {
      LabelPairs labels;
      if (is_one_name || random() % 8 != 0)
        labels.push_back({names[is_one_name ? 0 : random() % 2],
                          begins[random() % std::size(begins)] + std::to_string(random() % 30)});
      if (random() % 2 == 0) labels.push_back({"c", std::to_string(random() % 3)});
      want.push_back(labels);
      series.emplace_back(std::move(labels), 1);
      series.back().Set(0, i);
    }
    const std::vector<LabelPairs> before = want;
    std::sort(want.begin(), want.end());
    SortByLabels(series);
    REQUIRE(series.size() == want.size());
    for (size_t i = 0; i < want.size(); ++i) {
      CHECK(series[i].labels == want[i]);
      CHECK(series[i].labels == before[static_cast<size_t>(series[i].values[0])]);
    }
  }
}

}  // namespace
}  // namespace narfi::query
