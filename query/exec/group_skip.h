// Which row groups the needles of a plan rule out as a whole, before their runs are looked for.
//
// Threads: the function is safe from several threads.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "query/plan/needles.h"
#include "storage/source.h"

namespace narfi::query {

// For Selector::may_hold; empty where it would rule out next to nothing. Reads no rows.
std::function<Result<bool>(const storage::RowGroupReader&)> MayHoldNeedles(
    const std::vector<Needle>& needles);

}  // namespace narfi::query
