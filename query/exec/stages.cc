#include "base/check.h"
#include "query/exec/stage.h"

namespace narfi::query {
namespace {

struct StageMaker {
  const StageContext& context;

  std::unique_ptr<StageOp> operator()(const logql::LineFilterStage& s) const {
    return MakeLineFilter(s);
  }
  std::unique_ptr<StageOp> operator()(const logql::JsonStage& s) const {
    return MakeJson(s, context);
  }
  std::unique_ptr<StageOp> operator()(const logql::LogfmtStage& s) const {
    return MakeLogfmt(s, context);
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
  // The plan refuses what has no operator.
  template <class Other>
  std::unique_ptr<StageOp> operator()(const Other&) const {
    return nullptr;
  }
};

}  // namespace

std::unique_ptr<StageOp> MakeStage(const logql::Stage& stage, const StageContext& context) {
  auto made = std::visit(StageMaker{context}, stage);
  NARFI_CHECK(made != nullptr);
  return made;
}

}  // namespace narfi::query
