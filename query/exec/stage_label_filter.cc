// | label = "x", | label > 5, | label >= 1.5s and (other < 1KB or third =~ "a.*")
#include <cmath>
#include <memory>

#include "base/duration.h"
#include "base/go_number.h"
#include "base/go_text.h"
#include "base/size.h"
#include "line/ip_match.h"
#include "query/exec/label_regex.h"
#include "query/exec/stage.h"

namespace narfi::query {
namespace {

constexpr std::string_view kFilterError = "LabelFilterErr";

template <class T>
bool Compare(T left, logql::CompareOp op, T right) {
  switch (op) {
    case logql::CompareOp::kEqual:
      return left == right;
    case logql::CompareOp::kNotEqual:
      return left != right;
    case logql::CompareOp::kGreater:
      return left > right;
    case logql::CompareOp::kGreaterEqual:
      return left >= right;
    case logql::CompareOp::kLess:
      return left < right;
    case logql::CompareOp::kLessEqual:
      return left <= right;
  }
  return false;
}

// A label filter ready to be asked row by row.
class RowTest {
 public:
  explicit RowTest(const logql::LabelFilter& filter) : filter_(filter) {
    if (const auto* text = std::get_if<logql::StringFilter>(&filter.node)) {
      const logql::Matcher& matcher = text->matcher;
      if (matcher.regex != nullptr)
        regex_ = std::make_unique<LabelRegex>(matcher.value, *matcher.regex);
    } else if (const auto* ip = std::get_if<logql::IpFilter>(&filter.node)) {
      addresses_ = line::IpMatcher::Parse(ip->pattern);
    } else if (const auto* logic = std::get_if<logql::LogicFilter>(&filter.node)) {
      left_ = std::make_unique<RowTest>(*logic->left);
      right_ = std::make_unique<RowTest>(*logic->right);
    }
  }

  bool Passes(Batch& batch, uint32_t row) const {
    return std::visit([&](const auto& node) { return Test(batch, row, node); }, filter_.node);
  }

 private:
  bool Test(Batch& batch, uint32_t row, const logql::StringFilter& filter) const {
    const std::string_view value = batch.Get(row, filter.matcher.name).value_or(std::string_view());
    switch (filter.matcher.op) {
      case logql::MatchOp::kEqual:
        return value == filter.matcher.value;
      case logql::MatchOp::kNotEqual:
        return value != filter.matcher.value;
      case logql::MatchOp::kRegex:
        return regex_->Matches(value);
      case logql::MatchOp::kNotRegex:
        return !regex_->Matches(value);
    }
    return false;
  }
  bool Test(Batch& batch, uint32_t row, const logql::NumberFilter& filter) const {
    return TestConverted(batch, row, filter.label, ParseGoFloat, filter.op, filter.value);
  }
  bool Test(Batch& batch, uint32_t row, const logql::DurationFilter& filter) const {
    return TestConverted(batch, row, filter.label, ParseGoDuration, filter.op, filter.value_ns);
  }
  bool Test(Batch& batch, uint32_t row, const logql::BytesFilter& filter) const {
    return TestConverted(batch, row, filter.label, ParseHumanBytes, filter.op, filter.value_bytes);
  }
  // Like a number: an error stays for others to judge, a missing label goes whatever the operator.
  bool Test(Batch& batch, uint32_t row, const logql::IpFilter& filter) const {
    if (batch.has_error(row)) return true;
    const auto value = batch.Get(row, filter.label);
    if (!value) return false;
    if (addresses_) return addresses_->IsIn(*value) != filter.negated;
    batch.SetError(row, kFilterError, batch.arena().Copy(addresses_.error().text), false);
    return true;
  }
  // Both sides of an `and` are asked, since asking may leave an error.
  bool Test(Batch& batch, uint32_t row, const logql::LogicFilter& filter) const {
    const bool left = left_->Passes(batch, row);
    if (filter.is_or) return left || right_->Passes(batch, row);
    return right_->Passes(batch, row) && left;
  }

  // An entry that has an error already stays for the string filters to judge; one without the label
  // goes; one whose value does not convert stays, with an error.
  template <class Convert, class T>
  static bool TestConverted(Batch& batch, uint32_t row, std::string_view label, Convert convert,
                            logql::CompareOp op, T want) {
    if (batch.has_error(row)) return true;
    const auto value = batch.Get(row, label);
    if (!value) return false;
    const auto converted = convert(*value);
    if (converted) return Compare<T>(*converted, op, want);
    batch.SetError(row, kFilterError, batch.arena().Copy(converted.error().text), false);
    return true;
  }

  const logql::LabelFilter& filter_;
  std::unique_ptr<LabelRegex> regex_;
  Result<line::IpMatcher> addresses_ = Fail(Code::kInvalidArgument, {});  // of ip()
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
