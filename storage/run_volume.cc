#include "storage/run_volume.h"

#include <algorithm>

#include "storage/merged_rows.h"

namespace narfi::storage {
namespace {

Result<RunVolume> CountRows(const std::vector<RunRef>& runs, int64_t start_ns, int64_t end_ns) {
  RunVolume volume;
  MergedRows rows(runs, start_ns, end_ns);
  MergedRows::Row row;
  for (;;) {
    NARFI_ASSIGN(const bool more, rows.Next(row));
    if (!more) return volume;
    ++volume.entries;
    volume.bytes += row.line.size();
    for (const MetadataPair& pair : row.metadata)
      volume.bytes += pair.name.size() + pair.value.size();
  }
}

// The times of the rows of [start, end].
Result<std::vector<int64_t>> TimesBetween(const RunRef& ref, int64_t start_ns, int64_t end_ns) {
  std::vector<int64_t> out;
  NARFI_ASSIGN(uint32_t row, ref.group->RowsBefore(ref.run, start_ns));
  RowBatch batch;
  while (row < ref.info().rows) {
    const uint32_t count = std::min(ref.info().rows - row, kBatchRows);
    NARFI_TRY(ref.group->Read(ref.run, row, count, ColumnSet{} | Column::kTime, batch));
    for (const int64_t time : batch.times) {
      if (time > end_ns) return out;
      out.push_back(time);
    }
    row += count;
  }
  return out;
}

// Whether two runs of a stream have entries of one moment: only those can be equal.
Result<bool> ShareTimes(const RunRef& a, const RunRef& b) {
  const int64_t start = std::max(a.info().min_time_ns, b.info().min_time_ns);
  const int64_t end = std::min(a.info().max_time_ns, b.info().max_time_ns);
  if (start > end) return false;
  NARFI_ASSIGN(const std::vector<int64_t> of_a, TimesBetween(a, start, end));
  NARFI_ASSIGN(const std::vector<int64_t> of_b, TimesBetween(b, start, end));
  auto at = of_b.begin();
  for (const int64_t time : of_a) {
    while (at != of_b.end() && *at < time) ++at;
    if (at != of_b.end() && *at == time) return true;
  }
  return false;
}

// Whether the runs' own counts are those of the range.
bool CountsAreTrue(const std::vector<RunRef>& runs, int64_t start_ns, int64_t end_ns) {
  return std::all_of(runs.begin(), runs.end(), [&](const RunRef& run) {
    return run.info().min_time_ns >= start_ns && run.info().max_time_ns < end_ns &&
           run.group->is_exact();
  });
}

// Whether no entry of one can be equal to one of another.
Result<bool> AreDistinct(std::vector<RunRef> runs) {
  std::sort(runs.begin(), runs.end(), [](const RunRef& a, const RunRef& b) {
    return a.info().min_time_ns < b.info().min_time_ns;
  });
  for (size_t i = 0; i < runs.size(); ++i) {
    const int64_t end = runs[i].info().max_time_ns;
    for (size_t j = i + 1; j < runs.size() && runs[j].info().min_time_ns <= end; ++j) {
      NARFI_ASSIGN(const bool shared, ShareTimes(runs[i], runs[j]));
      if (shared) return false;
    }
  }
  return true;
}

}  // namespace

Result<RunVolume> MeasureRuns(const std::vector<RunRef>& runs, int64_t start_ns, int64_t end_ns) {
  if (!CountsAreTrue(runs, start_ns, end_ns)) return CountRows(runs, start_ns, end_ns);
  if (runs.size() > 1) {
    // What is damaged is told by who reads all of it.
    const auto distinct = AreDistinct(runs);
    if (!distinct || !*distinct) return CountRows(runs, start_ns, end_ns);
  }
  RunVolume volume;
  for (const RunRef& run : runs)
    volume += {run.info().rows, run.info().line_bytes + run.info().metadata_bytes};
  return volume;
}

}  // namespace narfi::storage
