// Windows by definition: every sample of it, looked at again for every step.
#include <algorithm>
#include <cmath>

#include "tests/query/support/naive_metric.h"

namespace narfi::query_test {
namespace {

// Prometheus' rate() of a counter.
double CounterRate(const std::vector<NaiveSample>& window, int64_t begin_ns, int64_t end_ns) {
  if (window.size() < 2) return 0;
  double increase = 0;
  for (size_t i = 1; i < window.size(); ++i) {
    const double step = window[i].value - window[i - 1].value;
    increase += step < 0 ? window[i].value : step;
  }
  const auto seconds = [](int64_t from, int64_t to) {
    return static_cast<double>(to - from) / 1e9;
  };
  const double sampled = seconds(window.front().time_ns, window.back().time_ns);
  if (sampled == 0) return 0;
  const double distance = sampled / static_cast<double>(window.size() - 1);
  double before = seconds(begin_ns, window.front().time_ns);
  if (increase > 0) before = std::min(before, sampled * window.front().value / increase);
  double behind = seconds(window.back().time_ns, end_ns);
  if (before >= distance * 1.1) before = distance / 2;
  if (behind >= distance * 1.1) behind = distance / 2;
  return increase * (sampled + before + behind) / sampled / seconds(begin_ns, end_ns);
}

double QuantileOf(std::vector<double> values, double q) {
  if (q < 0) return -INFINITY;
  if (q > 1) return INFINITY;
  std::sort(values.begin(), values.end());
  const double rank = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (rank - static_cast<double>(below));
}

}  // namespace

double WindowNaively(const logql::RangeAggregation& node, const std::vector<NaiveSample>& window,
                     int64_t end_ns) {
  const double seconds = static_cast<double>(node.range_ns) / 1e9;
  const auto count = static_cast<double>(window.size());
  double sum = 0;
  std::vector<double> values;
  for (const NaiveSample& sample : window) {
    sum += sample.value;
    values.push_back(sample.value);
  }
  double squares = 0;
  for (const double value : values) squares += (value - sum / count) * (value - sum / count);
  switch (node.op) {
    case logql::RangeOp::kCountOverTime:
    case logql::RangeOp::kAbsentOverTime:
      return count;
    case logql::RangeOp::kRate:
      return node.unwrap ? sum / seconds : count / seconds;
    case logql::RangeOp::kRateCounter:
      return CounterRate(window, end_ns - node.range_ns, end_ns);
    case logql::RangeOp::kBytesOverTime:
    case logql::RangeOp::kSumOverTime:
      return sum;
    case logql::RangeOp::kBytesRate:
      return sum / seconds;
    case logql::RangeOp::kMinOverTime:
      return *std::min_element(values.begin(), values.end());
    case logql::RangeOp::kMaxOverTime:
      return *std::max_element(values.begin(), values.end());
    case logql::RangeOp::kAvgOverTime:
      return sum / count;
    case logql::RangeOp::kStdvarOverTime:
      return squares / count;
    case logql::RangeOp::kStddevOverTime:
      return std::sqrt(squares / count);
    case logql::RangeOp::kQuantileOverTime:
      return QuantileOf(std::move(values), node.param.value_or(0));
    case logql::RangeOp::kFirstOverTime:
      return values.front();
    case logql::RangeOp::kLastOverTime:
      return values.back();
  }
  throw NaiveFailure{"not known to the naive evaluator"};
}

NaiveSeries AbsenceNaively(const logql::RangeAggregation& node, const NaiveSeries& found,
                           const query::StepGrid& grid) {
  LabelMap labels;
  for (const logql::Matcher& matcher : node.selector.matchers) {
    const auto same_name =
        std::count_if(node.selector.matchers.begin(), node.selector.matchers.end(),
                      [&](const logql::Matcher& other) { return other.name == matcher.name; });
    if (matcher.op == logql::MatchOp::kEqual && same_name == 1 && !matcher.value.empty())
      labels[matcher.name] = matcher.value;
  }
  NaiveSeries out;
  for (int64_t step = 0; step < grid.count; ++step) {
    const bool here = std::any_of(found.begin(), found.end(), [&](const auto& series) {
      return series.second.count(grid.time(step)) != 0;
    });
    if (!here) out[labels][grid.time(step)] = 1;
  }
  return out;
}

}  // namespace narfi::query_test
