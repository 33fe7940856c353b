// Rows of many runs, read in one go, are what reading run by run gives.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "storage/row_group_writer.h"

namespace narfi::storage {
namespace {

constexpr uint32_t kStreams = 7;
constexpr ColumnSet kAll = Column::kTime | Column::kLine | Column::kMetadata;

std::shared_ptr<const StoredRowGroup> MakeGroup(std::mt19937_64& random) {
  std::vector<std::shared_ptr<const Labels>> streams;
  for (uint32_t s = 0; s < kStreams; ++s)
    streams.push_back(
        std::make_shared<const Labels>(std::vector<Label>{{"service", fmt::format("s{}", s)}}));
  std::sort(streams.begin(), streams.end(),
            [](const auto& a, const auto& b) { return a->Id() < b->Id(); });
  RowGroupWriter writer({1, 2}, {});
  for (const auto& labels : streams) {
    const uint64_t rows = 1 + random() % 900;
    int64_t time = static_cast<int64_t>(random() % 1'000'000);
    for (uint64_t i = 0; i < rows; ++i) {
      time += static_cast<int64_t>(random() % 50'000);
      const std::string line =
          fmt::format(R"({{"ts":"{}","level":"{}","n":{}}})", time, random() % 3, random() % 999);
      std::vector<MetadataPair> pairs = {{"detected_level", random() % 2 == 0 ? "info" : "warn"}};
      const std::string pod = fmt::format("pod-{}", random() % 40);
      if (random() % 3 == 0) pairs.push_back({"pod", pod});
      writer.Append(labels->Id(), labels, time, line, pairs);
    }
  }
  return writer.Finish("memory", nullptr);
}

void CheckEqual(const RowBatch& got, const RowBatch& want, ColumnSet columns) {
  REQUIRE(got.rows == want.rows);
  CHECK(got.times == want.times);
  CHECK(got.lines == want.lines);
  CHECK(got.times.size() == (Has(columns, Column::kTime) ? got.rows : 0));
  CHECK(got.lines.size() == (Has(columns, Column::kLine) ? got.rows : 0));
  CHECK(got.pair_offsets == want.pair_offsets);
  CHECK(got.pairs == want.pairs);
}

TEST_CASE("rows of many runs come as run by run") {
  std::mt19937_64 random(5);
  const auto group = MakeGroup(random);
  std::vector<RowBatch> whole;
  std::vector<uint32_t> run_of;
  for (uint32_t run = 0; run < kStreams; ++run) {
    const uint32_t rows = group->runs()[run].rows;
    REQUIRE(group->Read(run, 0, rows, kAll, whole.emplace_back()).has_value());
    run_of.insert(run_of.end(), rows, run);
  }
  for (int round = 0; round < 60; ++round) {
    // From single rows to long stretches, over the borders of runs.
    const uint64_t gap = round % 3 == 0 ? 1 : 1 + random() % 200;
    std::vector<uint32_t> rows;
    for (uint64_t row = random() % gap; row < run_of.size(); row += 1 + random() % gap)
      rows.push_back(static_cast<uint32_t>(row));
    const auto columns = static_cast<ColumnSet>(1 + random() % kAll);
    RowBatch want;
    if (Has(columns, Column::kMetadata)) want.pair_offsets.push_back(0);
    for (const uint32_t row : rows) {
      const RowBatch& from = whole[run_of[row]];
      const uint32_t place = row - group->runs()[run_of[row]].first_row;
      ++want.rows;
      if (Has(columns, Column::kTime)) want.times.push_back(from.times[place]);
      if (Has(columns, Column::kLine)) want.lines.push_back(from.lines[place]);
      if (!Has(columns, Column::kMetadata)) continue;
      const auto pairs = from.metadata(place);
      want.pairs.insert(want.pairs.end(), pairs.begin(), pairs.end());
      want.pair_offsets.push_back(static_cast<uint32_t>(want.pairs.size()));
    }
    CAPTURE(round);
    RowBatch got;
    REQUIRE(group->ReadRows(rows, columns, got).has_value());
    CheckEqual(got, want, columns);
    // As a reader without columns does it.
    REQUIRE(group->RowGroupReader::ReadRows(rows, columns, got).has_value());
    CheckEqual(got, want, columns);
  }
}

TEST_CASE("no rows are an empty batch") {
  std::mt19937_64 random(6);
  RowBatch batch;
  REQUIRE(MakeGroup(random)->ReadRows({}, kAll, batch).has_value());
  CHECK(batch.rows == 0);
  CHECK(batch.pair_offsets == std::vector<uint32_t>{0});
}

}  // namespace
}  // namespace narfi::storage
