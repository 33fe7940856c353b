#include "query/exec/row_stretches.h"

#include <algorithm>

namespace narfi::query {
namespace {

// With fewer rows than this between two borders all times are read.
constexpr double kRowsPerBorder = 16;

bool HasFewBorders(const storage::StreamRun& info, const Windows& windows) {
  const double span = static_cast<double>(info.max_time_ns) - static_cast<double>(info.min_time_ns);
  const double steps = std::min(static_cast<double>(windows.grid.count),
                                span / static_cast<double>(windows.grid.step_ns));
  return 2 * steps <= static_cast<double>(info.rows) / kRowsPerBorder;
}

void Append(uint32_t begin, uint32_t end, const StepSpan& steps, std::vector<Stretch>& out) {
  if (begin < end && !steps.empty()) out.push_back({begin, end, steps});
}

Status CutByTimes(const GroupScan::Range& range, const Windows& windows,
                  std::vector<Stretch>& out) {
  const storage::RunRef& run = *range.unit->runs.front();
  StepCursor cursor(windows);
  storage::RowBatch rows;
  for (uint32_t at = range.begin; at < range.end;) {
    const uint32_t count = std::min(storage::kBatchRows, range.end - at);
    rows.Clear();
    NARFI_TRY(run.group->Read(run.run, at - run.info().first_row, count,
                              storage::ColumnSet{} | storage::Column::kTime, rows));
    for (uint32_t i = 0; i < count; ++i, ++at) {
      const StepSpan& steps = cursor.At(rows.times[i]);
      if (!out.empty() && out.back().end == at && out.back().steps == steps) {
        ++out.back().end;
      } else {
        Append(at, at + 1, steps, out);
      }
    }
  }
  return {};
}

}  // namespace

Status CutAtBorders(const GroupScan::Range& range, const Windows& windows,
                    std::vector<Stretch>& out) {
  out.clear();
  const storage::RunRef& run = *range.unit->runs.front();
  const storage::StreamRun& info = run.info();
  if (!HasFewBorders(info, windows)) return CutByTimes(range, windows, out);
  int64_t from_ns = info.min_time_ns;
  for (uint32_t at = range.begin; at < range.end;) {
    const int64_t border = windows.NextBorder(from_ns);
    uint32_t end = range.end;
    if (border <= info.max_time_ns) {
      NARFI_ASSIGN(const uint32_t before, run.group->RowsBefore(run.run, border));
      end = std::clamp(info.first_row + before, at, range.end);
    }
    Append(at, end, windows.StepsOf(from_ns), out);
    at = end;
    if (border > info.max_time_ns) break;
    from_ns = border;
  }
  return {};
}

}  // namespace narfi::query
