// What is scanned in one go: a run that stands alone, or the runs of a stream that overlap in time.
//
// Ownership: points into the snapshot.
#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/engine.h"
#include "storage/source.h"

namespace narfi::query {

struct ScanUnit {
  std::vector<const storage::RunRef*> runs;  // in the order of the snapshot
  int64_t min_time_ns = INT64_MAX;
  int64_t max_time_ns = INT64_MIN;
  uint64_t rows = 0;
  uint32_t order = 0;  // settles the order of entries of equal time

  const Labels& labels() const { return *runs.front()->info().labels; }
  bool alone() const { return runs.size() == 1; }
};

// The units that may have entries in [start, end); newest first, or oldest first when forward.
std::vector<ScanUnit> MakeUnits(const storage::Snapshot& snapshot, int64_t start_ns, int64_t end_ns,
                                Direction direction);

}  // namespace narfi::query
