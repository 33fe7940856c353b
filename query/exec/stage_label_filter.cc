// | label = "x", | label > 5, | label >= 1.5s and (other < 1KB or third =~ "a.*")
#include <memory>

#include "query/exec/stage.h"
#include "query/exec/value_test.h"

namespace narfi::query {
namespace {

constexpr std::string_view kFilterError = "LabelFilterErr";

// A label filter ready to be asked row by row.
class RowTest {
 public:
  explicit RowTest(const logql::LabelFilter& filter) : test_(filter) {
    if (const auto* logic = std::get_if<logql::LogicFilter>(&filter.node)) {
      is_or_ = logic->is_or;
      left_ = std::make_unique<RowTest>(*logic->left);
      right_ = std::make_unique<RowTest>(*logic->right);
    }
  }

  bool Passes(Batch& batch, uint32_t row) const {
    if (left_ == nullptr) return PassesOne(batch, row);
    // Both sides of an `and` are asked, since asking may leave an error.
    const bool left = left_->Passes(batch, row);
    if (is_or_) return left || right_->Passes(batch, row);
    return right_->Passes(batch, row) && left;
  }

 private:
  // An entry that has an error already stays for the string filters to judge; one whose value does
  // not convert stays, with an error.
  bool PassesOne(Batch& batch, uint32_t row) const {
    if (!test_.judges_errors() && batch.has_error(row)) return true;
    std::string flaw;
    const ValueTest::Outcome outcome = test_.Of(batch.Get(row, test_.label()), &flaw);
    if (outcome == ValueTest::Outcome::kFlawed)
      batch.SetError(row, kFilterError, batch.arena().Copy(flaw), false);
    return outcome != ValueTest::Outcome::kOut;
  }

  const ValueTest test_;
  bool is_or_ = false;
  std::unique_ptr<RowTest> left_;
  std::unique_ptr<RowTest> right_;
};

class LabelFilterOp final : public StageOp {
 public:
  explicit LabelFilterOp(const logql::LabelFilter& filter) : test_(filter) {}
  void Run(Batch& batch) override {
    Select(batch, [&](uint32_t row) { return test_.Passes(batch, row); });
  }

 private:
  const RowTest test_;
};

}  // namespace

std::unique_ptr<StageOp> MakeLabelFilter(const logql::LabelFilter& filter) {
  return std::make_unique<LabelFilterOp>(filter);
}

}  // namespace narfi::query
