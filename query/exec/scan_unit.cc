#include "query/exec/scan_unit.h"

#include <algorithm>
#include <unordered_map>

namespace narfi::query {

void SortUnits(std::vector<ScanUnit>& units, Direction direction) {
  std::stable_sort(units.begin(), units.end(), [direction](const ScanUnit& a, const ScanUnit& b) {
    if (direction == Direction::kForward) return a.min_time_ns < b.min_time_ns;
    return a.max_time_ns > b.max_time_ns;
  });
}

std::vector<ScanUnit> MakeUnits(const storage::Snapshot& snapshot, int64_t start_ns,
                                int64_t end_ns) {
  std::vector<ScanUnit> units;
  // (stream, overlap) -> unit. Equal entries lie at equal times, so a run outside the range is no
  // part of any entry inside it.
  std::unordered_map<StreamId, std::unordered_map<uint32_t, size_t>> overlaps;
  for (const storage::RunRef& run : snapshot.runs) {
    const storage::StreamRun& info = run.info();
    if (info.rows == 0 || info.max_time_ns < start_ns || info.min_time_ns >= end_ns) continue;
    size_t index = units.size();
    if (run.overlap != 0) index = overlaps[info.id].try_emplace(run.overlap, index).first->second;
    if (index == units.size()) units.emplace_back().order = static_cast<uint32_t>(index);
    ScanUnit& unit = units[index];
    unit.runs.emplace_back(run);
    unit.min_time_ns = std::min(unit.min_time_ns, info.min_time_ns);
    unit.max_time_ns = std::max(unit.max_time_ns, info.max_time_ns);
    unit.rows += info.rows;
  }
  return units;
}

}  // namespace narfi::query
