#include "query/logql/runnable.h"

#include "query/logql/grammar.h"

namespace narfi::logql {
namespace {

bool IsLiteral(const SampleExpr& expr) { return std::holds_alternative<Literal>(expr.node); }

tl::unexpected<Error> NoVector() {
  return Fail(
      Code::kInternal,
      "unexpected expr type (*syntax.LiteralExpr) for Evaluator type (*logql.DefaultEvaluator)");
}

// Loki splits these over shards, and asks for the streams of the argument to do so.
bool IsSplit(VectorOp op) {
  return op == VectorOp::kSum || op == VectorOp::kAvg || op == VectorOp::kMin ||
         op == VectorOp::kMax || op == VectorOp::kCount;
}

Status CheckSample(const SampleExpr& expr) {
  if (const auto* vector = std::get_if<VectorAggregation>(&expr.node)) {
    if (!IsLiteral(*vector->inner)) return CheckSample(*vector->inner);
    if (!IsSplit(vector->op)) return NoVector();
    return Fail(Code::kInvalidArgument, ParseErrorText({0, 0}, *FindMatcherFlaw({})));
  }
  if (const auto* replace = std::get_if<LabelReplace>(&expr.node)) {
    return IsLiteral(*replace->inner) ? NoVector() : CheckSample(*replace->inner);
  }
  if (const auto* binary = std::get_if<BinaryOperation>(&expr.node)) {
    NARFI_TRY(CheckSample(*binary->left));
    return CheckSample(*binary->right);
  }
  return {};
}

}  // namespace

Status CheckRunnable(const Expr& expr) {
  const auto* sample = std::get_if<SampleExpr>(&expr);
  return sample == nullptr ? Status{} : CheckSample(*sample);
}

}  // namespace narfi::logql
