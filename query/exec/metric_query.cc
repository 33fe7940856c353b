#include "query/exec/metric_query.h"

#include <fmt/format.h>

#include <algorithm>

#include "query/exec/eval.h"

namespace narfi::query {
namespace {

int64_t RoundDown(int64_t value, int64_t step) {
  const int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

void SortSeries(VectorSteps& vector) {
  if (vector.sorted_by_value) return;
  SortByLabels(vector.series);
}

MatrixResult ToMatrix(EvalValue value, const StepGrid& grid) {
  MatrixResult matrix;
  if (auto* scalar = std::get_if<ScalarSteps>(&value)) {
    Series& series = matrix.series.emplace_back();
    for (int64_t i = 0; i < grid.count; ++i)
      series.points.push_back({grid.time(i), scalar->values[static_cast<size_t>(i)]});
    return matrix;
  }
  auto& vector = std::get<VectorSteps>(value);
  SortSeries(vector);
  for (StepSeries& from : vector.series) {
    Series& series = matrix.series.emplace_back();
    series.labels = std::move(from.labels);
    for (int64_t i = 0; i < grid.count; ++i) {
      const auto step = static_cast<size_t>(i);
      if (from.present[step] != 0) series.points.push_back({grid.time(i), from.values[step]});
    }
  }
  return matrix;
}

QueryData ToInstant(EvalValue value, const StepGrid& grid) {
  if (auto* scalar = std::get_if<ScalarSteps>(&value))
    return ScalarResult{{grid.start_ns, scalar->values.front()}};
  auto& vector = std::get<VectorSteps>(value);
  SortSeries(vector);
  VectorResult result;
  for (StepSeries& series : vector.series)
    result.samples.push_back({std::move(series.labels), {grid.start_ns, series.values.front()}});
  return result;
}

uint64_t CountSeries(const EvalValue& value) {
  const auto* vector = std::get_if<VectorSteps>(&value);
  return vector == nullptr ? 1 : vector->series.size();
}

// Those that come first in the answer; returns what to say about the others.
std::string KeepFirstSeries(VectorSteps& vector, uint64_t count) {
  SortSeries(vector);
  std::string warning = fmt::format(
      "maximum number of series ({}) reached for a single query; {} of {} series are shown", count,
      count, vector.series.size());
  vector.series.resize(count);
  return warning;
}

}  // namespace

Result<StepGrid> GridOf(const Request& request) {
  if (request.is_instant) return StepGrid{request.end_ns, 1, 1};
  if (request.step_ns <= 0) {
    return Fail(
        Code::kInvalidArgument,
        "zero or negative query resolution step widths are not accepted. Try a positive integer");
  }
  if (request.end_ns < request.start_ns)
    return Fail(Code::kInvalidArgument, "end timestamp must not be before or equal to start time");
  const int64_t start = RoundDown(request.start_ns, request.step_ns);
  int64_t end = RoundDown(request.end_ns, request.step_ns);
  if (end != request.end_ns) end = SaturatingAdd(end, request.step_ns);
  int64_t length = 0;
  if (__builtin_sub_overflow(end, start, &length) || length / request.step_ns > kMaxPoints) {
    return Fail(Code::kInvalidArgument,
                "exceeded maximum resolution of 11,000 points per time series. Try increasing the "
                "value of the step parameter");
  }
  return StepGrid{start, request.step_ns, length / request.step_ns + 1};
}

Result<QueryResult> RunMetricQuery(const logql::SampleExpr& expr, const Request& request,
                                   storage::Source& source, Pool& pool, QueryMonitor& monitor) {
  NARFI_ASSIGN(const StepGrid grid, GridOf(request));
  QueryResult result;
  EvalContext context{request, grid, source, pool, monitor, result.stats, result.warnings};
  NARFI_ASSIGN(EvalValue value, Evaluate(expr, context));
  const uint64_t max_series = monitor.context().max_series;
  if (monitor.context().partial_series && CountSeries(value) > max_series) {
    result.warnings.push_back(KeepFirstSeries(std::get<VectorSteps>(value), max_series));
  }
  NARFI_TRY(monitor.CheckSeries(CountSeries(value)));
  result.stats.entries_returned = CountSeries(value);
  if (request.is_instant) {
    result.data = ToInstant(std::move(value), grid);
  } else {
    result.data = ToMatrix(std::move(value), grid);
  }
  std::sort(result.warnings.begin(), result.warnings.end());
  result.warnings.erase(std::unique(result.warnings.begin(), result.warnings.end()),
                        result.warnings.end());
  return result;
}

}  // namespace narfi::query
