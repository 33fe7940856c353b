// A row group in memory that has columns: the rows of several streams, split the plain way.
//
// It may answer less than it knows: with Doubts some hits become "maybe", some rows that are no
// hits too, and some values kAsk.
#pragma once

#include <memory>
#include <vector>

#include "tests/query/support/memory_source.h"

namespace narfi::query_test {

struct Doubts {
  uint32_t percent = 0;
  uint32_t seed = 1;
};

// The streams' entries must be sorted by time.
std::shared_ptr<const storage::RowGroupReader> MakeColumnarGroup(
    std::vector<TestStream> streams, const Doubts& doubts, std::shared_ptr<ReadCounts> counts);

}  // namespace narfi::query_test
