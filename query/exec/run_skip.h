// Which runs a needle of the plan rules out, from filters and metadata alone.
//
// Threads: pure; several workers may ask about one run.
#pragma once

#include "base/result.h"
#include "query/exec/monitor.h"
#include "query/plan/needles.h"
#include "storage/source.h"

namespace narfi::query {

// True when no entry of the run can pass what the needle stands for. Reads the run's metadata,
// never its lines.
Result<bool> IsRuledOut(const storage::RunRef& run, const Needle& needle, QueryMonitor& monitor);

}  // namespace narfi::query
