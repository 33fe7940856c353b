// Entries of a test as the rows of a batch.
#pragma once

#include <vector>

#include "tests/query/support/memory_source.h"

namespace narfi::query_test {

// As copies, so that a view that outlives its batch is caught by the address sanitizer.
inline void AppendEntry(const TestEntry& entry, storage::ColumnSet columns,
                        storage::RowBatch& out) {
  std::vector<storage::MetadataPair> pairs;
  if (Has(columns, storage::Column::kMetadata)) {
    for (const Label& pair : entry.metadata)
      pairs.push_back({out.arena.Copy(pair.name), out.arena.Copy(pair.value)});
  }
  const bool has_line = Has(columns, storage::Column::kLine);
  out.Append(columns, entry.time_ns, has_line ? out.arena.Copy(entry.line) : "", pairs);
}

}  // namespace narfi::query_test
