// index/volume_range: bytes of streams in each step of a range.
//
// A run that reaches over several steps is counted by the times of its entries alone, each with an
// equal share of the run's bytes: sums are exact and those of index/volume, what falls into which
// step nearly so. Lines are read only of runs that the range cuts, and of those that overlap, which
// are merged, so that an entry sent twice counts once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "server/volume.h"
#include "storage/source.h"

namespace narfi::server {

// Where the steps of a range end: at multiples of the step as Go's Time.Truncate counts them (since
// the year 1), the last one at the end of the range.
class StepGrid {
 public:
  StepGrid(int64_t start_ns, int64_t end_ns, int64_t step_ns);
  // The number of the step that a time of the range lies in.
  int64_t IndexOf(int64_t time_ns) const;
  // What stands for the step in answers: its last millisecond; the end of the range for the last.
  int64_t LabelMs(int64_t index) const;

 private:
  int64_t end_ns_;
  int64_t step_ns_;
  int64_t first_end_ns_;
};

struct VolumeSeries {
  std::vector<Label> labels;
  std::map<int64_t, uint64_t> bytes;  // by number of the step; steps without entries are missing
  uint64_t total = 0;
};

// Largest first, then by labels; at most `limit`. `go_on` is asked now and then, its error ends the
// count. kLimit for an answer of more than kMaxVolumeCells numbers.
constexpr uint64_t kMaxVolumeCells = 1'000'000;
Result<std::vector<VolumeSeries>> MeasureSteps(storage::Source& source,
                                               const storage::Selector& selector,
                                               const VolumeGrouping& grouping, const StepGrid& grid,
                                               uint64_t limit,
                                               const std::function<Status()>& go_on);

}  // namespace narfi::server
