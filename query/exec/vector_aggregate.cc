// sum, avg, min, max, count, stddev, stdvar, topk, bottomk, sort, sort_desc: over the series of a
// group, step by step.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_map>

#include "query/exec/eval.h"

namespace narfi::query {
namespace {

LabelPairs GroupLabels(const LabelPairs& labels, const std::optional<logql::Grouping>& grouping) {
  LabelPairs out;
  if (!grouping) return out;
  for (const Label& label : labels) {
    const bool named = std::find(grouping->labels.begin(), grouping->labels.end(), label.name) !=
                       grouping->labels.end();
    if (named != grouping->without) out.push_back(label);
  }
  return out;
}

struct SeriesGroup {
  LabelPairs labels;
  std::vector<size_t> members;
};

std::vector<SeriesGroup> GroupSeries(const VectorSteps& input,
                                     const std::optional<logql::Grouping>& grouping) {
  std::vector<SeriesGroup> groups;
  if (!grouping && !input.series.empty()) {
    std::vector<size_t> all(input.series.size());
    std::iota(all.begin(), all.end(), 0);
    groups.push_back({{}, std::move(all)});
    return groups;
  }
  std::unordered_map<std::string, size_t> known;
  for (size_t i = 0; i < input.series.size(); ++i) {
    LabelPairs labels = GroupLabels(input.series[i].labels, grouping);
    const auto [place, is_new] = known.try_emplace(LabelsKey(labels), groups.size());
    if (is_new) groups.push_back({std::move(labels), {}});
    groups[place->second].members.push_back(i);
  }
  return groups;
}

// One group at one step.
class StepAggregate {
 public:
  explicit StepAggregate(logql::VectorOp op) : op_(op) {}

  void Add(double value) {
    ++count_;
    const double delta = value - mean_;
    mean_ += delta / count_;
    squares_ += delta * (value - mean_);
    sum_ += value;
    if (count_ == 1 || std::isnan(least_) || value < least_) least_ = value;
    if (count_ == 1 || std::isnan(most_) || value > most_) most_ = value;
  }
  bool empty() const { return count_ == 0; }
  double Value() const {
    switch (op_) {
      case logql::VectorOp::kSum:
        return sum_;
      case logql::VectorOp::kAvg:
        return sum_ / count_;
      case logql::VectorOp::kMin:
        return least_;
      case logql::VectorOp::kMax:
        return most_;
      case logql::VectorOp::kCount:
        return count_;
      case logql::VectorOp::kStddev:
        return std::sqrt(squares_ / count_);
      case logql::VectorOp::kStdvar:
        return squares_ / count_;
      default:
        return std::nan("");
    }
  }

 private:
  const logql::VectorOp op_;
  double count_ = 0;
  double sum_ = 0;
  double mean_ = 0;
  double squares_ = 0;
  double least_ = 0;
  double most_ = 0;
};

StepSeries Fold(const SeriesGroup& group, const VectorSteps& input, logql::VectorOp op,
                int64_t steps) {
  StepSeries out(group.labels, steps);
  for (size_t step = 0; step < out.values.size(); ++step) {
    StepAggregate aggregate(op);
    for (const size_t member : group.members) {
      if (input.series[member].present[step] != 0) aggregate.Add(input.series[member].values[step]);
    }
    if (!aggregate.empty()) out.Set(step, aggregate.Value());
  }
  return out;
}

// The k largest (or smallest) members of a group at a step; NaN comes last either way.
std::vector<size_t> BestAt(const std::vector<size_t>& members, const VectorSteps& input,
                           size_t step, size_t k, bool largest) {
  std::vector<size_t> ranked;
  for (const size_t member : members) {
    if (input.series[member].present[step] != 0) ranked.push_back(member);
  }
  const auto better = [&](size_t a, size_t b) {
    const double x = input.series[a].values[step];
    const double y = input.series[b].values[step];
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x);
    return x == y ? a < b : (largest ? x > y : x < y);
  };
  const size_t keep = std::min(k, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<ptrdiff_t>(keep), ranked.end(),
                    better);
  ranked.resize(keep);
  return ranked;
}

Result<VectorSteps> SelectBest(const logql::VectorAggregation& node, const VectorSteps& input,
                               int64_t steps, QueryMonitor& monitor) {
  std::map<size_t, StepSeries> best;  // by place among all series, whose order stays
  const auto k = static_cast<size_t>(std::max<int64_t>(node.param, 0));
  const bool largest = node.op != logql::VectorOp::kBottomK;
  for (const SeriesGroup& group : GroupSeries(input, node.grouping)) {
    for (size_t step = 0; step < static_cast<size_t>(steps); ++step) {
      for (const size_t member : BestAt(group.members, input, step, k, largest)) {
        const StepSeries& from = input.series[member];
        const auto [place, is_new] = best.try_emplace(member, from.labels, steps);
        if (is_new) NARFI_TRY(monitor.AddMemory(SeriesBytes(steps)));
        place->second.Set(step, from.values[step]);
      }
    }
  }
  VectorSteps out;
  for (auto& [member, series] : best) out.series.push_back(std::move(series));
  return out;
}

// Whether each series is a group by itself: a range aggregation has told them apart by no other
// labels than these.
bool AreGroups(const logql::VectorAggregation& node, const VectorSteps& input) {
  if (!node.grouping || !std::holds_alternative<logql::RangeAggregation>(node.inner->node))
    return false;
  const auto is_kept = [&](const Label& label) {
    const auto& names = node.grouping->labels;
    const bool named = std::find(names.begin(), names.end(), label.name) != names.end();
    return named != node.grouping->without;
  };
  return std::all_of(input.series.begin(), input.series.end(), [&](const StepSeries& series) {
    return std::all_of(series.labels.begin(), series.labels.end(), is_kept);
  });
}

VectorSteps FoldEach(VectorSteps input, logql::VectorOp op) {
  for (StepSeries& series : input.series) {
    for (size_t step = 0; step < series.values.size(); ++step) {
      if (series.present[step] == 0) continue;
      StepAggregate aggregate(op);
      aggregate.Add(series.values[step]);
      series.values[step] = aggregate.Value();
    }
  }
  std::erase_if(input.series, [](const StepSeries& series) { return series.empty(); });
  return input;
}

// Means something only where there is one step.
VectorSteps Sorted(logql::VectorOp op, VectorSteps input, int64_t steps) {
  if (steps != 1) return input;
  const bool ascending = op == logql::VectorOp::kSort;
  std::stable_sort(input.series.begin(), input.series.end(),
                   [ascending](const StepSeries& a, const StepSeries& b) {
                     const double x = a.values[0];
                     const double y = b.values[0];
                     if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
                     return ascending ? x < y : x > y;
                   });
  input.sorted_by_value = true;
  return input;
}

}  // namespace

Result<VectorSteps> Aggregate(const logql::VectorAggregation& node, VectorSteps input,
                              EvalContext& context) {
  const int64_t steps = context.grid.count;
  switch (node.op) {
    case logql::VectorOp::kTopK:
    case logql::VectorOp::kBottomK:
    case logql::VectorOp::kApproxTopK:
      return SelectBest(node, input, steps, context.monitor);
    case logql::VectorOp::kSort:
    case logql::VectorOp::kSortDesc:
      return Sorted(node.op, std::move(input), steps);
    default:
      break;
  }
  if (AreGroups(node, input)) return FoldEach(std::move(input), node.op);
  VectorSteps out;
  for (const SeriesGroup& group : GroupSeries(input, node.grouping)) {
    NARFI_TRY(context.monitor.AddMemory(SeriesBytes(steps)));
    StepSeries series = Fold(group, input, node.op, steps);
    if (!series.empty()) out.series.push_back(std::move(series));
  }
  return out;
}

}  // namespace narfi::query
