// What is scanned in one go: a run that stands alone, or the runs of a stream that overlap in time.
//
// Ownership: points into the snapshot.
#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/engine.h"
#include "storage/source.h"

namespace narfi::query {

// Rows [first, first + rows) of a run.
struct RunPart {
  const storage::RunRef* run = nullptr;
  uint32_t first = 0;
  uint32_t rows = 0;

  RunPart() = default;
  explicit RunPart(const storage::RunRef& whole) : run(&whole), rows(whole.info().rows) {}
  RunPart(const storage::RunRef& of, uint32_t first_in, uint32_t rows_in)
      : run(&of), first(first_in), rows(rows_in) {}
  const storage::RunRef& operator*() const { return *run; }
  const storage::RunRef* operator->() const { return run; }
};

struct ScanUnit {
  std::vector<RunPart> runs;  // in the order of the snapshot
  int64_t min_time_ns = INT64_MAX;
  int64_t max_time_ns = INT64_MIN;
  uint64_t rows = 0;
  uint32_t order = 0;  // settles the order of entries of equal time

  const Labels& labels() const { return *runs.front()->info().labels; }
  bool alone() const { return runs.size() == 1; }
};

// The units that may have entries in [start, end), in the order of the snapshot.
std::vector<ScanUnit> MakeUnits(const storage::Snapshot& snapshot, int64_t start_ns,
                                int64_t end_ns);
// Newest first, or oldest first when forward.
void SortUnits(std::vector<ScanUnit>& units, Direction direction);

}  // namespace narfi::query
