#include "server/newest_rows.h"

#include <algorithm>
#include <queue>

namespace narfi::server {
namespace {

// A run, of which the rows before `end` are unread; none of them is newer than `newest_ns`.
struct Unread {
  const storage::RunRef* ref = nullptr;
  uint32_t end = 0;
  int64_t newest_ns = 0;

  bool operator<(const Unread& other) const { return newest_ns < other.newest_ns; }
};

// Rows that make about a megabyte of lines.
uint32_t PageOf(const storage::StreamRun& run) {
  constexpr uint64_t kPageBytes = 1 << 20;
  const uint64_t line_bytes = run.line_bytes / run.rows + 1;
  return static_cast<uint32_t>(
      std::clamp<uint64_t>(kPageBytes / line_bytes, 1, storage::kBatchRows));
}

}  // namespace

Status WalkNewestRows(storage::Source& source, const storage::Selector& selector, RowsBudget budget,
                      const std::function<bool()>& go_on, const SeeRow& see) {
  NARFI_ASSIGN(const auto snapshot, source.TakeSnapshot(selector));
  std::priority_queue<Unread> unread;
  for (const storage::RunRef& ref : snapshot.runs)
    unread.push({&ref, ref.info().rows, ref.info().max_time_ns});
  storage::RowBatch batch;
  while (!unread.empty() && budget.rows > 0 && budget.bytes > 0 && go_on()) {
    Unread run = unread.top();
    unread.pop();
    const uint32_t count =
        std::min({run.end, PageOf(run.ref->info()),
                  static_cast<uint32_t>(std::min<uint64_t>(budget.rows, storage::kBatchRows))});
    const uint32_t first = run.end - count;
    using storage::Column;
    const Status read = run.ref->group->Read(
        run.ref->run, first, count, Column::kTime | Column::kLine | Column::kMetadata, batch);
    if (!read) {
      // The others tell what lines are like without it.
      const bool is_left_out =
          read.error().code == Code::kCorrupt && source.Quarantine(*run.ref->group, read.error());
      if (is_left_out) continue;
      return read;
    }
    for (uint32_t i = count; i-- > 0;) {
      if (batch.times[i] < selector.start_ns || batch.times[i] >= selector.end_ns) continue;
      see(batch.times[i], batch.lines[i], batch.metadata(i));
      --budget.rows;
      budget.bytes -= std::min<uint64_t>(budget.bytes, batch.lines[i].size());
    }
    run.end = first;
    run.newest_ns = batch.times.front();
    if (first > 0 && run.newest_ns >= selector.start_ns) unread.push(run);
  }
  return {};
}

}  // namespace narfi::server
