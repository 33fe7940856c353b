#include "query/exec/range_op.h"

namespace narfi::query {

std::unique_ptr<RangeAccumulator> MakeRangeAccumulator(const logql::RangeAggregation& node,
                                                       const Windows& windows,
                                                       QueryMonitor& monitor) {
  switch (node.op) {
    case logql::RangeOp::kCountOverTime:
    case logql::RangeOp::kBytesOverTime:
    case logql::RangeOp::kBytesRate:
    case logql::RangeOp::kAbsentOverTime:
      return MakeRangeCount(node, windows, monitor);
    case logql::RangeOp::kRate:
      return node.unwrap ? MakeRangeValues(node, windows, monitor)
                         : MakeRangeCount(node, windows, monitor);
    case logql::RangeOp::kRateCounter:
    case logql::RangeOp::kAvgOverTime:
    case logql::RangeOp::kSumOverTime:
    case logql::RangeOp::kMinOverTime:
    case logql::RangeOp::kMaxOverTime:
    case logql::RangeOp::kStdvarOverTime:
    case logql::RangeOp::kStddevOverTime:
    case logql::RangeOp::kFirstOverTime:
    case logql::RangeOp::kLastOverTime:
      return MakeRangeValues(node, windows, monitor);
    case logql::RangeOp::kQuantileOverTime:
      return windows.grid.count == 1 || windows.range_ns <= windows.grid.step_ns
                 ? MakeRangeQuantile(node, windows, monitor)
                 : MakeRangeValues(node, windows, monitor);
  }
  return nullptr;
}

}  // namespace narfi::query
