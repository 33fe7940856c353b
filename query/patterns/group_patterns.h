// Adds rows of a row group that has columns to a table of patterns.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "query/patterns/pattern_table.h"
#include "storage/source.h"

namespace narfi::query {

// Rows [first, end) of a run.
struct RunRows {
  uint32_t run = 0;
  uint32_t first = 0;
  uint32_t end = 0;
};

// The begin of the step that a moment is in, in seconds. Steps are of whole seconds.
int64_t StepOf(int64_t time_ns, int64_t step_ns);
int64_t StepOfSecond(int64_t time_s, int64_t step_s);

// The level that was detected of an entry.
std::string_view EntryLevel(std::span<const storage::MetadataPair> metadata);

// False, with nothing added, when the columns do not tell all of it, or there is too much of it for
// the table. Numbers of the table do not hold any longer.
Result<bool> AddFromColumns(const storage::RowGroupReader& group, const std::vector<RunRows>& runs,
                            int64_t step_ns, PatternTable& table);

}  // namespace narfi::query
