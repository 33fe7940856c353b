// Which row groups the needles of a plan rule out as a whole, before their runs are looked for.
//
// Threads: the function is safe from several threads.
#pragma once

#include "base/pool.h"
#include "query/plan/selector_plan.h"

namespace narfi::query {

// Sets the filter of the plan's selector, unless that would rule out next to nothing. The pool must
// outlive the snapshot's making, and the source the pool. Reads no rows.
void SkipByNeedles(SelectorPlan& plan, Pool& pool);

}  // namespace narfi::query
