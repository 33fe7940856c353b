// The patterns of the entries that a selector finds, with counts over time.
//
// Row groups that have columns answer from them: which template a row has, which skeleton its
// message, which level; lines are rebuilt for some rows of each, to see which values differ. What
// looks the same is looked up in its column. What comes of runs that lie in the range is remembered
// with the row group. Lines of row groups without columns, and of runs that may hold an entry
// twice, are taken apart one by one.
//
// Errors:    what the source says; what `go_on` says, which is asked all the while.
// Ownership: borrows everything.
// Threads:   runs on the caller's and on the pool's; so does `go_on`.
// Limits:    those of PatternTable, and the columns of one row group, for each thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/pool.h"
#include "base/result.h"
#include "query/patterns/pattern_table.h"
#include "storage/source.h"

namespace narfi::query {

struct PatternRequest {
  storage::Selector selector;
  int64_t step_ns = 0;  // samples count to multiples of it; whole seconds, above 0
  size_t most = 300;    // patterns
};

// On all threads together.
struct ScanUse {
  uint64_t held_bytes = 0;  // that the scan is about to hold
  // Of lines and metadata that are about to be read, or answered for by columns, since the scan
  // asked last.
  uint64_t new_bytes_read = 0;
};
using GoOnScanning = std::function<Status(const ScanUse& use)>;
// Samples are by the seconds at which their steps begin. Damaged row groups are left out.
Result<std::vector<LogPattern>> FindPatterns(storage::Source& source, Pool& pool,
                                             const PatternRequest& request,
                                             const GoOnScanning& go_on);

}  // namespace narfi::query
