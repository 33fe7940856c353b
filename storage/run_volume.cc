#include "storage/run_volume.h"

#include <algorithm>

#include "storage/merged_rows.h"
#include "storage/shared_moments.h"

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

// Whether the runs' own counts are those of the range.
bool CountsAreTrue(const std::vector<RunRef>& runs, int64_t start_ns, int64_t end_ns) {
  return std::all_of(runs.begin(), runs.end(), [&](const RunRef& run) {
    return run.info().min_time_ns >= start_ns && run.info().max_time_ns < end_ns &&
           run.group->is_exact();
  });
}

}  // namespace

Result<RunVolume> MeasureRuns(const std::vector<RunRef>& runs, int64_t start_ns, int64_t end_ns) {
  if (!CountsAreTrue(runs, start_ns, end_ns)) return CountRows(runs, start_ns, end_ns);
  if (runs.size() > 1) {
    // What is damaged is told by who reads all of it.
    const auto shared = ShareMoments(runs);
    if (!shared || *shared) return CountRows(runs, start_ns, end_ns);
  }
  RunVolume volume;
  for (const RunRef& run : runs)
    volume += {run.info().rows, run.info().line_bytes + run.info().metadata_bytes};
  return volume;
}

}  // namespace narfi::storage
