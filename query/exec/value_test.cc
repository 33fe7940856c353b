#include "query/exec/value_test.h"

#include "base/duration.h"
#include "base/go_number.h"
#include "base/size.h"

namespace narfi::query {
namespace {

using Outcome = ValueTest::Outcome;

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

template <class T>
Outcome Judge(const Result<T>& converted, logql::CompareOp op, T want, std::string* flaw) {
  if (converted) return Compare<T>(*converted, op, want) ? Outcome::kPasses : Outcome::kOut;
  if (flaw != nullptr) *flaw = converted.error().text;
  return Outcome::kFlawed;
}

struct LabelOf {
  const std::string& operator()(const logql::StringFilter& f) const { return f.matcher.name; }
  const std::string& operator()(const logql::LogicFilter&) const {
    static const std::string none;
    return none;
  }
  template <class Other>
  const std::string& operator()(const Other& f) const {
    return f.label;
  }
};

}  // namespace

ValueTest::ValueTest(const logql::LabelFilter& filter)
    : filter_(filter), is_text_(std::holds_alternative<logql::StringFilter>(filter.node)) {
  if (const auto* text = std::get_if<logql::StringFilter>(&filter.node)) {
    const logql::Matcher& matcher = text->matcher;
    if (matcher.regex != nullptr)
      regex_ = std::make_unique<LabelRegex>(matcher.value, *matcher.regex);
  } else if (const auto* ip = std::get_if<logql::IpFilter>(&filter.node)) {
    addresses_ = line::IpMatcher::Parse(ip->pattern);
  }
}

const std::string& ValueTest::label() const { return std::visit(LabelOf{}, filter_.node); }

Outcome ValueTest::Of(std::optional<std::string_view> value, std::string* flaw) const {
  if (const auto* text = std::get_if<logql::StringFilter>(&filter_.node)) {
    return PassesText(text->matcher, value.value_or(std::string_view())) ? Outcome::kPasses
                                                                         : Outcome::kOut;
  }
  // Whatever the operator, an entry without the label goes.
  if (!value) return Outcome::kOut;
  if (const auto* number = std::get_if<logql::NumberFilter>(&filter_.node))
    return Judge<double>(ParseGoFloat(*value), number->op, number->value, flaw);
  if (const auto* duration = std::get_if<logql::DurationFilter>(&filter_.node))
    return Judge<int64_t>(ParseGoDuration(*value), duration->op, duration->value_ns, flaw);
  if (const auto* bytes = std::get_if<logql::BytesFilter>(&filter_.node))
    return Judge<uint64_t>(ParseHumanBytes(*value), bytes->op, bytes->value_bytes, flaw);
  const auto& ip = std::get<logql::IpFilter>(filter_.node);
  if (addresses_) return addresses_->IsIn(*value) != ip.negated ? Outcome::kPasses : Outcome::kOut;
  if (flaw != nullptr) *flaw = addresses_.error().text;
  return Outcome::kFlawed;
}

bool ValueTest::PassesText(const logql::Matcher& matcher, std::string_view value) const {
  switch (matcher.op) {
    case logql::MatchOp::kEqual:
      return value == matcher.value;
    case logql::MatchOp::kNotEqual:
      return value != matcher.value;
    case logql::MatchOp::kRegex:
      return regex_->Matches(value);
    case logql::MatchOp::kNotRegex:
      return !regex_->Matches(value);
  }
  return false;
}

}  // namespace narfi::query
