// Operations between two vectors: series find each other by their labels, step by step.
#include <algorithm>
#include <unordered_map>

#include "query/exec/eval.h"

namespace narfi::query {
namespace {

bool Names(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The labels by which series are matched: those of `on`, or all but those of `ignoring`.
LabelPairs Signature(const LabelPairs& labels, const logql::VectorMatching& matching) {
  LabelPairs out;
  for (const Label& label : labels) {
    if (Names(matching.labels, label.name) == matching.on) out.push_back(label);
  }
  return out;
}

void SetLabel(LabelPairs& labels, const std::string& name, const std::string& value) {
  std::erase_if(labels, [&](const Label& label) { return label.name == name; });
  if (value.empty()) return;
  const auto place =
      std::lower_bound(labels.begin(), labels.end(), name,
                       [](const Label& label, const std::string& n) { return label.name < n; });
  labels.insert(place, Label{name, value});
}

std::string GetLabel(const LabelPairs& labels, std::string_view name) {
  for (const Label& label : labels) {
    if (label.name == name) return label.value;
  }
  return {};
}

// Both sides with the number of each series' signature.
struct Signatures {
  std::vector<size_t> left;
  std::vector<size_t> right;
  size_t count = 0;
};

Signatures Number(const VectorSteps& left, const VectorSteps& right,
                  const logql::VectorMatching& matching) {
  Signatures out;
  std::unordered_map<std::string, size_t> known;
  const auto number = [&](const StepSeries& series) {
    return known.try_emplace(LabelsKey(Signature(series.labels, matching)), known.size())
        .first->second;
  };
  for (const StepSeries& series : left.series) out.left.push_back(number(series));
  for (const StepSeries& series : right.series) out.right.push_back(number(series));
  out.count = known.size();
  return out;
}

// ------------------------------------------------------------------ and, or, unless

VectorSteps SetOperation(logql::BinaryOp op, const VectorSteps& left, const VectorSteps& right,
                         const Signatures& ids, int64_t steps) {
  VectorSteps out;
  std::vector<StepSeries> added;
  for (const StepSeries& series : left.series) out.series.emplace_back(series.labels, steps);
  if (op == logql::BinaryOp::kOr) {
    for (const StepSeries& series : right.series) added.emplace_back(series.labels, steps);
  }
  std::vector<uint8_t> seen;
  for (size_t step = 0; step < static_cast<size_t>(steps); ++step) {
    seen.assign(ids.count, 0);
    const bool from_left = op == logql::BinaryOp::kOr;
    const VectorSteps& asked = from_left ? left : right;
    const std::vector<size_t>& asked_ids = from_left ? ids.left : ids.right;
    for (size_t i = 0; i < asked.series.size(); ++i) {
      if (asked.series[i].present[step] != 0) seen[asked_ids[i]] = 1;
    }
    for (size_t i = 0; i < left.series.size(); ++i) {
      if (left.series[i].present[step] == 0) continue;
      const bool keep = from_left || (seen[ids.left[i]] != 0) == (op == logql::BinaryOp::kAnd);
      if (keep) out.series[i].Set(step, left.series[i].values[step]);
    }
    for (size_t i = 0; i < added.size(); ++i) {
      if (right.series[i].present[step] != 0 && seen[ids.right[i]] == 0)
        added[i].Set(step, right.series[i].values[step]);
    }
  }
  // A series may be on both sides, at different steps.
  std::unordered_map<std::string, size_t> places;
  for (size_t i = 0; i < out.series.size(); ++i) places.emplace(LabelsKey(out.series[i].labels), i);
  for (StepSeries& series : added) {
    const auto place = places.find(LabelsKey(series.labels));
    if (place == places.end()) {
      out.series.push_back(std::move(series));
      continue;
    }
    for (size_t step = 0; step < series.values.size(); ++step) {
      if (series.present[step] != 0) out.series[place->second].Set(step, series.values[step]);
    }
  }
  return out;
}

// ------------------------------------------------------------------ arithmetic and comparison

class Matcher {
 public:
  Matcher(const logql::BinaryOperation& node, const logql::VectorMatching& matching,
          const VectorSteps& left, const VectorSteps& right, int64_t steps)
      : node_(node),
        matching_(matching),
        swapped_(matching.cardinality == logql::Cardinality::kOneToMany),
        many_(swapped_ ? right : left),
        one_(swapped_ ? left : right),
        ids_(Number(many_, one_, matching)),
        steps_(steps) {}

  Result<VectorSteps> Run(EvalContext& context) {
    for (size_t step = 0; step < static_cast<size_t>(steps_); ++step)
      NARFI_TRY(RunStep(step, context));
    std::erase_if(out_.series, [](const StepSeries& series) { return series.empty(); });
    return std::move(out_);
  }

 private:
  static constexpr size_t kNobody = SIZE_MAX;

  Status RunStep(size_t step, EvalContext& context) {
    NARFI_TRY(FindOnes(step));
    taken_.assign(ids_.count, 0);
    for (size_t i = 0; i < many_.series.size(); ++i) {
      if (many_.series[i].present[step] == 0) continue;
      const size_t id = ids_.left[i];
      const size_t partner = ones_[id];
      if (partner == kNobody) continue;
      const double left = (swapped_ ? one_.series[partner] : many_.series[i]).values[step];
      const double right = (swapped_ ? many_.series[i] : one_.series[partner]).values[step];
      double value = Calculate(node_.op, left, right);
      if (logql::IsComparison(node_.op) && !node_.return_bool) {
        if (value == 0) continue;
        value = left;
      }
      NARFI_ASSIGN(const size_t place, PlaceOf(i, partner, context));
      if (matching_.cardinality == logql::Cardinality::kOneToOne) {
        if (taken_[id] != 0)
          return Fail(Code::kInternal,
                      "multiple matches for labels: many-to-one matching must be explicit "
                      "(group_left/group_right)");
        taken_[id] = 1;
      } else if (out_.series[place].present[step] != 0) {
        return Fail(Code::kInternal,
                    "multiple matches for labels: grouping labels must ensure unique matches");
      }
      out_.series[place].Set(step, value);
    }
    return {};
  }

  Status FindOnes(size_t step) {
    ones_.assign(ids_.count, kNobody);
    for (size_t i = 0; i < one_.series.size(); ++i) {
      if (one_.series[i].present[step] == 0) continue;
      if (ones_[ids_.right[i]] != kNobody) {
        return Fail(Code::kInternal, std::string("found duplicate series on the ") +
                                         (swapped_ ? "left" : "right") +
                                         " hand-side;many-to-many matching not allowed: matching "
                                         "labels must be unique on one side");
      }
      ones_[ids_.right[i]] = i;
    }
    return {};
  }

  LabelPairs ResultLabels(size_t many, size_t one) const {
    LabelPairs labels = many_.series[many].labels;
    if (matching_.cardinality == logql::Cardinality::kOneToOne) return Signature(labels, matching_);
    for (const std::string& name : matching_.include)
      SetLabel(labels, name, GetLabel(one_.series[one].labels, name));
    return labels;
  }

  // The series of the answer that a pair belongs to.
  Result<size_t> PlaceOf(size_t many, size_t one, EvalContext& context) {
    const uint64_t pair = (static_cast<uint64_t>(many) << 32) | one;
    if (const auto known = by_pair_.find(pair); known != by_pair_.end()) return known->second;
    LabelPairs labels = ResultLabels(many, one);
    const auto [place, is_new] = by_labels_.try_emplace(LabelsKey(labels), out_.series.size());
    if (is_new) {
      NARFI_TRY(context.monitor.AddMemory(SeriesBytes(steps_)));
      out_.series.emplace_back(std::move(labels), steps_);
    }
    by_pair_.emplace(pair, place->second);
    return place->second;
  }

  const logql::BinaryOperation& node_;
  const logql::VectorMatching& matching_;
  const bool swapped_;  // the left side is the one of one-to-many
  const VectorSteps& many_;
  const VectorSteps& one_;
  const Signatures ids_;  // left: of many_, right: of one_
  const int64_t steps_;
  std::vector<size_t> ones_;
  std::vector<uint8_t> taken_;
  std::unordered_map<uint64_t, size_t> by_pair_;
  std::unordered_map<std::string, size_t> by_labels_;
  VectorSteps out_;
};

}  // namespace

Result<VectorSteps> MatchVectors(const logql::BinaryOperation& node, const VectorSteps& left,
                                 const VectorSteps& right, EvalContext& context) {
  const logql::VectorMatching everything;
  const logql::VectorMatching& matching = node.matching ? *node.matching : everything;
  if (!logql::IsSetOperation(node.op))
    return Matcher(node, matching, left, right, context.grid.count).Run(context);
  NARFI_TRY(
      context.monitor.AddMemory(static_cast<int64_t>(left.series.size() + right.series.size()) *
                                SeriesBytes(context.grid.count)));
  VectorSteps out =
      SetOperation(node.op, left, right, Number(left, right, matching), context.grid.count);
  std::erase_if(out.series, [](const StepSeries& series) { return series.empty(); });
  return out;
}

}  // namespace narfi::query
