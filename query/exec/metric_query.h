// Metric queries: an expression evaluated at one point in time or along a grid of steps.
#pragma once

#include "base/pool.h"
#include "query/exec/engine.h"
#include "query/exec/monitor.h"
#include "query/logql/ast.h"
#include "query/plan/step_grid.h"
#include "storage/source.h"

namespace narfi::query {

// The steps of a request, start rounded down and end up to a multiple of the step.
Result<StepGrid> GridOf(const Request& request);

Result<QueryResult> RunMetricQuery(const logql::SampleExpr& expr, const Request& request,
                                   storage::Source& source, Pool& pool, QueryMonitor& monitor);

}  // namespace narfi::query
