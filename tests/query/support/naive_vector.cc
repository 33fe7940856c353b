// Vectors the slow and plain way: aggregations, operators, label_replace, one step after another.
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/query/support/naive_metric.h"

namespace narfi::query_test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// One step of a vector.
using NaiveSamples = std::map<LabelMap, double>;

NaiveSamples StepOf(const NaiveSeries& series, int64_t time_ns) {
  NaiveSamples out;
  for (const auto& [labels, points] : series) {
    if (const auto point = points.find(time_ns); point != points.end()) out[labels] = point->second;
  }
  return out;
}

double Fold(logql::VectorOp op, const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  double squares = 0;
  for (const double value : values) squares += (value - sum / count) * (value - sum / count);
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
    case logql::VectorOp::kStddev:
      return std::sqrt(squares / count);
    case logql::VectorOp::kStdvar:
      return squares / count;
    default:
      throw NaiveFailure{"not known to the naive evaluator"};
  }
}

NaiveSamples Best(const logql::VectorAggregation& node, const NaiveSamples& samples) {
  std::vector<std::pair<double, LabelMap>> ranked;
  for (const auto& [labels, value] : samples) ranked.emplace_back(value, labels);
  std::stable_sort(ranked.begin(), ranked.end(), [&](const auto& a, const auto& b) {
    return node.op == logql::VectorOp::kBottomK ? a.first < b.first : a.first > b.first;
  });
  NaiveSamples out;
  for (size_t i = 0; i < ranked.size() && static_cast<int64_t>(i) < node.param; ++i)
    out[ranked[i].second] = ranked[i].first;
  return out;
}

NaiveSamples AggregateStep(const logql::VectorAggregation& node, const NaiveSamples& samples) {
  if (node.op == logql::VectorOp::kSort || node.op == logql::VectorOp::kSortDesc) return samples;
  std::map<LabelMap, NaiveSamples> groups;
  for (const auto& [labels, value] : samples)
    groups[GroupNaively(labels, node.grouping)][labels] = value;
  NaiveSamples out;
  for (const auto& [labels, members] : groups) {
    if (node.op == logql::VectorOp::kTopK || node.op == logql::VectorOp::kBottomK) {
      out.merge(Best(node, members));
      continue;
    }
    std::vector<double> values;
    for (const auto& [member, value] : members) values.push_back(value);
    out[labels] = Fold(node.op, values);
  }
  return out;
}

double Apply(logql::BinaryOp op, double a, double b) {
  switch (op) {
    case logql::BinaryOp::kAdd:
      return a + b;
    case logql::BinaryOp::kSubtract:
      return a - b;
    case logql::BinaryOp::kMultiply:
      return a * b;
    case logql::BinaryOp::kDivide:
      return b == 0 ? kNaN : a / b;
    case logql::BinaryOp::kModulo:
      return b == 0 ? kNaN : std::fmod(a, b);
    case logql::BinaryOp::kPower:
      return std::pow(a, b);
    case logql::BinaryOp::kEqual:
      return a == b;
    case logql::BinaryOp::kNotEqual:
      return a != b;
    case logql::BinaryOp::kGreater:
      return a > b;
    case logql::BinaryOp::kGreaterEqual:
      return a >= b;
    case logql::BinaryOp::kLess:
      return a < b;
    case logql::BinaryOp::kLessEqual:
      return a <= b;
    default:
      throw NaiveFailure{"no arithmetic"};
  }
}

bool Filters(const logql::BinaryOperation& node) {
  return logql::IsComparison(node.op) && !node.return_bool;
}

LabelMap Signature(const LabelMap& labels, const logql::VectorMatching& matching) {
  logql::Grouping grouping;
  grouping.without = !matching.on;
  grouping.labels = matching.labels;
  return GroupNaively(labels, grouping);
}

NaiveSamples SetStep(logql::BinaryOp op, const logql::VectorMatching& matching,
                     const NaiveSamples& left, const NaiveSamples& right) {
  const auto has = [&](const NaiveSamples& samples, const LabelMap& labels) {
    return std::any_of(samples.begin(), samples.end(), [&](const auto& sample) {
      return Signature(sample.first, matching) == Signature(labels, matching);
    });
  };
  NaiveSamples out;
  for (const auto& [labels, value] : left) {
    if (op == logql::BinaryOp::kOr || has(right, labels) == (op == logql::BinaryOp::kAnd))
      out[labels] = value;
  }
  if (op != logql::BinaryOp::kOr) return out;
  for (const auto& [labels, value] : right) {
    if (!has(left, labels)) out[labels] = value;
  }
  return out;
}

NaiveSamples MatchStep(const logql::BinaryOperation& node, const logql::VectorMatching& matching,
                       const NaiveSamples& left, const NaiveSamples& right) {
  const bool swapped = matching.cardinality == logql::Cardinality::kOneToMany;
  const NaiveSamples& many = swapped ? right : left;
  const NaiveSamples& one = swapped ? left : right;
  NaiveSamples out;
  for (const auto& [labels, value] : many) {
    for (const auto& [other, partner] : one) {
      if (Signature(labels, matching) != Signature(other, matching)) continue;
      const double a = swapped ? partner : value;
      const double b = swapped ? value : partner;
      const double result = Apply(node.op, a, b);
      if (Filters(node) && result == 0) continue;
      LabelMap answer = labels;
      if (matching.cardinality == logql::Cardinality::kOneToOne)
        answer = Signature(labels, matching);
      for (const std::string& name : matching.include) {
        answer.erase(name);
        if (const auto found = other.find(name); found != other.end()) answer[name] = found->second;
      }
      if (!out.emplace(answer, Filters(node) ? a : result).second)
        throw NaiveFailure{"multiple matches for labels"};
    }
  }
  return out;
}

NaiveSamples MixStep(const logql::BinaryOperation& node, const NaiveSamples& samples, double scalar,
                     bool scalar_is_left) {
  NaiveSamples out;
  for (const auto& [labels, value] : samples) {
    const double result =
        scalar_is_left ? Apply(node.op, scalar, value) : Apply(node.op, value, scalar);
    if (!Filters(node)) out[labels] = result;
    if (Filters(node) && result != 0) out[labels] = value;
  }
  return out;
}

}  // namespace

LabelMap GroupNaively(const LabelMap& labels, const std::optional<logql::Grouping>& grouping) {
  LabelMap out;
  if (!grouping) return out;
  for (const auto& [name, value] : labels) {
    const bool named =
        std::find(grouping->labels.begin(), grouping->labels.end(), name) != grouping->labels.end();
    if (named != grouping->without) out[name] = value;
  }
  return out;
}

NaiveSeries AggregateNaively(const logql::VectorAggregation& node, const NaiveSeries& inner,
                             const query::StepGrid& grid) {
  NaiveSeries out;
  for (int64_t step = 0; step < grid.count; ++step) {
    for (const auto& [labels, value] : AggregateStep(node, StepOf(inner, grid.time(step))))
      out[labels][grid.time(step)] = value;
  }
  return out;
}

NaiveValue CombineNaively(const logql::BinaryOperation& node, const NaiveValue& left,
                          const NaiveValue& right, const query::StepGrid& grid) {
  const logql::VectorMatching everything;
  const logql::VectorMatching& matching = node.matching ? *node.matching : everything;
  NaiveValue out;
  out.is_scalar = left.is_scalar && right.is_scalar;
  for (int64_t step = 0; step < grid.count; ++step) {
    const NaiveSamples a = StepOf(left.series, grid.time(step));
    const NaiveSamples b = StepOf(right.series, grid.time(step));
    NaiveSamples result;
    if (out.is_scalar) {
      result[{}] = Apply(node.op, a.at({}), b.at({}));
    } else if (left.is_scalar) {
      result = MixStep(node, b, a.at({}), true);
    } else if (right.is_scalar) {
      result = MixStep(node, a, b.at({}), false);
    } else if (logql::IsSetOperation(node.op)) {
      result = SetStep(node.op, matching, a, b);
    } else {
      result = MatchStep(node, matching, a, b);
    }
    for (const auto& [labels, value] : result) out.series[labels][grid.time(step)] = value;
  }
  return out;
}

NaiveSeries ReplaceNaively(const logql::LabelReplace& node, const NaiveSeries& inner) {
  // The replacement in RE2's own words: "\1" for "$1" and "${1}"; names are not written naively.
  std::string rewrite = node.replacement;
  re2::RE2::GlobalReplace(&rewrite, R"(\$\{?([0-9])\}?)", R"(\\\1)");
  NaiveSeries out;
  for (const auto& [labels, points] : inner) {
    LabelMap changed = labels;
    const auto source = labels.find(node.source);
    const std::string value = source == labels.end() ? "" : source->second;
    if (re2::RE2::FullMatch(value, *node.regex)) {
      std::string replaced;
      re2::RE2::Extract(value, *node.regex, rewrite, &replaced);
      changed.erase(node.destination);
      if (!replaced.empty()) changed[node.destination] = replaced;
    }
    for (const auto& [time, point] : points) out[changed][time] = point;
  }
  return out;
}

}  // namespace narfi::query_test
