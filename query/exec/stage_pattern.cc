// pattern "<ip> - <_> <rest>"
#include "query/exec/line_pattern.h"
#include "query/exec/parsed_fields.h"
#include "query/exec/stage.h"

namespace narfi::query {
namespace {

class PatternOp final : public StageOp {
 public:
  PatternOp(const logql::PatternStage& stage, const StageContext& context)
      : pattern_(CompilePattern(stage.pattern)) {
    for (const logql::PatternPart& part : logql::SplitPattern(stage.pattern)) {
      if (!part.IsNamed()) continue;
      names_.push_back({part.name(), IsWanted(context.demand, part.name())});
    }
  }

  bool needs_line() const override { return true; }

  void Run(Batch& batch) override {
    for (const uint32_t row : batch.selection()) {
      pattern_.Extract(batch.line(row), values_);
      fields_.clear();
      for (size_t i = 0; i < values_.size(); ++i) {
        if (names_[i].is_wanted) fields_.push_back({names_[i].text, values_[i]});
      }
      AddParsedFields(batch, row, fields_);
    }
  }

 private:
  struct Name {
    std::string_view text;  // in the stage
    bool is_wanted = false;
  };

  const line::LinePattern pattern_;
  std::vector<Name> names_;
  std::vector<std::string_view> values_;
  std::vector<line::Field> fields_;
};

}  // namespace

std::unique_ptr<StageOp> MakePattern(const logql::PatternStage& stage,
                                     const StageContext& context) {
  return std::make_unique<PatternOp>(stage, context);
}

}  // namespace narfi::query
