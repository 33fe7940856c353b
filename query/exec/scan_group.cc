// Scanner: the single runs of a row group that has columns.
#include <algorithm>
#include <limits>
#include <queue>

#include "query/exec/group_reader.h"
#include "query/exec/scan.h"

namespace narfi::query {
namespace {

// Of a query with a limit; few batches are read to their end.
constexpr uint32_t kFirstBatch = 64;

// The best `capacity` times, and the worst of them.
class BestTimes {
 public:
  BestTimes(uint64_t capacity, bool forward) : capacity_(capacity), forward_(forward) {}

  bool full() const { return times_.size() >= capacity_; }
  int64_t worst() const { return forward_ ? times_.top() : -1 - times_.top(); }
  // False when the time, and all behind it, are no better than what is there.
  bool Add(int64_t time_ns) {
    const int64_t key = forward_ ? time_ns : -1 - time_ns;
    if (full() && key >= times_.top()) return false;
    times_.push(key);
    if (times_.size() > capacity_) times_.pop();
    return true;
  }

 private:
  const uint64_t capacity_;
  const bool forward_;
  std::priority_queue<int64_t> times_;  // backward: -1 - time, which cannot overflow
};

// Feeds `best` with the times of rows that surely pass, until they are no better.
Status AddTimes(const GroupScan& scan, const GroupScan::Range& range, Direction direction,
                BestTimes& best) {
  const bool forward = direction == Direction::kForward;
  std::vector<uint32_t> rows;
  ForEachRow(scan.sure(), range.begin, range.end, [&](uint32_t row) { rows.push_back(row); });
  const auto& group = range.unit->runs.front()->group;
  storage::RowBatch batch;
  size_t count = kFirstBatch;
  for (size_t given = 0; given < rows.size(); given += count, count *= 4) {
    count = std::min(count, rows.size() - given);
    const auto next = std::span(rows).subspan(forward ? given : rows.size() - given - count, count);
    NARFI_TRY(group->ReadRows(next, storage::ColumnSet{} | storage::Column::kTime, batch));
    if (!forward) std::reverse(batch.times.begin(), batch.times.end());
    for (const int64_t time : batch.times) {
      if (!best.Add(time)) return {};
    }
  }
  return {};
}

}  // namespace

Status Scanner::ScanGroup(const ScanTask& task, std::shared_ptr<const storage::Columnar> columnar,
                          ScanSink& sink) {
  NARFI_ASSIGN(const auto scan, GroupScan::Make(plan_, task, std::move(columnar)));
  NARFI_ASSIGN(const bool taken, sink.TakeColumns(*scan));
  CountGroup(*scan, taken);
  storage::RowSet rows = scan->alive();
  if (taken) {
    if (scan->all_sure()) return {};
    rows -= scan->sure();
  } else if (sink.capacity() < scan->sure().count()) {
    NARFI_TRY(KeepFirst(*scan, sink.capacity(), rows));
  }
  const bool is_limited = sink.capacity() != UINT64_MAX;
  GroupReader reader(*scan, rows, plan_.eager_columns(),
                     is_limited ? kFirstBatch : storage::kBatchRows, direction_);
  for (size_t i = 0; i < scan->ranges().size(); ++i) {
    const GroupScan::Range& range = scan->ranges()[i];
    if (rows.CountIn(range.begin, range.end - range.begin) == 0) continue;
    if (IsEnough(*range.unit, sink)) {
      ++stats_.runs_skipped_limit;
      continue;
    }
    if (plan_.stages.empty()) ++StatsOf(*range.unit).runs_read;
    const auto rows_of_range = reader.Open(i);
    NARFI_TRY(
        ScanBatches(*rows_of_range, *range.unit, plan_.reads_metadata, plan_.stages.empty(), sink));
  }
  return {};
}

// Without stages nothing was looked at so far.
void Scanner::CountGroup(const GroupScan& scan, bool taken) {
  if (scan.ranges().empty()) return;
  ReadStats& read = StatsOf(*scan.ranges().front().unit);
  if (plan_.stages.empty()) {
    if (!taken) return;
    stats_.runs_from_counts += scan.ranges().size();
    read.matched += scan.sure().count();
    return;
  }
  read.lines += scan.rows();
  if (taken) read.matched += scan.sure().count();
  for (const GroupScan::Range& range : scan.ranges()) {
    const uint32_t alive = scan.alive().CountIn(range.begin, range.end - range.begin);
    ++(alive == 0 ? stats_.runs_skipped_text : read.runs_read);
  }
}

Status Scanner::KeepFirst(const GroupScan& scan, uint64_t capacity, storage::RowSet& rows) const {
  if (capacity == 0) return {};
  const bool forward = direction_ == Direction::kForward;
  BestTimes best(capacity, forward);
  for (const GroupScan::Range& range : scan.ranges())
    NARFI_TRY(AddTimes(scan, range, direction_, best));
  if (!best.full()) return {};
  const int64_t worst = best.worst();
  if (forward && worst == std::numeric_limits<int64_t>::max()) return {};
  for (const GroupScan::Range& range : scan.ranges()) {
    const storage::RunRef& run = *range.unit->runs.front();
    NARFI_ASSIGN(const uint32_t before,
                 run.group->RowsBefore(run.run, forward ? worst + 1 : worst));
    const uint32_t cut = std::clamp(run.info().first_row + before, range.begin, range.end);
    if (forward) {
      RemoveRange(rows, cut, range.end);
    } else {
      RemoveRange(rows, range.begin, cut);
    }
  }
  return {};
}

}  // namespace narfi::query
