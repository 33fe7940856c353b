// regexp "(?P<method>\\w+) (?P<path>\\S+)"
#include <re2/re2.h>

#include "line/label_name.h"
#include "query/exec/parsed_fields.h"
#include "query/exec/stage.h"

namespace narfi::query {
namespace {

class RegexpOp final : public StageOp {
 public:
  RegexpOp(const logql::RegexpStage& stage, const StageContext& context) : regex_(*stage.regex) {
    for (size_t i = 0; i < stage.names.size(); ++i) {
      if (stage.names[i].empty()) continue;
      std::string label = line::ToLabelName(stage.names[i]);
      if (IsWanted(context.demand, label)) groups_.push_back({i + 1, std::move(label)});
    }
    if (!groups_.empty()) spans_.resize(groups_.back().number + 1);
  }

  bool needs_line() const override { return true; }

  void Run(Batch& batch) override {
    if (groups_.empty()) return;
    for (const uint32_t row : batch.selection()) {
      const std::string_view line = batch.line(row);
      if (!regex_.Match(re2::StringPiece(line.data(), line.size()), 0, line.size(),
                        re2::RE2::UNANCHORED, spans_.data(), static_cast<int>(spans_.size())))
        continue;
      fields_.clear();
      // A group that took no part in the match is an empty label.
      for (const Group& group : groups_) {
        const re2::StringPiece& span = spans_[group.number];
        fields_.push_back({group.label, std::string_view(span.data(), span.size())});
      }
      AddParsedFields(batch, row, fields_);
    }
  }

 private:
  struct Group {
    size_t number = 0;
    std::string label;
  };

  const re2::RE2& regex_;
  std::vector<Group> groups_;  // those that somebody wants
  std::vector<re2::StringPiece> spans_;
  std::vector<line::Field> fields_;
};

}  // namespace

std::unique_ptr<StageOp> MakeRegexp(const logql::RegexpStage& stage, const StageContext& context) {
  return std::make_unique<RegexpOp>(stage, context);
}

}  // namespace narfi::query
