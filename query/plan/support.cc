#include "query/plan/support.h"

namespace narfi::query {
namespace {

Status CheckApproxTopK(const SupportOptions& options) {
  if (!options.approx_topk)
    return Fail(Code::kInternal, "approx_topk is not enabled. See -limits.shard_aggregations");
  if (!options.is_instant)
    return Fail(Code::kInternal, "count min sketches are only supported on instant queries");
  return {};
}

Status CheckSample(const logql::SampleExpr& expr, const SupportOptions& options) {
  if (const auto* vector = std::get_if<logql::VectorAggregation>(&expr.node)) {
    if (vector->op == logql::VectorOp::kApproxTopK) NARFI_TRY(CheckApproxTopK(options));
    return CheckSample(*vector->inner, options);
  }
  if (const auto* replace = std::get_if<logql::LabelReplace>(&expr.node))
    return CheckSample(*replace->inner, options);
  if (const auto* binary = std::get_if<logql::BinaryOperation>(&expr.node)) {
    NARFI_TRY(CheckSample(*binary->left, options));
    return CheckSample(*binary->right, options);
  }
  return {};
}

}  // namespace

Status CheckSupported(const logql::Expr& expr, const SupportOptions& options) {
  const auto* sample = std::get_if<logql::SampleExpr>(&expr);
  return sample == nullptr ? Status() : CheckSample(*sample, options);
}

}  // namespace narfi::query
