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

}  // namespace narfi::query
