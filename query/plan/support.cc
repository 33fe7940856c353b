#include "query/plan/support.h"

#include <string>

namespace narfi::query {
namespace {

Status Refuse(std::string_view what) {
  return Fail(Code::kInvalidArgument, "parse error : " + std::string(what) + " is not supported");
}

// ------------------------------------------------------------------ the table

struct StageSupport {
  Status operator()(const logql::LineFilterStage& s) const {
    if (s.op == logql::LineOp::kPattern || s.op == logql::LineOp::kNotPattern)
      return Refuse("line filter " + std::string(logql::ToText(s.op)));
    for (const logql::LineNeedle& needle : s.needles) {
      if (needle.is_ip) return Refuse("line filter ip()");
    }
    return {};
  }
  Status operator()(const logql::JsonStage&) const { return {}; }
  Status operator()(const logql::LogfmtStage&) const { return {}; }
  Status operator()(const logql::DropStage&) const { return {}; }
  Status operator()(const logql::KeepStage&) const { return {}; }
  Status operator()(const logql::LabelFilterStage& s) const { return CheckFilter(s.filter); }
  Status operator()(const logql::RegexpStage&) const { return Refuse("stage regexp"); }
  Status operator()(const logql::PatternStage&) const { return Refuse("stage pattern"); }
  Status operator()(const logql::UnpackStage&) const { return Refuse("stage unpack"); }
  Status operator()(const logql::DecolorizeStage&) const { return Refuse("stage decolorize"); }
  Status operator()(const logql::LineFormatStage&) const { return {}; }
  Status operator()(const logql::LabelFormatStage&) const { return {}; }

  static Status CheckFilter(const logql::LabelFilter& filter) {
    if (std::holds_alternative<logql::IpFilter>(filter.node)) return Refuse("label filter ip()");
    if (const auto* logic = std::get_if<logql::LogicFilter>(&filter.node)) {
      NARFI_TRY(CheckFilter(*logic->left));
      return CheckFilter(*logic->right);
    }
    return {};
  }
};

bool IsSupported(logql::VectorOp op) { return op != logql::VectorOp::kApproxTopK; }

// ------------------------------------------------------------------ walking the tree

Status CheckSelector(const logql::LogSelector& selector) {
  for (const logql::Stage& stage : selector.stages) NARFI_TRY(std::visit(StageSupport{}, stage));
  return {};
}

Status CheckSample(const logql::SampleExpr& expr);

struct NodeSupport {
  Status operator()(const logql::RangeAggregation& node) const {
    NARFI_TRY(CheckSelector(node.selector));
    if (!node.unwrap) return {};
    for (const logql::LabelFilter& filter : node.unwrap->filters)
      NARFI_TRY(StageSupport::CheckFilter(filter));
    return {};
  }
  Status operator()(const logql::VectorAggregation& node) const {
    if (!IsSupported(node.op)) return Refuse("aggregation " + std::string(logql::ToText(node.op)));
    return CheckSample(*node.inner);
  }
  Status operator()(const logql::BinaryOperation& node) const {
    NARFI_TRY(CheckSample(*node.left));
    return CheckSample(*node.right);
  }
  Status operator()(const logql::LabelReplace& node) const { return CheckSample(*node.inner); }
  Status operator()(const logql::Literal&) const { return {}; }
  Status operator()(const logql::VectorFunction&) const { return {}; }
};

Status CheckSample(const logql::SampleExpr& expr) { return std::visit(NodeSupport{}, expr.node); }

}  // namespace

Status CheckSupported(const logql::Expr& expr) {
  if (const auto* selector = std::get_if<logql::LogSelector>(&expr))
    return CheckSelector(*selector);
  return CheckSample(std::get<logql::SampleExpr>(expr));
}

}  // namespace narfi::query
