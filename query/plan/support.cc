#include "query/plan/support.h"

#include <string>

namespace narfi::query {
namespace {

Status Refuse(std::string_view what) {
  return Fail(Code::kInvalidArgument, "parse error : " + std::string(what) + " is not supported");
}

// ------------------------------------------------------------------ the table

struct StageSupport {
  Status operator()(const logql::LineFilterStage&) const { return {}; }
  Status operator()(const logql::JsonStage&) const { return {}; }
  Status operator()(const logql::LogfmtStage&) const { return {}; }
  Status operator()(const logql::DropStage&) const { return {}; }
  Status operator()(const logql::KeepStage&) const { return {}; }
  Status operator()(const logql::LabelFilterStage&) const { return {}; }
  Status operator()(const logql::RegexpStage&) const { return {}; }
  Status operator()(const logql::PatternStage&) const { return {}; }
  Status operator()(const logql::UnpackStage&) const { return {}; }
  Status operator()(const logql::DecolorizeStage&) const { return {}; }
  Status operator()(const logql::LineFormatStage&) const { return Refuse("stage line_format"); }
  Status operator()(const logql::LabelFormatStage&) const { return Refuse("stage label_format"); }
};

// Loki's approx_topk is off unless a tenant's limits turn it on.
Status CheckApproxTopK(const SupportOptions& options) {
  if (!options.approx_topk)
    return Fail(Code::kInternal, "approx_topk is not enabled. See -limits.shard_aggregations");
  if (!options.is_instant)
    return Fail(Code::kInternal, "count min sketches are only supported on instant queries");
  return {};
}

// ------------------------------------------------------------------ walking the tree

Status CheckSelector(const logql::LogSelector& selector) {
  for (const logql::Stage& stage : selector.stages) NARFI_TRY(std::visit(StageSupport{}, stage));
  return {};
}

Status CheckSample(const logql::SampleExpr& expr, const SupportOptions& options);

struct NodeSupport {
  const SupportOptions& options;

  Status operator()(const logql::RangeAggregation& node) const {
    return CheckSelector(node.selector);
  }
  Status operator()(const logql::VectorAggregation& node) const {
    if (node.op == logql::VectorOp::kApproxTopK) NARFI_TRY(CheckApproxTopK(options));
    return CheckSample(*node.inner, options);
  }
  Status operator()(const logql::BinaryOperation& node) const {
    NARFI_TRY(CheckSample(*node.left, options));
    return CheckSample(*node.right, options);
  }
  Status operator()(const logql::LabelReplace& node) const {
    return CheckSample(*node.inner, options);
  }
  Status operator()(const logql::Literal&) const { return {}; }
  Status operator()(const logql::VectorFunction&) const { return {}; }
};

Status CheckSample(const logql::SampleExpr& expr, const SupportOptions& options) {
  return std::visit(NodeSupport{options}, expr.node);
}

}  // namespace

Status CheckSupported(const logql::Expr& expr, const SupportOptions& options) {
  if (const auto* selector = std::get_if<logql::LogSelector>(&expr))
    return CheckSelector(*selector);
  return CheckSample(std::get<logql::SampleExpr>(expr), options);
}

}  // namespace narfi::query
