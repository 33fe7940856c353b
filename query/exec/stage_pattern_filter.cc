// |> !>
#include <algorithm>

#include "query/exec/line_pattern.h"
#include "query/exec/stage.h"

namespace narfi::query {
namespace {

class PatternFilterOp final : public StageOp {
 public:
  explicit PatternFilterOp(const logql::LineFilterStage& stage)
      : negative_(logql::IsNegative(stage.op)) {
    for (const logql::LineNeedle& needle : stage.needles)
      patterns_.push_back(CompilePattern(needle.text));
  }

  bool needs_line() const override { return true; }

  void Run(Batch& batch) override {
    Select(batch, [&](uint32_t row) {
      const std::string_view line = batch.line(row);
      const bool any =
          std::any_of(patterns_.begin(), patterns_.end(),
                      [line](const line::LinePattern& pattern) { return pattern.Matches(line); });
      return any != negative_;
    });
  }

 private:
  const bool negative_;
  std::vector<line::LinePattern> patterns_;
};

}  // namespace

std::unique_ptr<StageOp> MakePatternFilter(const logql::LineFilterStage& stage) {
  return std::make_unique<PatternFilterOp>(stage);
}

}  // namespace narfi::query
