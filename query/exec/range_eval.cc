#include "query/exec/range_eval.h"

#include <algorithm>
#include <map>

#include "query/exec/column_sampler.h"
#include "query/exec/group_skip.h"
#include "query/exec/log_query.h"
#include "query/exec/range_op.h"
#include "query/exec/scan.h"
#include "query/exec/series_table.h"
#include "query/exec/split_units.h"
#include "query/exec/unwrap.h"

namespace narfi::query {
namespace {

bool NeedsLineLength(logql::RangeOp op) {
  return op == logql::RangeOp::kBytesOverTime || op == logql::RangeOp::kBytesRate;
}

SeriesLabels LabelsOf(const logql::RangeAggregation& node, const logql::Grouping* outer) {
  SeriesLabels labels;
  if (node.op == logql::RangeOp::kAbsentOverTime) {
    labels.mode = SeriesLabels::Mode::kBy;
    return labels;
  }
  const logql::Grouping* grouping = node.grouping ? &*node.grouping : outer;
  if (grouping != nullptr) {
    labels.mode = grouping->without ? SeriesLabels::Mode::kWithout : SeriesLabels::Mode::kBy;
    labels.names = grouping->labels;
  }
  // The label that became the value tells series apart no more.
  if (node.unwrap && labels.mode != SeriesLabels::Mode::kBy) {
    labels.mode = SeriesLabels::Mode::kWithout;
    labels.names.push_back(node.unwrap->label);
  }
  std::sort(labels.names.begin(), labels.names.end());
  labels.names.erase(std::unique(labels.names.begin(), labels.names.end()), labels.names.end());
  return labels;
}

Error PipelineError(const Batch& batch, uint32_t row) {
  RowLabels labels;
  std::vector<Field> fields;
  labels.Collect(batch, row);
  labels.AppendAll(fields);
  std::vector<Label> pairs;
  pairs.reserve(fields.size());
  for (const Field& field : fields)
    pairs.push_back({std::string(field.name), std::string(field.value)});
  const std::string error(batch.error(row).error);
  return {Code::kInvalidArgument,
          "pipeline error: '" + error + "' for series: '" + Labels(std::move(pairs)).ToString() +
              "'.\nUse a label filter to intentionally skip this error. (e.g | __error__!=\"" +
              error +
              "\").\nTo skip all potential errors you can match empty errors.(e.g __error__=\"\")\n"
              "The label filter can also be specified after unwrap. (e.g | unwrap latency | "
              "__error__=\"\" )\n"};
}

class RangeSink final : public ScanSink {
 public:
  RangeSink(const logql::RangeAggregation& node, const Windows& windows, const SelectorPlan& plan,
            bool limited, QueryMonitor& monitor)
      : windows_(windows),
        plan_(plan),
        table_(plan.series, limited, monitor),
        taker_(node, plan.context.preserve_errors),
        accumulator_(MakeRangeAccumulator(node, windows, monitor)),
        sampler_(node, windows, plan, table_, *accumulator_) {}

  Status Take(Batch& batch, const ScanUnit& unit, int64_t) override {
    taker_.Run(batch);
    const std::vector<uint32_t>& rows = batch.selection();
    samples_.clear();
    table_.StartBatch();
    StepCursor cursor(windows_);
    const uint32_t stream = StreamOrder(unit.runs.front()->info().id);
    for (size_t i = 0; i < rows.size(); ++i) {
      const int64_t time = batch.time(rows[i]);
      if (cursor.At(time).empty()) continue;
      if (batch.has_error(rows[i]) && !batch.error(rows[i]).preserve)
        return tl::unexpected(PipelineError(batch, rows[i]));
      NARFI_ASSIGN(const uint32_t series, table_.SeriesOf(batch, rows[i]));
      samples_.push_back({series, stream, time, taker_.values()[i], taker_.only_counts(rows[i])});
    }
    return accumulator_->Add(samples_);
  }

  // All entries of the run belong to one series and to the same steps.
  Result<bool> TakeCounts(const ScanUnit& unit) override {
    // Of a run that overlaps another, or is what a delete left of one, the counts prove nothing.
    if (unit.runs.front()->overlap != 0) return false;
    const storage::StreamRun& run = unit.runs.front()->info();
    const bool one_series = plan_.series.mode == SeriesLabels::Mode::kBy &&
                            OneSeriesPerStream(plan_.series, *run.labels);
    if (!one_series) return false;
    if (run.min_time_ns < plan_.selector.start_ns || run.max_time_ns >= plan_.selector.end_ns)
      return false;
    const StepSpan first = windows_.StepsOf(run.min_time_ns);
    const StepSpan last = windows_.StepsOf(run.max_time_ns);
    if (!(first == last) && !(first.empty() && last.empty() && first.first == last.first))
      return false;
    if (first.empty()) return true;
    NARFI_ASSIGN(const uint32_t series, table_.SeriesOfStream(*run.labels));
    return accumulator_->AddCounts(series, first, run.rows, run.line_bytes);
  }

  Result<bool> TakeColumns(GroupScan& scan) override { return sampler_.Take(scan); }

  SeriesTable& table() { return table_; }
  RangeAccumulator& accumulator() { return *accumulator_; }

 private:
  const Windows windows_;
  const SelectorPlan& plan_;
  SeriesTable table_;
  SampleTaker taker_;
  std::unique_ptr<RangeAccumulator> accumulator_;
  ColumnSampler sampler_;
  std::vector<RangeSample> samples_;
};

// The first sink takes in the others.
Status JoinSinks(std::vector<std::unique_ptr<RangeSink>>& sinks) {
  for (size_t i = 1; i < sinks.size(); ++i) {
    NARFI_ASSIGN(const auto numbers, sinks[0]->table().Absorb(sinks[i]->table()));
    NARFI_TRY(sinks[0]->accumulator().Merge(sinks[i]->accumulator(), numbers));
  }
  return {};
}

Result<VectorSteps> CollectSeries(RangeSink& sink, EvalContext& context) {
  VectorSteps out;
  const int64_t steps = context.grid.count;
  for (uint32_t i = 0; i < sink.table().size(); ++i) {
    NARFI_TRY(context.monitor.AddMemory(SeriesBytes(steps)));
    StepSeries series(sink.table().labels(i), steps);
    sink.accumulator().Finish(i, series);
    if (!series.empty()) out.series.push_back(std::move(series));
  }
  SortByLabels(out.series);
  return out;
}

// Where nothing was found, 1: one series, labelled by what the selector demands to be equal.
VectorSteps Absence(const logql::RangeAggregation& node, const VectorSteps& found, int64_t steps) {
  std::map<std::string, std::pair<int, std::string>> names;  // how often, and the value of an =
  for (const logql::Matcher& matcher : node.selector.matchers) {
    auto& [uses, value] = names[matcher.name];
    ++uses;
    if (matcher.op == logql::MatchOp::kEqual) value = matcher.value;
  }
  LabelPairs labels;
  for (const auto& [name, use] : names) {
    if (use.first == 1 && !use.second.empty()) labels.push_back({name, use.second});
  }
  StepSeries series(std::move(labels), steps);
  for (size_t step = 0; step < series.values.size(); ++step) {
    const bool here = !found.series.empty() && found.series.front().present[step] != 0;
    if (!here) series.Set(step, 1);
  }
  VectorSteps out;
  if (!series.empty()) out.series.push_back(std::move(series));
  return out;
}

}  // namespace

bool SumGroupsFirst(const logql::RangeAggregation& node) {
  if (node.grouping) return false;
  switch (node.op) {
    case logql::RangeOp::kCountOverTime:
    case logql::RangeOp::kRate:
    case logql::RangeOp::kBytesOverTime:
    case logql::RangeOp::kBytesRate:
    case logql::RangeOp::kSumOverTime:
      return true;
    default:
      return false;
  }
}

bool CanBeSplit(const logql::RangeAggregation& node) {
  switch (node.op) {
    case logql::RangeOp::kCountOverTime:
    case logql::RangeOp::kRate:
    case logql::RangeOp::kBytesOverTime:
    case logql::RangeOp::kBytesRate:
    case logql::RangeOp::kSumOverTime:
    case logql::RangeOp::kMinOverTime:
    case logql::RangeOp::kMaxOverTime:
      return true;
    default:
      return false;
  }
}

bool CanBeSplit(logql::VectorOp op) {
  switch (op) {
    case logql::VectorOp::kSum:
    case logql::VectorOp::kAvg:
    case logql::VectorOp::kCount:
    case logql::VectorOp::kMin:
    case logql::VectorOp::kMax:
      return true;
    default:
      return false;
  }
}

SelectorPlan PlanRange(const logql::RangeAggregation& node, const logql::Grouping* outer,
                       const std::string& tenant, const StepGrid& grid, int64_t oldest_ns) {
  const Windows windows{grid, node.range_ns, node.offset_ns};
  SelectorUse use;
  use.is_metric = true;
  use.reads_line = NeedsLineLength(node.op);
  use.series = LabelsOf(node, outer);
  if (node.unwrap) {
    use.unwrap_label = node.unwrap->label;
    for (const logql::LabelFilter& filter : node.unwrap->filters)
      use.late_filters.push_back(&filter);
  }
  return MakeSelectorPlan(node.selector, use, tenant, std::max(windows.begin_ns(), oldest_ns),
                          windows.end_ns());
}

Result<VectorSteps> EvalRange(const logql::RangeAggregation& node, const RangeSurroundings& around,
                              EvalContext& context) {
  const Windows windows{context.grid, node.range_ns, node.offset_ns};
  SelectorPlan plan = PlanRange(node, around.outer, context.request.tenant, context.grid,
                                context.monitor.context().oldest_ns);
  if (context.monitor.context().use_pushdown) SkipByNeedles(plan, context.pool);
  NARFI_ASSIGN(storage::Snapshot snapshot, context.source.TakeSnapshot(plan.selector));
  std::vector<ScanUnit> units = MakeUnits(snapshot, plan.selector.start_ns, plan.selector.end_ns);
  if (context.monitor.context().use_pushdown) NARFI_TRY(SplitOverlaps(units));
  for (std::string& warning : snapshot.warnings) context.warnings.push_back(std::move(warning));
  const uint64_t streams = CountStreams(snapshot);
  context.stats.streams += streams;
  NARFI_TRY(context.monitor.CheckStreams(streams));
  std::vector<std::unique_ptr<RangeSink>> sinks;
  const auto make_sink = [&]() -> ScanSink& {
    sinks.push_back(
        std::make_unique<RangeSink>(node, windows, plan, around.limits_series, context.monitor));
    return *sinks.back();
  };
  NARFI_TRY(ScanAll(plan, units, Direction::kForward, context.monitor, context.pool, make_sink,
                    context.stats));
  NARFI_TRY(JoinSinks(sinks));
  NARFI_ASSIGN(VectorSteps found, CollectSeries(*sinks.front(), context));
  if (node.op == logql::RangeOp::kAbsentOverTime) return Absence(node, found, context.grid.count);
  return found;
}

}  // namespace narfi::query
