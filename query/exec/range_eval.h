// Evaluates a range aggregation: scans its selector and gives a series for each set of labels.
#pragma once

#include "base/pool.h"
#include "query/exec/engine.h"
#include "query/exec/monitor.h"
#include "query/exec/vectors.h"
#include "query/logql/ast.h"
#include "query/plan/selector_plan.h"
#include "storage/source.h"

namespace narfi::query {

// What the evaluation of one metric query shares.
struct EvalContext {
  const Request& request;
  StepGrid grid;
  storage::Source& source;
  Pool& pool;
  QueryMonitor& monitor;
  QueryStats& stats;
  std::vector<std::string>& warnings;
};

// What stands around a range aggregation.
struct RangeSurroundings {
  // The grouping of a sum, when it may be done before the aggregation.
  const logql::Grouping* outer = nullptr;
  // The aggregation's own series are counted against the limit, not only those of the answer.
  bool limits_series = false;
};

Result<VectorSteps> EvalRange(const logql::RangeAggregation& node, const RangeSurroundings& around,
                              EvalContext& context);

// True when sum(op) may group the samples before the aggregation instead of its series after it.
bool SumGroupsFirst(const logql::RangeAggregation& node);

// True for what Loki splits by shards; the limit of series then holds for each part of a query that
// is sent out by itself, and that is this aggregation unless what is around it can be split too.
bool CanBeSplit(const logql::RangeAggregation& node);
bool CanBeSplit(logql::VectorOp op);

// The plan of the selector of a range aggregation, for entries from oldest_ns on.
SelectorPlan PlanRange(const logql::RangeAggregation& node, const logql::Grouping* outer,
                       const std::string& tenant, const StepGrid& grid, int64_t oldest_ns);

}  // namespace narfi::query
