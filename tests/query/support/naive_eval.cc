#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "base/go_number.h"
#include "line/template/template.h"
#include "query/exec/metric_query.h"
#include "query/plan/needs.h"
#include "tests/query/support/naive.h"

namespace narfi::query_test {
namespace {

struct Failure {
  std::string text;
};

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

LabelMap Group(const LabelMap& labels, const std::optional<logql::Grouping>& grouping) {
  LabelMap out;
  if (!grouping) return out;
  for (const auto& [name, value] : labels) {
    const bool named =
        std::find(grouping->labels.begin(), grouping->labels.end(), name) != grouping->labels.end();
    if (named != grouping->without) out[name] = value;
  }
  return out;
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

struct Sample {
  int64_t time_ns;
  double value;
};

double ValueAt(const logql::RangeAggregation& node, const std::vector<Sample>& window) {
  const double seconds = static_cast<double>(node.range_ns) / 1e9;
  double sum = 0;
  double least = window.front().value;
  double most = window.front().value;
  for (const Sample& sample : window) {
    sum += sample.value;
    least = std::min(least, sample.value);
    most = std::max(most, sample.value);
  }
  switch (node.op) {
    case logql::RangeOp::kCountOverTime:
      return static_cast<double>(window.size());
    case logql::RangeOp::kRate:
      return node.unwrap ? sum / seconds : static_cast<double>(window.size()) / seconds;
    case logql::RangeOp::kBytesOverTime:
      return sum;
    case logql::RangeOp::kBytesRate:
      return sum / seconds;
    case logql::RangeOp::kSumOverTime:
      return sum;
    case logql::RangeOp::kMinOverTime:
      return least;
    case logql::RangeOp::kMaxOverTime:
      return most;
    case logql::RangeOp::kAvgOverTime:
      return sum / static_cast<double>(window.size());
    default:
      throw Failure{"not known to the naive evaluator"};
  }
}

class NaiveEval {
 public:
  NaiveEval(const std::vector<TestStream>& streams, const query::Request& request,
            query::StepGrid grid)
      : streams_(streams), request_(request), grid_(grid) {}

  NaiveSeries Eval(const logql::SampleExpr& expr, const logql::Grouping* outer = nullptr) const {
    if (const auto* range = std::get_if<logql::RangeAggregation>(&expr.node))
      return Range(*range, outer);
    if (const auto* vector = std::get_if<logql::VectorAggregation>(&expr.node))
      return Vector(*vector);
    if (const auto* binary = std::get_if<logql::BinaryOperation>(&expr.node))
      return WithNumber(*binary);
    throw Failure{"not known to the naive evaluator"};
  }

 private:
  NaiveSeries Range(const logql::RangeAggregation& node, const logql::Grouping* outer) const {
    const NaiveContext context = ContextOf(node, outer);
    std::map<LabelMap, std::vector<Sample>> samples;
    for (NaiveRow& row : RowsOf(streams_, request_, node.selector)) {
      if (!InAnyWindow(node, row.time_ns)) continue;
      if (!RunNaiveStages(node.selector.stages, context, row)) continue;
      double value =
          node.op == logql::RangeOp::kBytesOverTime || node.op == logql::RangeOp::kBytesRate
              ? static_cast<double>(row.line.size())
              : 1;
      if (node.unwrap && !Unwrap(*node.unwrap, context, row, value)) continue;
      if (!row.error.empty() && !row.preserve) throw Failure{"pipeline error: '" + row.error + "'"};
      samples[SeriesOf(node, row)].push_back({row.time_ns, value});
    }
    NaiveSeries out;
    for (const auto& [labels, of_series] : samples) {
      for (int64_t step = 0; step < grid_.count; ++step) {
        std::vector<Sample> window;
        const int64_t end = grid_.time(step) - node.offset_ns;
        for (const Sample& sample : of_series) {
          if (sample.time_ns > end - node.range_ns && sample.time_ns <= end)
            window.push_back(sample);
        }
        if (!window.empty()) out[labels][grid_.time(step)] = ValueAt(node, window);
      }
    }
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
    const auto number = ParseGoFloat(text->second);
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

  static LabelMap SeriesOf(const logql::RangeAggregation& node, const NaiveRow& row) {
    LabelMap labels = AllLabels(row);
    if (node.grouping) {
      labels = Group(labels, node.grouping);
      if (node.unwrap && node.grouping->without) labels.erase(node.unwrap->label);
    } else if (node.unwrap) {
      labels.erase(node.unwrap->label);
    }
    return labels;
  }

  NaiveSeries Vector(const logql::VectorAggregation& node) const {
    const logql::Grouping everything;
    const auto* range = std::get_if<logql::RangeAggregation>(&node.inner->node);
    const bool first = node.op == logql::VectorOp::kSum && range != nullptr && !range->grouping &&
                       range->op != logql::RangeOp::kMinOverTime &&
                       range->op != logql::RangeOp::kMaxOverTime &&
                       range->op != logql::RangeOp::kAvgOverTime;
    const NaiveSeries inner = Eval(*node.inner, !first          ? nullptr
                                                : node.grouping ? &*node.grouping
                                                                : &everything);
    std::map<LabelMap, std::map<int64_t, std::vector<double>>> groups;
    for (const auto& [labels, points] : inner) {
      for (const auto& [time, value] : points)
        groups[Group(labels, node.grouping)][time].push_back(value);
    }
    NaiveSeries out;
    for (const auto& [labels, times] : groups) {
      for (const auto& [time, values] : times) out[labels][time] = Fold(node.op, values);
    }
    return out;
  }

  static double Fold(logql::VectorOp op, const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    const auto count = static_cast<double>(values.size());
    switch (op) {
      case logql::VectorOp::kSum:
        return sum;
      case logql::VectorOp::kAvg:
        return sum / count;
      case logql::VectorOp::kCount:
        return count;
      case logql::VectorOp::kMin:
        return *std::min_element(values.begin(), values.end());
      case logql::VectorOp::kMax:
        return *std::max_element(values.begin(), values.end());
      default:
        throw Failure{"not known to the naive evaluator"};
    }
  }

  // vector op number
  NaiveSeries WithNumber(const logql::BinaryOperation& node) const {
    const double number = std::get<logql::Literal>(node.right->node).value;
    NaiveSeries out;
    for (const auto& [labels, points] : Eval(*node.left)) {
      for (const auto& [time, value] : points) {
        switch (node.op) {
          case logql::BinaryOp::kAdd:
            out[labels][time] = value + number;
            break;
          case logql::BinaryOp::kMultiply:
            out[labels][time] = value * number;
            break;
          case logql::BinaryOp::kGreater:
            if (node.return_bool) {
              out[labels][time] = value > number ? 1 : 0;
            } else if (value > number) {
              out[labels][time] = value;
            }
            break;
          default:
            throw Failure{"not known to the naive evaluator"};
        }
      }
    }
    return out;
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
                        .Eval(std::get<logql::SampleExpr>(expr));
  } catch (const Failure& failure) {
    answer.error = failure.text;
  }
  return answer;
}

}  // namespace narfi::query_test
