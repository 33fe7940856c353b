// Which row groups the needles of a plan rule out as a whole, before their runs are looked for.
//
// Threads: the function is safe from several threads.
#pragma once

#include <vector>

#include "base/pool.h"
#include "query/plan/needles.h"
#include "storage/source.h"

namespace narfi::query {

// Sets Selector::may_hold and may_hold_in, unless that would rule out next to nothing, and for_all to the pool,
// which must outlive the snapshot's making. Reads no rows.
void SkipByNeedles(const std::vector<Needle>& needles, Pool& pool, storage::Selector& selector);

}  // namespace narfi::query
