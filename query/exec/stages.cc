#include "query/exec/stage.h"

namespace narfi::query {
namespace {

struct StageMaker {
  const StageContext& context;

  std::unique_ptr<StageOp> operator()(const logql::LineFilterStage& s) const {
    const bool is_pattern = s.op == logql::LineOp::kPattern || s.op == logql::LineOp::kNotPattern;
    return is_pattern ? MakePatternFilter(s) : MakeLineFilter(s);
  }
  std::unique_ptr<StageOp> operator()(const logql::JsonStage& s) const {
    return MakeJson(s, context);
  }
  std::unique_ptr<StageOp> operator()(const logql::LogfmtStage& s) const {
    return MakeLogfmt(s, context);
  }
  std::unique_ptr<StageOp> operator()(const logql::PatternStage& s) const {
    return MakePattern(s, context);
  }
  std::unique_ptr<StageOp> operator()(const logql::RegexpStage& s) const {
    return MakeRegexp(s, context);
  }
  std::unique_ptr<StageOp> operator()(const logql::UnpackStage&) const {
    return MakeUnpack(context);
  }
  std::unique_ptr<StageOp> operator()(const logql::DecolorizeStage&) const {
    return MakeDecolorize();
  }
  std::unique_ptr<StageOp> operator()(const logql::LabelFilterStage& s) const {
    return MakeLabelFilter(s.filter);
  }
  std::unique_ptr<StageOp> operator()(const logql::DropStage& s) const { return MakeDrop(s); }
  std::unique_ptr<StageOp> operator()(const logql::KeepStage& s) const { return MakeKeep(s); }
  std::unique_ptr<StageOp> operator()(const logql::LineFormatStage& s) const {
    return MakeLineFormat(s);
  }
  std::unique_ptr<StageOp> operator()(const logql::LabelFormatStage& s) const {
    return MakeLabelFormat(s);
  }
};

}  // namespace

std::unique_ptr<StageOp> MakeStage(const logql::Stage& stage, const StageContext& context) {
  return std::visit(StageMaker{context}, stage);
}

}  // namespace narfi::query
