// Arithmetic and comparison where at least one side is a number; two vectors go to MatchVectors.
#include <cmath>
#include <limits>

#include "query/exec/eval.h"

namespace narfi::query {
namespace {

ScalarSteps CombineScalars(logql::BinaryOp op, const ScalarSteps& left, const ScalarSteps& right) {
  ScalarSteps out = left;
  for (size_t i = 0; i < out.values.size(); ++i)
    out.values[i] = Calculate(op, left.values[i], right.values[i]);
  return out;
}

// A comparison without bool keeps the samples of the vector for which it holds.
VectorSteps CombineMixed(const logql::BinaryOperation& node, VectorSteps vector,
                         const ScalarSteps& scalar, bool scalar_is_left) {
  const bool filters = logql::IsComparison(node.op) && !node.return_bool;
  for (StepSeries& series : vector.series) {
    for (size_t step = 0; step < series.values.size(); ++step) {
      if (series.present[step] == 0) continue;
      const double left = scalar_is_left ? scalar.values[step] : series.values[step];
      const double right = scalar_is_left ? series.values[step] : scalar.values[step];
      const double result = Calculate(node.op, left, right);
      if (!filters) {
        series.values[step] = result;
      } else if (result == 0) {
        series.present[step] = 0;
      }
    }
  }
  std::erase_if(vector.series, [](const StepSeries& series) { return series.empty(); });
  return vector;
}

}  // namespace

double Calculate(logql::BinaryOp op, double left, double right) {
  switch (op) {
    case logql::BinaryOp::kAdd:
      return left + right;
    case logql::BinaryOp::kSubtract:
      return left - right;
    case logql::BinaryOp::kMultiply:
      return left * right;
    case logql::BinaryOp::kDivide:
      return right == 0 ? std::numeric_limits<double>::quiet_NaN() : left / right;
    case logql::BinaryOp::kModulo:
      return right == 0 ? std::numeric_limits<double>::quiet_NaN() : std::fmod(left, right);
    case logql::BinaryOp::kPower:
      return std::pow(left, right);
    case logql::BinaryOp::kEqual:
      return left == right ? 1 : 0;
    case logql::BinaryOp::kNotEqual:
      return left != right ? 1 : 0;
    case logql::BinaryOp::kGreater:
      return left > right ? 1 : 0;
    case logql::BinaryOp::kGreaterEqual:
      return left >= right ? 1 : 0;
    case logql::BinaryOp::kLess:
      return left < right ? 1 : 0;
    case logql::BinaryOp::kLessEqual:
      return left <= right ? 1 : 0;
    case logql::BinaryOp::kOr:
    case logql::BinaryOp::kAnd:
    case logql::BinaryOp::kUnless:
      break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

Result<EvalValue> Combine(const logql::BinaryOperation& node, EvalValue left, EvalValue right,
                          EvalContext& context) {
  auto* left_vector = std::get_if<VectorSteps>(&left);
  auto* right_vector = std::get_if<VectorSteps>(&right);
  if (left_vector != nullptr && right_vector != nullptr)
    return MatchVectors(node, *left_vector, *right_vector, context);
  if (logql::IsSetOperation(node.op)) {
    return Fail(Code::kInvalidArgument,
                "parse error : unexpected literal for a leg of logical/set binary operation (" +
                    std::string(logql::ToText(node.op)) + ")");
  }
  if (left_vector != nullptr)
    return CombineMixed(node, std::move(*left_vector), std::get<ScalarSteps>(right), false);
  if (right_vector != nullptr)
    return CombineMixed(node, std::move(*right_vector), std::get<ScalarSteps>(left), true);
  return CombineScalars(node.op, std::get<ScalarSteps>(left), std::get<ScalarSteps>(right));
}

}  // namespace narfi::query
