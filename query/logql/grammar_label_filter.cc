// Label filters: comparisons joined by and, or, commas and mere neighbourhood.
#include "query/logql/go_number.h"
#include "query/logql/grammar.h"
#include "query/logql/parser.h"
#include "query/logql/print_number.h"

namespace narfi::logql {
namespace {

std::optional<CompareOp> CompareOpOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
    case TokenKind::kCompareEqual:
      return CompareOp::kEqual;
    case TokenKind::kNotEqual:
      return CompareOp::kNotEqual;
    case TokenKind::kGreater:
      return CompareOp::kGreater;
    case TokenKind::kGreaterEqual:
      return CompareOp::kGreaterEqual;
    case TokenKind::kLess:
      return CompareOp::kLess;
    case TokenKind::kLessEqual:
      return CompareOp::kLessEqual;
    default:
      return std::nullopt;
  }
}

LabelFilter Join(bool is_or, LabelFilter left, LabelFilter right) {
  return {LogicFilter{is_or, std::make_unique<LabelFilter>(std::move(left)),
                      std::make_unique<LabelFilter>(std::move(right))}};
}

}  // namespace

// `and` binds closer than `or`, both to the left; a comma or nothing between two filters takes all
// that follows as its right side, whatever stands before it.
Result<LabelFilter> Grammar::ParseLabelFilter(FilterContext context) {
  const Level level(level_);
  NARFI_TRY(CheckDepth(level_));
  NARFI_ASSIGN(LabelFilter left, ParseFilterOperand());
  while (true) {
    const bool is_or = Is(TokenKind::kOr);
    const bool is_and = Is(TokenKind::kAnd);
    if (is_or && context != FilterContext::kFree) return left;
    if (is_and && context == FilterContext::kBehindAnd) return left;
    const bool is_comma = Is(TokenKind::kComma);
    if (is_or || is_and || is_comma) {
      Advance();
      if (!Is(TokenKind::kIdentifier) && !Is(TokenKind::kOpenParen))
        return Unexpected("IDENTIFIER or (");
    } else if (!Is(TokenKind::kIdentifier) && !Is(TokenKind::kOpenParen)) {
      return left;
    }
    NARFI_TRY(CheckDepth(++filter_terms_));
    const FilterContext next = is_or    ? FilterContext::kBehindOr
                               : is_and ? FilterContext::kBehindAnd
                                        : FilterContext::kFree;
    NARFI_ASSIGN(LabelFilter right, ParseLabelFilter(next));
    left = Join(is_or, std::move(left), std::move(right));
  }
}

Result<LabelFilter> Grammar::ParseFilterOperand() {
  if (Accept(TokenKind::kOpenParen)) {
    if (!Is(TokenKind::kIdentifier) && !Is(TokenKind::kOpenParen))
      return Unexpected("IDENTIFIER or (");
    NARFI_ASSIGN(LabelFilter inner, ParseLabelFilter());
    if (!Accept(TokenKind::kCloseParen)) return Unexpected();
    return inner;
  }
  NARFI_ASSIGN(std::string label, TakeText(TokenKind::kIdentifier));
  return ParseComparison(std::move(label));
}

Result<LabelFilter> Grammar::ParseComparison(std::string label) {
  if (Is(TokenKind::kMatchRegex) || Is(TokenKind::kMatchNotRegex)) {
    const MatchOp op = Is(TokenKind::kMatchRegex) ? MatchOp::kRegex : MatchOp::kNotRegex;
    Advance();
    NARFI_ASSIGN(std::string value, TakeText(TokenKind::kString));
    NARFI_ASSIGN(Matcher matcher, MakeOrStop(std::move(label), op, std::move(value)));
    return LabelFilter{StringFilter{std::move(matcher)}};
  }
  const auto op = CompareOpOf(kind());
  if (!op) return Unexpected();
  const bool may_be_text = Is(TokenKind::kEqual) || Is(TokenKind::kNotEqual);
  Advance();
  const bool negated = *op == CompareOp::kNotEqual;
  if (may_be_text && Is(TokenKind::kIp)) return ParseIpComparison(std::move(label), negated);
  if (may_be_text && Is(TokenKind::kString)) {
    NARFI_ASSIGN(std::string value, TakeText(TokenKind::kString));
    const MatchOp match = negated ? MatchOp::kNotEqual : MatchOp::kEqual;
    NARFI_ASSIGN(Matcher matcher, MakeOrStop(std::move(label), match, std::move(value)));
    return LabelFilter{StringFilter{std::move(matcher)}};
  }
  return ParseNumericComparison(std::move(label), *op);
}

Result<LabelFilter> Grammar::ParseIpComparison(std::string label, bool negated) {
  Advance();
  NARFI_TRY(Expect(TokenKind::kOpenParen));
  NARFI_ASSIGN(std::string pattern, TakeText(TokenKind::kString));
  NARFI_TRY(Expect(TokenKind::kCloseParen));
  return LabelFilter{IpFilter{std::move(label), negated, std::move(pattern)}};
}

Result<LabelFilter> Grammar::ParseNumericComparison(std::string label, CompareOp op) {
  if (Is(TokenKind::kDuration)) {
    const int64_t value_ns = token_.duration_ns;
    Advance();
    return LabelFilter{DurationFilter{std::move(label), op, value_ns}};
  }
  if (Is(TokenKind::kBytes)) {
    const uint64_t value_bytes = RoundAsPrinted(token_.bytes);
    Advance();
    return LabelFilter{BytesFilter{std::move(label), op, value_bytes}};
  }
  const bool negative = Is(TokenKind::kSubtract);
  const bool is_signed = negative || Is(TokenKind::kAdd);
  if (is_signed) Advance();
  if (!Is(TokenKind::kNumber)) return Unexpected(is_signed ? "NUMBER" : "");
  const auto value = ParseGoFloat(token_.text);
  Advance();
  if (!value) return Immediate("unable to parse literal as a float: " + value.error().text);
  return LabelFilter{NumberFilter{std::move(label), op, negative ? -*value : *value}};
}

}  // namespace narfi::logql
