// Scanner: the single runs of a row group that has columns.
#include <algorithm>
#include <limits>
#include <queue>

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
  const auto reader =
      ReadSelected(*range.unit->runs.front(), scan.sure(), range.begin, range.end,
                   storage::ColumnSet{} | storage::Column::kTime, kFirstBatch, direction);
  for (;;) {
    NARFI_ASSIGN(storage::RowBatch* const rows, reader->Next());
    if (rows == nullptr) return {};
    for (uint32_t i = 0; i < rows->rows; ++i) {
      const uint32_t row = direction == Direction::kForward ? i : rows->rows - 1 - i;
      if (!best.Add(rows->times[row])) return {};
    }
  }
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
  for (const GroupScan::Range& range : scan->ranges()) NARFI_TRY(ScanRows(range, rows, sink));
  return {};
}

// Without stages nothing was looked at so far.
void Scanner::CountGroup(const GroupScan& scan, bool taken) {
  if (plan_.stages.empty()) {
    if (!taken) return;
    stats_.runs_from_counts += scan.ranges().size();
    stats_.lines_matched += scan.sure().count();
    return;
  }
  stats_.lines_processed += scan.rows();
  if (taken) stats_.lines_matched += scan.sure().count();
  for (const GroupScan::Range& range : scan.ranges()) {
    const uint32_t alive = scan.alive().CountIn(range.begin, range.end - range.begin);
    ++(alive == 0 ? stats_.runs_skipped_text : stats_.runs_read);
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

Status Scanner::ScanRows(const GroupScan::Range& range, const storage::RowSet& rows,
                         ScanSink& sink) {
  if (rows.CountIn(range.begin, range.end - range.begin) == 0) return {};
  if (IsEnough(*range.unit, sink)) {
    ++stats_.runs_skipped_limit;
    return {};
  }
  const bool is_limited = sink.capacity() != UINT64_MAX;
  const auto reader =
      ReadSelected(*range.unit->runs.front(), rows, range.begin, range.end, plan_.eager_columns(),
                   is_limited ? kFirstBatch : storage::kBatchRows, direction_);
  if (plan_.stages.empty()) ++stats_.runs_read;
  return ScanBatches(*reader, *range.unit, plan_.reads_metadata, plan_.stages.empty(), sink);
}

}  // namespace narfi::query
