// Reads a unit batch by batch, from either end, equal entries of overlapping runs collapsed.
//
// Order:     rows of a batch ascend by time; batches follow the direction.
// Ownership: the rows of a batch live until the next Next().
// Threads:   one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "query/exec/batch.h"
#include "query/exec/scan_unit.h"

namespace narfi::query {

class UnitReader {
 public:
  virtual ~UnitReader() = default;
  // Null at the end. Row i of the batch is number first_sequence() + i of the unit.
  virtual Result<storage::RowBatch*> Next() = 0;
  virtual int64_t first_sequence() const = 0;
  // What brings the lines of the batch, when they were left out.
  virtual LineLoader* loader() { return nullptr; }
  // Where the rows of the batch come from, one each; null: all from the unit's first run.
  virtual const std::vector<storage::Origin>* origins() const { return nullptr; }
  // Equal entries that were left out so far.
  virtual uint64_t duplicates() const { return 0; }
};

// Of one run. With `lazy_lines` lines come through loader().
std::unique_ptr<UnitReader> ReadRun(const RunPart& run, storage::ColumnSet columns, bool lazy_lines,
                                    Direction direction);
// Of several; reads all columns, since entries are compared.
std::unique_ptr<UnitReader> MergeRuns(const std::vector<RunPart>& runs, Direction direction);

}  // namespace narfi::query
