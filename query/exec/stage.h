// A stage of a log pipeline as an operator on batches.
//
// To add one: write stage_<name>.cc with a Make<Name> function below it here, and give it its line
// in MakeStage (stages.cc) and in NeedsOf (query/plan/needs.cc).
//
// Threads: a stage belongs to one worker; parsers keep buffers from batch to batch.
#pragma once

#include <memory>

#include "line/field.h"
#include "query/exec/batch.h"
#include "query/logql/stages.h"

namespace narfi::query {

class StageOp {
 public:
  virtual ~StageOp() = default;
  // Narrows the selection of the batch and changes labels of what stays.
  virtual void Run(Batch& batch) = 0;
  // The lines must have been read before Run().
  virtual bool needs_line() const { return false; }
};

// What the stages of a query share: which fields are wanted of parsers, and what errors do.
struct StageContext {
  line::Demand demand;
  bool skip_parsers = false;     // nothing that a parser could give is ever looked at
  bool preserve_errors = false;  // the query asks about __error__ itself
};

// `stage` and `context` are borrowed for the life of the operator.
std::unique_ptr<StageOp> MakeStage(const logql::Stage& stage, const StageContext& context);

// One a file.
std::unique_ptr<StageOp> MakeLineFilter(const logql::LineFilterStage& stage);
std::unique_ptr<StageOp> MakePatternFilter(const logql::LineFilterStage& stage);
std::unique_ptr<StageOp> MakeJson(const logql::JsonStage& stage, const StageContext& context);
std::unique_ptr<StageOp> MakeLogfmt(const logql::LogfmtStage& stage, const StageContext& context);
std::unique_ptr<StageOp> MakePattern(const logql::PatternStage& stage, const StageContext& context);
std::unique_ptr<StageOp> MakeRegexp(const logql::RegexpStage& stage, const StageContext& context);
std::unique_ptr<StageOp> MakeUnpack(const StageContext& context);
std::unique_ptr<StageOp> MakeDecolorize();
std::unique_ptr<StageOp> MakeLabelFilter(const logql::LabelFilter& filter);
std::unique_ptr<StageOp> MakeDrop(const logql::DropStage& stage);
std::unique_ptr<StageOp> MakeKeep(const logql::KeepStage& stage);
std::unique_ptr<StageOp> MakeLineFormat(const logql::LineFormatStage& stage);
std::unique_ptr<StageOp> MakeLabelFormat(const logql::LabelFormatStage& stage);

// Keeps the rows of the selection for which `passes(row)`.
template <class Passes>
void Select(Batch& batch, Passes&& passes) {
  std::vector<uint32_t>& rows = batch.selection();
  size_t kept = 0;
  for (const uint32_t row : rows) {
    if (passes(row)) rows[kept++] = row;
  }
  rows.resize(kept);
}

}  // namespace narfi::query
