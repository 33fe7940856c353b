#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "base/duration.h"
#include "base/go_number.h"
#include "base/size.h"
#include "line/template/template.h"
#include "query/exec/metric_query.h"
#include "query/plan/needs.h"
#include "tests/query/support/naive_metric.h"

namespace narfi::query_test {
namespace {

std::vector<NaiveRow> RowsOf(const std::vector<TestStream>& streams, const query::Request& request,
                             const logql::LogSelector& selector) {
  std::vector<NaiveRow> rows;
  for (const TestStream& stream : streams) {
    if (stream.tenant != request.tenant) continue;
    const bool matches =
        std::all_of(selector.matchers.begin(), selector.matchers.end(),
                    [&](const logql::Matcher& m) { return m.Accepts(stream.labels.Get(m.name)); });
    if (!matches) continue;
    // Equal entries of a stream are one.
    const std::set<TestEntry> entries(stream.entries.begin(), stream.entries.end());
    for (const TestEntry& entry : entries) {
      NaiveRow row;
      for (const Label& label : stream.labels) row.stream[label.name] = label.value;
      row.base = row.stream;
      for (const Label& pair : entry.metadata)
        row.metadata[row.stream.count(pair.name) != 0 ? pair.name + "_extracted" : pair.name] =
            pair.value;
      row.time_ns = entry.time_ns;
      row.line = entry.line;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

// What templates read, and what is renamed.
void AppendTemplateLabels(const logql::Stage& stage, std::vector<std::string>& names,
                          bool& everything) {
  const auto append = [&](const std::string& text) {
    const auto form = line::tmpl::Template::Parse("x", text);
    names.insert(names.end(), form->reads().labels.begin(), form->reads().labels.end());
    everything |= form->reads().all_labels;
  };
  if (const auto* line = std::get_if<logql::LineFormatStage>(&stage)) append(line->text);
  const auto* labels = std::get_if<logql::LabelFormatStage>(&stage);
  if (labels == nullptr) return;
  for (const logql::LabelFormat& format : labels->formats) {
    if (format.is_rename) names.push_back(format.value);
    if (!format.is_rename) append(format.value);
  }
}

// Which fields Loki's parsers are asked for.
NaiveContext ContextOf(const logql::RangeAggregation& node, const logql::Grouping* outer) {
  NaiveContext context;
  std::vector<std::string> names;
  for (const logql::Stage& stage : node.selector.stages) {
    if (const auto* filter = std::get_if<logql::LabelFilterStage>(&stage))
      query::AppendFilterLabels(filter->filter, names);
    AppendTemplateLabels(stage, names, context.everything);
  }
  const logql::Grouping* grouping = node.grouping ? &*node.grouping : outer;
  const bool by = grouping != nullptr && !grouping->without;
  if (by) names.insert(names.end(), grouping->labels.begin(), grouping->labels.end());
  if (node.unwrap) {
    names.push_back(node.unwrap->label);
    for (const logql::LabelFilter& filter : node.unwrap->filters)
      query::AppendFilterLabels(filter, names);
  }
  const std::set<std::string> unique(names.begin(), names.end());
  context.preserve = unique.count("__error__") != 0;
  if (!by || context.everything) return context;
  context.all_fields = false;
  context.fields.assign(unique.begin(), unique.end());
  for (const std::string& name : unique) {
    if (name.ends_with("_extracted") && unique.count(name.substr(0, name.size() - 10)) == 0)
      context.fields.push_back(name.substr(0, name.size() - 10));
  }
  context.skip_parsers = context.fields.empty();
  return context;
}

class NaiveEval {
 public:
  NaiveEval(const std::vector<TestStream>& streams, const query::Request& request,
            query::StepGrid grid)
      : streams_(streams), request_(request), grid_(grid) {}

  NaiveValue Eval(const logql::SampleExpr& expr, const logql::Grouping* outer = nullptr) const {
    if (const auto* range = std::get_if<logql::RangeAggregation>(&expr.node))
      return {false, Range(*range, outer)};
    if (const auto* vector = std::get_if<logql::VectorAggregation>(&expr.node))
      return {false, Vector(*vector)};
    if (const auto* replace = std::get_if<logql::LabelReplace>(&expr.node))
      return {false, ReplaceNaively(*replace, Eval(*replace->inner).series)};
    if (const auto* binary = std::get_if<logql::BinaryOperation>(&expr.node))
      return CombineNaively(*binary, Eval(*binary->left), Eval(*binary->right), grid_);
    if (const auto* number = std::get_if<logql::VectorFunction>(&expr.node))
      return {false, Constant(number->value)};
    return {true, Constant(std::get<logql::Literal>(expr.node).value)};
  }

 private:
  NaiveSeries Constant(double value) const {
    NaiveSeries out;
    for (int64_t step = 0; step < grid_.count; ++step) out[{}][grid_.time(step)] = value;
    return out;
  }

  NaiveSeries Range(const logql::RangeAggregation& node, const logql::Grouping* outer) const {
    const NaiveContext context = ContextOf(node, outer);
    std::map<LabelMap, std::vector<NaiveSample>> samples;
    for (NaiveRow& row : RowsOf(streams_, request_, node.selector)) {
      if (!InAnyWindow(node, row.time_ns)) continue;
      if (!RunNaiveStages(node.selector.stages, context, row)) continue;
      double value =
          node.op == logql::RangeOp::kBytesOverTime || node.op == logql::RangeOp::kBytesRate
              ? static_cast<double>(row.line.size())
              : 1;
      if (node.unwrap && !Unwrap(*node.unwrap, context, row, value)) continue;
      if (!row.error.empty() && !row.preserve)
        throw NaiveFailure{"pipeline error: '" + row.error + "'"};
      samples[SeriesOf(node, outer, row)].push_back({row.time_ns, value});
    }
    NaiveSeries out;
    for (auto& [labels, of_series] : samples) {
      std::stable_sort(
          of_series.begin(), of_series.end(),
          [](const NaiveSample& a, const NaiveSample& b) { return a.time_ns < b.time_ns; });
      for (int64_t step = 0; step < grid_.count; ++step) {
        std::vector<NaiveSample> window;
        const int64_t end = grid_.time(step) - node.offset_ns;
        for (const NaiveSample& sample : of_series) {
          if (sample.time_ns > end - node.range_ns && sample.time_ns <= end)
            window.push_back(sample);
        }
        if (!window.empty()) out[labels][grid_.time(step)] = WindowNaively(node, window, end);
      }
    }
    if (node.op == logql::RangeOp::kAbsentOverTime) return AbsenceNaively(node, out, grid_);
    return out;
  }

  bool InAnyWindow(const logql::RangeAggregation& node, int64_t time_ns) const {
    for (int64_t step = 0; step < grid_.count; ++step) {
      const int64_t end = grid_.time(step) - node.offset_ns;
      if (time_ns > end - node.range_ns && time_ns <= end) return true;
    }
    return false;
  }

  static bool Unwrap(const logql::Unwrap& unwrap, const NaiveContext& context, NaiveRow& row,
                     double& value) {
    const LabelMap labels = AllLabels(row);
    const auto text = labels.find(unwrap.label);
    if (text == labels.end() || text->second.empty()) return false;
    const auto number = Convert(unwrap.conversion, text->second);
    value = number.value_or(0);
    if (!number) {
      row.error = "SampleExtractionErr";
      row.details = number.error().text;
      row.preserve |= context.preserve;
    }
    return std::all_of(
        unwrap.filters.begin(), unwrap.filters.end(),
        [&](const logql::LabelFilter& filter) { return PassesNaively(filter, row); });
  }

  static Result<double> Convert(logql::Conversion conversion, const std::string& text) {
    if (conversion == logql::Conversion::kNone) return ParseGoFloat(text);
    if (conversion == logql::Conversion::kBytes) {
      NARFI_ASSIGN(const auto bytes, ParseHumanBytes(text));
      return static_cast<double>(bytes);
    }
    NARFI_ASSIGN(const auto ns, ParseGoDuration(text));
    return static_cast<double>(ns) / 1e9;
  }

  // A sum that groups by the unwrapped label keeps it.
  static LabelMap SeriesOf(const logql::RangeAggregation& node, const logql::Grouping* outer,
                           const NaiveRow& row) {
    if (node.op == logql::RangeOp::kAbsentOverTime) return {};
    LabelMap labels = AllLabels(row);
    if (node.grouping) {
      labels = GroupNaively(labels, node.grouping);
      if (node.unwrap && node.grouping->without) labels.erase(node.unwrap->label);
    } else if (node.unwrap && (outer == nullptr || outer->without)) {
      labels.erase(node.unwrap->label);
    }
    return labels;
  }

  // A sum's grouping decides which fields are read below it, where the aggregation below allows it.
  NaiveSeries Vector(const logql::VectorAggregation& node) const {
    const logql::Grouping everything;
    const auto* range = std::get_if<logql::RangeAggregation>(&node.inner->node);
    const bool first = node.op == logql::VectorOp::kSum && range != nullptr && IsSummed(*range);
    const NaiveValue inner = Eval(*node.inner, !first          ? nullptr
                                               : node.grouping ? &*node.grouping
                                                               : &everything);
    return AggregateNaively(node, inner.series, grid_);
  }

  static bool IsSummed(const logql::RangeAggregation& node) {
    switch (node.op) {
      case logql::RangeOp::kCountOverTime:
      case logql::RangeOp::kRate:
      case logql::RangeOp::kBytesOverTime:
      case logql::RangeOp::kBytesRate:
      case logql::RangeOp::kSumOverTime:
        return !node.grouping;
      default:
        return false;
    }
  }

  const std::vector<TestStream>& streams_;
  const query::Request& request_;
  const query::StepGrid grid_;
};

NaiveAnswer Entries(const std::vector<TestStream>& streams, const query::Request& request,
                    const logql::LogSelector& selector) {
  NaiveAnswer answer;
  for (NaiveRow& row : RowsOf(streams, request, selector)) {
    if (row.time_ns < request.start_ns || row.time_ns >= request.end_ns) continue;
    if (RunNaiveStages(selector.stages, NaiveContext{}, row))
      answer.entries.push_back({AllLabels(row), row.time_ns, row.line});
  }
  std::sort(answer.entries.begin(), answer.entries.end());
  return answer;
}

}  // namespace

NaiveAnswer EvaluateNaively(const std::vector<TestStream>& streams, const query::Request& request,
                            const logql::Expr& expr) {
  if (const auto* selector = std::get_if<logql::LogSelector>(&expr))
    return Entries(streams, request, *selector);
  NaiveAnswer answer;
  try {
    answer.series = NaiveEval(streams, request, *query::GridOf(request))
                        .Eval(std::get<logql::SampleExpr>(expr))
                        .series;
  } catch (const NaiveFailure& failure) {
    answer.error = failure.text;
  }
  return answer;
}

}  // namespace narfi::query_test
