// Engine::Explain: what a query would do, with the figures of a snapshot taken now.
#include <fmt/format.h>

#include <set>

#include "query/exec/engine.h"
#include "query/exec/log_query.h"
#include "query/exec/metric_query.h"
#include "query/exec/range_eval.h"
#include "query/exec/run_skip.h"
#include "query/exec/scan_unit.h"
#include "query/logql/parser.h"
#include "query/logql/printer.h"
#include "query/plan/support.h"

namespace narfi::query {
namespace {

class Explainer {
 public:
  Explainer(storage::Source& source, const Request& request, const StepGrid& grid,
            QueryMonitor& monitor)
      : source_(source),
        request_(request),
        grid_(grid),
        run_skip_(monitor),
        oldest_ns_(monitor.context().oldest_ns) {}

  Status Selector(const SelectorPlan& plan, int depth) {
    NARFI_ASSIGN(const storage::Snapshot snapshot, source_.TakeSnapshot(plan.selector));
    const std::vector<ScanUnit> units =
        MakeUnits(snapshot, plan.selector.start_ns, plan.selector.end_ns);
    RunFigures all;
    RunFigures read;
    std::vector<uint64_t> skipped(plan.needles.size());
    storage::ColumnSet columns = storage::ColumnSet{} | storage::Column::kTime;
    if (plan.reads_metadata) columns = columns | storage::Column::kMetadata;
    if (plan.reads_line) columns = columns | storage::Column::kLine;
    for (const ScanUnit& unit : units) {
      for (const RunPart& run : unit.runs) {
        all.Add(*run, columns);
        NARFI_ASSIGN(const size_t needle, FirstThatRulesOut(plan.needles, *run));
        if (needle == plan.needles.size()) {
          read.Add(*run, columns);
        } else {
          ++skipped[needle];
        }
      }
    }
    Line(depth, fmt::format("{} streams, {} runs, {} rows in range", CountStreams(snapshot),
                            all.runs, all.rows));
    Line(depth, fmt::format("to read: {} runs, {} rows, at most {} bytes of {}", read.runs,
                            read.rows, read.bytes, all.bytes));
    NARFI_TRY(Columns(snapshot, depth));
    const std::vector<std::string> steps = plan.Describe();
    for (size_t i = 0; i < steps.size(); ++i) {
      Line(depth, i < skipped.size() ? fmt::format("{}  (skips {} runs)", steps[i], skipped[i])
                                     : steps[i]);
    }
    return {};
  }

  Status Sample(const logql::SampleExpr& expr, const logql::Grouping* outer, int depth) {
    Line(depth, logql::Print(expr));
    if (const auto* range = std::get_if<logql::RangeAggregation>(&expr.node)) {
      return Selector(PlanRange(*range, outer, request_.tenant, grid_, oldest_ns_), depth + 1);
    }
    if (const auto* vector = std::get_if<logql::VectorAggregation>(&expr.node)) {
      const auto* range = std::get_if<logql::RangeAggregation>(&vector->inner->node);
      const bool first =
          vector->op == logql::VectorOp::kSum && range != nullptr && SumGroupsFirst(*range);
      const logql::Grouping everything;
      return Sample(*vector->inner,
                    !first             ? nullptr
                    : vector->grouping ? &*vector->grouping
                                       : &everything,
                    depth + 1);
    }
    if (const auto* binary = std::get_if<logql::BinaryOperation>(&expr.node)) {
      NARFI_TRY(Sample(*binary->left, nullptr, depth + 1));
      return Sample(*binary->right, nullptr, depth + 1);
    }
    if (const auto* replace = std::get_if<logql::LabelReplace>(&expr.node))
      return Sample(*replace->inner, nullptr, depth + 1);
    return {};
  }

  std::string TakeText() { return std::move(text_); }

 private:
  // How many row groups answer without the text of their rows as far as they can.
  Status Columns(const storage::Snapshot& snapshot, int depth) {
    std::set<const storage::RowGroupReader*> groups;
    size_t with_columns = 0;
    for (const storage::RunRef& run : snapshot.runs) {
      if (!groups.insert(run.group.get()).second) continue;
      const auto columnar = run.group->columnar();
      if (!columnar && columnar.error().code != Code::kCorrupt)
        return tl::unexpected<Error>(columnar.error());
      with_columns += columnar && *columnar != nullptr ? 1 : 0;
    }
    if (with_columns == 0) return {};
    Line(depth,
         fmt::format("{} of {} row groups have columns: stages marked * run over them, lines "
                     "are rebuilt of rows that pass or are in doubt",
                     with_columns, groups.size()));
    return {};
  }

  struct RunFigures {
    uint64_t runs = 0;
    uint64_t rows = 0;
    uint64_t bytes = 0;
    void Add(const storage::RunRef& run, storage::ColumnSet columns) {
      ++runs;
      rows += run.info().rows;
      bytes += run.group->ReadCost(run.run, columns);
    }
  };

  // Their number when none does, or when damage keeps it from being known: the query will tell.
  Result<size_t> FirstThatRulesOut(const std::vector<Needle>& needles, const storage::RunRef& run) {
    for (size_t i = 0; i < needles.size(); ++i) {
      const auto ruled_out = run_skip_.IsRuledOut(run, needles[i]);
      if (!ruled_out && ruled_out.error().code == Code::kCorrupt) return needles.size();
      if (!ruled_out) return tl::unexpected<Error>(ruled_out.error());
      if (*ruled_out) return i;
    }
    return needles.size();
  }

  void Line(int depth, std::string_view line) {
    text_.append(static_cast<size_t>(depth) * 2, ' ').append(line).append("\n");
  }

  storage::Source& source_;
  const Request& request_;
  const StepGrid grid_;
  RunSkip run_skip_;
  const int64_t oldest_ns_;  // what is older is not seen
  std::string text_;
};

}  // namespace

Result<std::string> Engine::Explain(const Request& request, const QueryContext& context) const {
  std::shared_ptr<const logql::Expr> expr = request.expr;
  if (expr == nullptr) {
    NARFI_ASSIGN(logql::Expr parsed, logql::Parse(request.query));
    expr = std::make_shared<const logql::Expr>(std::move(parsed));
  }
  NARFI_TRY(CheckSupported(*expr, {context.approx_topk, request.is_instant}));
  QueryMonitor monitor(context, clock_);
  if (const auto* selector = std::get_if<logql::LogSelector>(expr.get())) {
    Explainer explainer(source_, request, StepGrid{}, monitor);
    NARFI_TRY(explainer.Selector(
        MakeSelectorPlan(*selector, SelectorUse{}, request.tenant,
                         std::max(request.start_ns, context.oldest_ns), request.end_ns),
        0));
    return explainer.TakeText();
  }
  NARFI_ASSIGN(const StepGrid grid, GridOf(request));
  Explainer explainer(source_, request, grid, monitor);
  NARFI_TRY(explainer.Sample(std::get<logql::SampleExpr>(*expr), nullptr, 0));
  return explainer.TakeText();
}

}  // namespace narfi::query
