#include "storage/visible_rows.h"

#include <doctest/doctest.h>

#include <random>

#include "storage/segment_reader.h"
#include "storage/segment_writer.h"
#include "tests/support/faulty_fs.h"

namespace narfi::storage {
namespace {

// A run with a row at each of these times, whose line is the number of the row.
struct StoredRun {
  explicit StoredRun(const std::vector<int64_t>& times) {
    SegmentFooter about;
    about.id = {1, 2};
    const auto writer = SegmentWriter::Create(*store, "t/d/x.seg", about, {});
    const auto labels = std::make_shared<const Labels>(std::vector<Label>{{"app", "web"}});
    for (size_t i = 0; i < times.size(); ++i)
      REQUIRE((*writer)->Append(labels->Id(), labels, times[i], std::to_string(i), {}).has_value());
    REQUIRE((*writer)->Commit().has_value());
    ref = {(*SegmentReader::Open(*store, "t/d/x.seg", nullptr))->groups().front(), 0, 0};
  }

  testing::FaultyFileSystem fs;
  std::unique_ptr<ObjectStore> store = MakeLocalObjectStore(fs, "/s");
  RunRef ref;
};

// The times of the rows that are left; checks what the parts say of themselves.
std::vector<int64_t> VisibleTimes(const RunRef& run, const std::vector<HiddenTimes>& hidden) {
  std::vector<RunRef> visible;
  REQUIRE(AppendVisible(run, hidden, visible).has_value());
  std::vector<int64_t> out;
  for (const RunRef& part : visible) {
    const StreamRun& info = part.info();
    CHECK(info.id == run.info().id);
    RowBatch batch;
    for (uint32_t first = 0; first < info.rows; first += batch.rows) {
      const uint32_t count = std::min(info.rows - first, kBatchRows);
      REQUIRE(part.group->Read(part.run, first, count, Column::kTime | Column::kLine, batch)
                  .has_value());
      if (first == 0) CHECK(batch.times.front() == info.min_time_ns);
      if (first + count == info.rows) CHECK(batch.times.back() == info.max_time_ns);
      out.insert(out.end(), batch.times.begin(), batch.times.end());
    }
  }
  return out;
}

TEST_CASE("what is visible of a run is its rows outside the hidden times") {
  std::mt19937 random(5);
  for (const size_t rows : {1U, 7U, 300U, 9000U}) {
    std::vector<int64_t> times;
    for (size_t i = 0; i < rows; ++i) times.push_back(static_cast<int64_t>(random() % (rows * 2)));
    std::sort(times.begin(), times.end());
    const StoredRun run(times);
    for (int i = 0; i < 60; ++i) {
      std::vector<HiddenTimes> hidden;
      for (size_t n = random() % 4; n > 0; --n) {
        const auto first = static_cast<int64_t>(random() % (rows * 2 + 4)) - 2;
        hidden.push_back({first, first + static_cast<int64_t>(random() % rows)});
      }
      if (i % 7 == 0) hidden.push_back({INT64_MIN, static_cast<int64_t>(random() % (rows * 2))});
      if (i % 9 == 0) hidden.push_back({static_cast<int64_t>(random() % (rows * 2)), INT64_MAX});
      std::vector<int64_t> want;
      for (const int64_t time : times) {
        if (std::none_of(hidden.begin(), hidden.end(), [&](const HiddenTimes& range) {
              return time >= range.first_ns && time <= range.last_ns;
            }))
          want.push_back(time);
      }
      CHECK(VisibleTimes(run.ref, hidden) == want);
    }
  }
}

TEST_CASE("a run of which nothing is hidden stays itself, and a part answers from no counts") {
  const StoredRun run({10, 20, 30, 40});
  const auto visible = [&](std::vector<HiddenTimes> hidden) {
    std::vector<RunRef> out;
    REQUIRE(AppendVisible(run.ref, hidden, out).has_value());
    MarkOverlaps(out);
    MarkParts(out);
    return out;
  };
  // Between two rows there is nothing to hide.
  for (const HiddenTimes range : {HiddenTimes{0, 9}, HiddenTimes{41, 50}, HiddenTimes{21, 29}}) {
    const auto whole = visible({range});
    REQUIRE(whole.size() == 1);
    CHECK(whole[0].group == run.ref.group);
    CHECK(whole[0].overlap == 0);
  }
  CHECK(visible({{10, 40}}).empty());
  const auto parts = visible({{20, 30}});
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].overlap != 0);
  CHECK(parts[1].overlap != 0);
  CHECK(parts[0].overlap != parts[1].overlap);
}

}  // namespace
}  // namespace narfi::storage
