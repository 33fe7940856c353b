#include "query/exec/eval.h"

namespace narfi::query {
namespace {

struct NodeEval {
  EvalContext& context;

  Result<EvalValue> operator()(const logql::RangeAggregation& node) const {
    return EvalRange(node, {nullptr, CanBeSplit(node) && !IsPartial()}, context);
  }

  Result<EvalValue> operator()(const logql::VectorAggregation& node) const {
    NARFI_ASSIGN(VectorSteps input, Inner(node));
    return Aggregate(node, std::move(input), context);
  }

  Result<EvalValue> operator()(const logql::BinaryOperation& node) const {
    NARFI_ASSIGN(EvalValue left, Evaluate(*node.left, context));
    NARFI_ASSIGN(EvalValue right, Evaluate(*node.right, context));
    return Combine(node, std::move(left), std::move(right), context);
  }

  Result<EvalValue> operator()(const logql::LabelReplace& node) const {
    NARFI_ASSIGN(VectorSteps input, EvaluateVector(*node.inner, context));
    return ReplaceLabels(node, std::move(input), context);
  }

  Result<EvalValue> operator()(const logql::Literal& node) const {
    return ScalarSteps{std::vector<double>(static_cast<size_t>(context.grid.count), node.value)};
  }

  Result<EvalValue> operator()(const logql::VectorFunction& node) const {
    StepSeries series({}, context.grid.count);
    for (size_t step = 0; step < series.values.size(); ++step) series.Set(step, node.value);
    VectorSteps out;
    out.series.push_back(std::move(series));
    return out;
  }

 private:
  // Which series are left out is decided at the end, by their labels.
  bool IsPartial() const { return context.monitor.context().partial_series; }

  // The grouping of a sum is done where the samples are, if the aggregation below allows it.
  Result<VectorSteps> Inner(const logql::VectorAggregation& node) const {
    const auto* range = std::get_if<logql::RangeAggregation>(&node.inner->node);
    if (range == nullptr) return EvaluateVector(*node.inner, context);
    const logql::Grouping everything;
    RangeSurroundings around;
    around.limits_series = CanBeSplit(*range) && !CanBeSplit(node.op) && !IsPartial();
    if (node.op == logql::VectorOp::kSum && SumGroupsFirst(*range)) {
      around.outer = node.grouping ? &*node.grouping : &everything;
    }
    return EvalRange(*range, around, context);
  }
};

}  // namespace

Result<EvalValue> Evaluate(const logql::SampleExpr& expr, EvalContext& context) {
  NARFI_TRY(context.monitor.Check());
  return std::visit(NodeEval{context}, expr.node);
}

Result<VectorSteps> EvaluateVector(const logql::SampleExpr& expr, EvalContext& context) {
  NARFI_ASSIGN(EvalValue value, Evaluate(expr, context));
  if (auto* vector = std::get_if<VectorSteps>(&value)) return std::move(*vector);
  return Fail(Code::kInvalidArgument, "parse error : a number stands where a vector is needed");
}

}  // namespace narfi::query
