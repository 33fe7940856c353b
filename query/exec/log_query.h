// Log queries: the newest (or oldest) entries that pass a pipeline.
#pragma once

#include "base/pool.h"
#include "query/exec/engine.h"
#include "query/exec/monitor.h"
#include "query/logql/ast.h"
#include "storage/source.h"

namespace narfi::query {

// Distinct streams of a snapshot.
uint64_t CountStreams(const storage::Snapshot& snapshot);

Result<QueryResult> RunLogQuery(const logql::LogSelector& selector, const Request& request,
                                storage::Source& source, Pool& pool, QueryMonitor& monitor);

}  // namespace narfi::query
