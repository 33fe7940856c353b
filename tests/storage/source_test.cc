#include "storage/source.h"

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <tuple>

#include "storage/merged_rows.h"

namespace narfi::storage {
namespace {

struct Entry {
  int64_t time_ns;
  std::string line;
  std::string level;
  bool operator==(const Entry&) const = default;
};

// One run, rows as given.
class ListGroup final : public RowGroupReader {
 public:
  explicit ListGroup(std::vector<Entry> rows, std::string stream = "a") : rows_(std::move(rows)) {
    const auto labels = std::make_shared<const Labels>(std::vector<Label>{{"s", stream}});
    runs_.push_back({.id = labels->Id(),
                     .labels = labels,
                     .first_row = 0,
                     .rows = static_cast<uint32_t>(rows_.size()),
                     .min_time_ns = rows_.front().time_ns,
                     .max_time_ns = rows_.back().time_ns});
  }
  const std::vector<StreamRun>& runs() const override { return runs_; }
  std::string name() const override { return "list"; }
  Status Read(uint32_t, uint32_t first, uint32_t count, ColumnSet, RowBatch& out) const override {
    out.Clear();
    out.pair_offsets.push_back(0);
    for (uint32_t i = first; i < first + count; ++i) {
      out.times.push_back(rows_[i].time_ns);
      out.lines.push_back(rows_[i].line);
      out.pairs.push_back({"level", rows_[i].level});
      out.pair_offsets.push_back(static_cast<uint32_t>(out.pairs.size()));
    }
    out.rows = count;
    return {};
  }
  bool MayContain(uint32_t, std::string_view) const override { return true; }
  uint64_t ReadCost(uint32_t, ColumnSet) const override { return 0; }

 private:
  std::vector<Entry> rows_;
  std::vector<StreamRun> runs_;
};

RunRef Ref(std::vector<Entry> rows, const std::string& stream = "a") {
  return {std::make_shared<const ListGroup>(std::move(rows), stream), 0, 0};
}

std::vector<Entry> Merge(const std::vector<RunRef>& runs, int64_t start, int64_t end) {
  MergedRows rows(runs, start, end);
  std::vector<Entry> out;
  MergedRows::Row row;
  while (*rows.Next(row))
    out.push_back({row.time_ns, std::string(row.line), std::string(row.metadata[0].value)});
  return out;
}

TEST_CASE("runs of one stream that share a moment are marked alike, others not at all") {
  std::vector<RunRef> runs = {Ref({{1, "", ""}, {5, "", ""}}),
                              Ref({{5, "", ""}, {9, "", ""}}),
                              Ref({{10, "", ""}}),
                              Ref({{20, "", ""}, {40, "", ""}}),
                              Ref({{25, "", ""}}),
                              Ref({{30, "", ""}}),
                              Ref({{1, "", ""}, {50, "", ""}}, "b")};
  MarkOverlaps(runs);
  CHECK(runs[0].overlap != 0);
  CHECK(runs[0].overlap == runs[1].overlap);
  CHECK(runs[2].overlap == 0);
  CHECK(runs[3].overlap != runs[0].overlap);
  CHECK(runs[3].overlap == runs[4].overlap);
  CHECK(runs[3].overlap == runs[5].overlap);
  CHECK(runs[6].overlap == 0);
}

TEST_CASE("merged rows come by time, equal entries once, differing ones all") {
  const std::vector<RunRef> runs = {
      Ref({{1, "a", "i"}, {3, "x", "i"}, {3, "y", "i"}, {7, "z", "i"}}),
      Ref({{2, "b", "i"}, {3, "y", "i"}, {3, "y", "e"}, {8, "q", "i"}})};
  const std::vector<Entry> want = {{1, "a", "i"}, {2, "b", "i"}, {3, "x", "i"}, {3, "y", "i"},
                                   {3, "y", "e"}, {7, "z", "i"}, {8, "q", "i"}};
  CHECK(Merge(runs, INT64_MIN, INT64_MAX) == want);
  CHECK(Merge(runs, 2, 3) == std::vector<Entry>{{2, "b", "i"}});
  CHECK(Merge(runs, 9, 20).empty());
}

// Random runs of few times, lines and levels against a set: every distinct entry once, by time.
TEST_CASE("merged rows are the union of their runs") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::set<std::tuple<int64_t, std::string, std::string>> want;
    std::vector<RunRef> runs;
    const int64_t start = random() % 10;
    const int64_t end = start + 1 + random() % 30;
    for (uint32_t r = 0, count = 1 + random() % 6; r < count; ++r) {
      std::set<std::tuple<int64_t, std::string, std::string>> own;
      const int64_t base = random() % 20;
      for (uint32_t i = 0, rows = 1 + random() % 20; i < rows; ++i) {
        own.insert({base + random() % 12, std::string(1, static_cast<char>('a' + random() % 3)),
                    random() % 2 == 0 ? "i" : "e"});
      }
      std::vector<Entry> rows;
      for (const auto& [time, line, level] : own) {
        rows.push_back({time, line, level});
        if (time >= start && time < end) want.insert({time, line, level});
      }
      runs.push_back(Ref(std::move(rows)));
    }
    const auto got = Merge(runs, start, end);
    REQUIRE(got.size() == want.size());
    for (size_t i = 0; i < got.size(); ++i) {
      CHECK(want.contains({got[i].time_ns, got[i].line, got[i].level}));
      if (i > 0) CHECK(got[i - 1].time_ns <= got[i].time_ns);
    }
  }
}

TEST_CASE("a line and metadata that only look alike together are two entries") {
  const std::vector<RunRef> runs = {Ref({{1, "ab", "c"}}), Ref({{1, "a", "bc"}})};
  CHECK(Merge(runs, INT64_MIN, INT64_MAX).size() == 2);
}

}  // namespace
}  // namespace narfi::storage
