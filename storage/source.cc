#include "storage/source.h"

#include <algorithm>
#include <unordered_map>

namespace narfi::storage {
namespace {

// Gives every run of one stream that shares a moment with another one the number of its cluster.
void MarkStream(std::vector<RunRef*>& runs, uint32_t& next) {
  if (runs.size() < 2) return;
  const auto begins_before = [](const RunRef* a, const RunRef* b) {
    return a->info().min_time_ns < b->info().min_time_ns;
  };
  if (!std::is_sorted(runs.begin(), runs.end(), begins_before))
    std::sort(runs.begin(), runs.end(), begins_before);
  size_t first = 0;
  int64_t reach = runs[0]->info().max_time_ns;
  const auto close = [&](size_t end) {
    if (end - first < 2) return;
    for (size_t i = first; i < end; ++i) runs[i]->overlap = next;
    ++next;
  };
  for (size_t i = 1; i < runs.size(); ++i) {
    if (runs[i]->info().min_time_ns > reach) {
      close(i);
      first = i;
    }
    reach = std::max(reach, runs[i]->info().max_time_ns);
  }
  close(runs.size());
}

}  // namespace

// What can name its rows alone is read run by run.
Status RowGroupReader::ReadRows(std::span<const uint32_t> rows, ColumnSet columns,
                                RowBatch& out) const {
  out.Start(columns);
  RowBatch part;
  std::vector<MetadataPair> pairs;
  uint32_t run = 0;
  for (size_t i = 0; i < rows.size();) {
    while (rows[i] >= runs()[run].first_row + runs()[run].rows) ++run;
    const uint32_t first = rows[i] - runs()[run].first_row;
    const uint32_t count = std::min(kBatchRows, runs()[run].rows - first);
    NARFI_TRY(Read(run, first, count, columns, part));
    for (const uint32_t base = rows[i]; i < rows.size() && rows[i] - base < count; ++i) {
      const uint32_t row = rows[i] - base;
      pairs.clear();
      if (Has(columns, Column::kMetadata)) {
        for (const MetadataPair& pair : part.metadata(row))
          pairs.push_back({out.arena.Copy(pair.name), out.arena.Copy(pair.value)});
      }
      out.Append(columns, part.times.empty() ? 0 : part.times[row],
                 part.lines.empty() ? "" : out.arena.Copy(part.lines[row]), pairs);
    }
  }
  return {};
}

Result<uint32_t> RowGroupReader::RowsBefore(uint32_t run, int64_t time_ns) const {
  const StreamRun& info = runs()[run];
  if (time_ns <= info.min_time_ns) return 0;
  if (time_ns > info.max_time_ns) return info.rows;
  RowBatch part;
  for (uint32_t first = 0; first < info.rows; first += kBatchRows) {
    const uint32_t count = std::min(kBatchRows, info.rows - first);
    NARFI_TRY(Read(run, first, count, ColumnSet{} | Column::kTime, part));
    if (part.times.back() < time_ns) continue;
    const auto at = std::lower_bound(part.times.begin(), part.times.end(), time_ns);
    return first + static_cast<uint32_t>(at - part.times.begin());
  }
  return info.rows;
}

void MarkOverlaps(std::vector<RunRef>& runs) {
  std::unordered_map<StreamId, size_t> numbers;
  std::vector<std::vector<RunRef*>> by_stream;
  for (RunRef& run : runs) {
    run.overlap = 0;
    const auto [it, is_new] = numbers.try_emplace(run.info().id, by_stream.size());
    if (is_new) by_stream.emplace_back();
    by_stream[it->second].push_back(&run);
  }
  uint32_t next = 1;
  for (auto& of_stream : by_stream) MarkStream(of_stream, next);
}

}  // namespace narfi::storage
