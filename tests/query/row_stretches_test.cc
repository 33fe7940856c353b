#include "query/exec/row_stretches.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "tests/query/support/columnar_group.h"

namespace narfi::query_test {
namespace {

TEST_CASE("Stretches of rows are those of rows one by one, with few borders and with many") {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    TestStream stream;
    stream.labels = Labels(std::vector<Label>{{"app", "x"}});
    int64_t time = 0;
    for (int i = 0; i < 400; ++i) {
      time += random() % 3 == 0 ? static_cast<int64_t>(random() % 50) : 0;
      stream.entries.push_back({time, "line", {}});
    }
    const auto group = MakeColumnarGroup({stream}, {}, std::make_shared<ReadCounts>());
    const storage::RunRef run{group, 0, 0};
    query::ScanUnit unit;
    unit.runs.emplace_back(run);
    query::GroupScan::Range range{&unit, static_cast<uint32_t>(random() % 100), 0};
    range.end = range.begin + static_cast<uint32_t>(random() % 300);
    const int64_t step = 1 + static_cast<int64_t>(random() % (round % 2 == 0 ? 20 : 2000));
    const query::Windows windows{
        {static_cast<int64_t>(random() % 3000), step, 1 + static_cast<int64_t>(random() % 50)},
        1 + static_cast<int64_t>(random() % (3 * step)),
        static_cast<int64_t>(random() % 100)};
    std::vector<query::Stretch> got;
    REQUIRE(query::CutAtBorders(range, windows, got).has_value());
    uint32_t at = range.begin;
    for (const query::Stretch& stretch : got) {
      for (; at < stretch.begin; ++at) CHECK(windows.StepsOf(stream.entries[at].time_ns).empty());
      CHECK(stretch.begin < stretch.end);
      for (; at < stretch.end; ++at)
        CHECK(windows.StepsOf(stream.entries[at].time_ns) == stretch.steps);
    }
    for (; at < range.end; ++at) CHECK(windows.StepsOf(stream.entries[at].time_ns).empty());
    CHECK(at == range.end);
  }
}

}  // namespace
}  // namespace narfi::query_test
