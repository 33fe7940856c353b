#include "storage/visible_rows.h"

#include <algorithm>

#include "base/check.h"

namespace narfi::storage {
namespace {

struct Stretch {
  uint32_t first = 0;  // rows of the run
  uint32_t end = 0;
};

uint64_t ShareOf(uint64_t whole, uint32_t rows, uint32_t of) {
  return static_cast<uint64_t>(static_cast<double>(whole) * rows / of);
}

class RunPart final : public RowGroupReader {
 public:
  RunPart(const RunRef& run, Stretch rows, int64_t min_time_ns, int64_t max_time_ns)
      : base_(run.group), run_(run.run), first_(rows.first) {
    const StreamRun& whole = run.info();
    StreamRun& part = runs_.emplace_back(whole);
    part.first_row = 0;
    part.rows = rows.end - rows.first;
    part.min_time_ns = min_time_ns;
    part.max_time_ns = max_time_ns;
    part.line_bytes = ShareOf(whole.line_bytes, part.rows, whole.rows);
    part.metadata_bytes = ShareOf(whole.metadata_bytes, part.rows, whole.rows);
  }

  Origin origin() const override { return base_->origin(); }
  const std::vector<StreamRun>& runs() const override { return runs_; }
  bool is_exact() const override { return false; }
  std::string name() const override { return base_->name(); }
  Status Read(uint32_t run, uint32_t first, uint32_t count, ColumnSet columns,
              RowBatch& out) const override {
    NARFI_CHECK(run == 0 && first + count <= runs_[0].rows);
    return base_->Read(run_, first_ + first, count, columns, out);
  }
  bool MayContain(uint32_t, std::string_view needle) const override {
    return base_->MayContain(run_, needle);
  }
  uint64_t ReadCost(uint32_t, ColumnSet columns) const override {
    return ShareOf(base_->ReadCost(run_, columns), runs_[0].rows, base_->runs()[run_].rows);
  }

 private:
  const std::shared_ptr<const RowGroupReader> base_;
  const uint32_t run_;
  const uint32_t first_;
  std::vector<StreamRun> runs_;
};

// Times of a run by row; keeps the batch that was read last.
class RunTimes {
 public:
  explicit RunTimes(const RunRef& run) : run_(run) {}

  Result<int64_t> At(uint32_t row) {
    if (batch_.rows == 0 || row < first_ || row >= first_ + batch_.rows) {
      first_ = row / kBatchRows * kBatchRows;
      const uint32_t count = std::min(run_.info().rows - first_, kBatchRows);
      NARFI_TRY(run_.group->Read(run_.run, first_, count, ColumnSet{1}, batch_));
    }
    return batch_.times[row - first_];
  }

  // The first row at or after `time_ns`.
  Result<uint32_t> LowerBound(int64_t time_ns) {
    uint32_t low = 0;
    uint32_t high = run_.info().rows;
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      NARFI_ASSIGN(const int64_t time, At(middle));
      if (time < time_ns) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

 private:
  const RunRef& run_;
  RowBatch batch_;
  uint32_t first_ = 0;
};

// The rows that a range hides.
Result<Stretch> HiddenRows(RunTimes& times, const StreamRun& info, HiddenTimes hidden) {
  Stretch rows{0, info.rows};
  if (hidden.first_ns > info.min_time_ns) {
    NARFI_ASSIGN(rows.first, times.LowerBound(hidden.first_ns));
  }
  if (hidden.last_ns < info.max_time_ns) {
    NARFI_ASSIGN(rows.end, times.LowerBound(hidden.last_ns + 1));
  }
  return rows;
}

Status AppendPart(const RunRef& run, RunTimes& times, Stretch rows, std::vector<RunRef>& out) {
  if (rows.first >= rows.end) return {};
  NARFI_ASSIGN(const int64_t min_time, times.At(rows.first));
  NARFI_ASSIGN(const int64_t max_time, times.At(rows.end - 1));
  out.push_back({std::make_shared<const RunPart>(run, rows, min_time, max_time), 0, 0});
  return {};
}

}  // namespace

Status AppendVisible(const RunRef& run, std::span<const HiddenTimes> hidden,
                     std::vector<RunRef>& out) {
  const StreamRun& info = run.info();
  RunTimes times(run);
  std::vector<Stretch> gaps;
  for (const HiddenTimes& range : hidden) {
    if (range.first_ns > info.max_time_ns || range.last_ns < info.min_time_ns) continue;
    if (range.first_ns <= info.min_time_ns && range.last_ns >= info.max_time_ns) return {};
    NARFI_ASSIGN(const Stretch rows, HiddenRows(times, info, range));
    if (rows.first < rows.end) gaps.push_back(rows);
  }
  if (gaps.empty()) {
    out.push_back(run);
    return {};
  }
  std::sort(gaps.begin(), gaps.end(),
            [](const Stretch& a, const Stretch& b) { return a.first < b.first; });
  uint32_t next = 0;
  for (const Stretch& gap : gaps) {
    NARFI_TRY(AppendPart(run, times, {next, gap.first}, out));
    next = std::max(next, gap.end);
  }
  return AppendPart(run, times, {next, info.rows}, out);
}

void MarkParts(std::vector<RunRef>& runs) {
  uint32_t next = 1;
  for (const RunRef& run : runs) next = std::max(next, run.overlap + 1);
  for (RunRef& run : runs) {
    // The rows of a part are not all that its columns are of.
    if (run.overlap == 0 && !run.group->is_exact()) run.overlap = next++;
  }
}

}  // namespace narfi::storage
