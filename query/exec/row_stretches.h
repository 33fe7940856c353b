// The rows of a run, cut where they pass from windows into others.
//
// Threads: free functions and values.
#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/group_scan.h"
#include "query/plan/step_grid.h"

namespace narfi::query {

// Rows [begin, end) of the row group, and the steps whose windows hold them; never none.
struct Stretch {
  uint32_t begin = 0;
  uint32_t end = 0;
  StepSpan steps;
};

// Replaces `out`. Finds the borders without reading times, where there are but a few.
Status CutAtBorders(const GroupScan::Range& range, const Windows& windows,
                    std::vector<Stretch>& out);

// The steps of times that ascend, without a division for each.
class StepCursor {
 public:
  explicit StepCursor(const Windows& windows) : windows_(windows) {}

  const StepSpan& At(int64_t time_ns) {
    if (time_ns < next_ns_ && started_) return steps_;
    started_ = true;
    steps_ = windows_.StepsOf(time_ns);
    next_ns_ = windows_.NextBorder(time_ns);
    return steps_;
  }

 private:
  const Windows windows_;
  bool started_ = false;
  int64_t next_ns_ = INT64_MIN;
  StepSpan steps_;
};

}  // namespace narfi::query
