// Operands of metric queries: literals, parentheses, vector aggregations and functions.
#include <fmt/format.h>

#include "line/go_regex.h"
#include "query/logql/go_number.h"
#include "query/logql/grammar.h"
#include "query/logql/parser.h"

namespace narfi::logql {
namespace {

bool WantsParam(VectorOp op) {
  return op == VectorOp::kTopK || op == VectorOp::kBottomK || op == VectorOp::kApproxTopK;
}

// Sets the parameter of topk and the like; says what is wrong with it.
std::optional<std::string> SetVectorParam(VectorAggregation& out,
                                          const std::optional<std::string>& param) {
  const std::string_view name = ToText(out.op);
  if (!WantsParam(out.op)) {
    if (!param) return std::nullopt;
    return fmt::format("unsupported parameter for operation {}({},", name, *param);
  }
  if (!param) return fmt::format("parameter required for operation {}", name);
  const auto value = ParseGoInt(*param);
  if (!value) return fmt::format("invalid parameter {}({},", name, *param);
  if (*value <= 0)
    return fmt::format("invalid parameter (must be greater than 0) {}({}", name, *param);
  out.param = *value;
  return std::nullopt;
}

std::optional<std::string> FindGroupingFlaw(const VectorAggregation& aggregation) {
  if (!aggregation.grouping) return std::nullopt;
  if (aggregation.op == VectorOp::kApproxTopK)
    return "grouping not allowed for approx_topk aggregation";
  if (aggregation.op == VectorOp::kSort || aggregation.op == VectorOp::kSortDesc) {
    return "sort and sort_desc doesn't allow grouping by ";
  }
  return std::nullopt;
}

std::unique_ptr<SampleExpr> TakeSample(ParsedExpr& parsed) {
  return std::make_unique<SampleExpr>(std::move(std::get<SampleExpr>(parsed.expr)));
}

}  // namespace

Result<ParsedExpr> Grammar::ParseOperand() {
  switch (kind()) {
    case TokenKind::kOpenBrace:
      return ParseLogQuery();
    case TokenKind::kOpenParen:
      return ParseParenthesised();
    case TokenKind::kNumber:
    case TokenKind::kAdd:
    case TokenKind::kSubtract:
      return ParseLiteral();
    case TokenKind::kRangeOp:
      return ParseRangeAggregation();
    case TokenKind::kVectorOp:
      return ParseVectorAggregation();
    case TokenKind::kVector:
      return ParseVectorFunction();
    case TokenKind::kLabelReplace:
      return ParseLabelReplace();
    case TokenKind::kVariants:
      return ParseVariants();
    default:
      return Unexpected();
  }
}

Result<ParsedExpr> Grammar::ParseParenthesised() {
  Advance();
  NARFI_ASSIGN(ParsedExpr inner, ParseBinary(0));
  if (!Accept(TokenKind::kCloseParen)) return Unexpected();
  return inner;
}

Result<ParsedExpr> Grammar::ParseLiteral() {
  const Position begin = token_.begin;
  const bool negative = Is(TokenKind::kSubtract);
  if (negative || Is(TokenKind::kAdd)) Advance();
  NARFI_ASSIGN(const std::string text, TakeText(TokenKind::kNumber));
  const auto value = ParseGoFloat(text);
  ParsedExpr out{SampleExpr{Literal{}, begin}, std::nullopt, 1};
  if (!value) {
    out.flaw = "unable to parse literal as a float: " + value.error().text;
  } else {
    std::get<Literal>(std::get<SampleExpr>(out.expr).node).value = negative ? -*value : *value;
  }
  return out;
}

// A metric query as an argument. A log query there is noticed at the token behind it.
Result<ParsedExpr> Grammar::ParseSampleArgument() {
  NARFI_ASSIGN(ParsedExpr inner, ParseBinary(0));
  if (!std::holds_alternative<SampleExpr>(inner.expr)) return Unexpected();
  return inner;
}

Result<ParsedExpr> Grammar::ParseVectorAggregation() {
  VectorAggregation out;
  const Position begin = token_.begin;
  out.op = static_cast<VectorOp>(token_.op);
  Advance();
  NARFI_ASSIGN(out.grouping, ParseOptionalGrouping());
  NARFI_TRY(Expect(TokenKind::kOpenParen));
  // A number may be the parameter or the beginning of the argument; the token behind it tells.
  std::optional<std::string> param;
  std::optional<ParsedExpr> inner;
  if (Is(TokenKind::kNumber)) {
    std::string number = token_.text;
    NARFI_ASSIGN(ParsedExpr literal, ParseLiteral());
    if (Accept(TokenKind::kComma)) {
      param = std::move(number);
    } else {
      NARFI_ASSIGN(inner, ParseOperations(std::move(literal), 0));
    }
  }
  if (!inner) {
    NARFI_ASSIGN(inner, ParseSampleArgument());
  }
  if (!std::holds_alternative<SampleExpr>(inner->expr) || !Accept(TokenKind::kCloseParen))
    return Unexpected();
  if (!out.grouping) {
    NARFI_ASSIGN(out.grouping, ParseOptionalGrouping());
  }
  auto flaw = SetVectorParam(out, param);
  if (!flaw) flaw = FindGroupingFlaw(out);
  if (!flaw) flaw = std::move(inner->flaw);
  const int depth = inner->depth + 1;
  NARFI_TRY(CheckDepth(depth));
  out.inner = TakeSample(*inner);
  return ParsedExpr{SampleExpr{std::move(out), begin}, std::move(flaw), depth};
}

Result<ParsedExpr> Grammar::ParseVectorFunction() {
  const Position begin = token_.begin;
  Advance();
  NARFI_TRY(Expect(TokenKind::kOpenParen));
  NARFI_ASSIGN(const std::string text, TakeText(TokenKind::kNumber));
  NARFI_TRY(Expect(TokenKind::kCloseParen));
  const auto value = ParseGoFloat(text);
  ParsedExpr out{SampleExpr{VectorFunction{value.value_or(0)}, begin}, std::nullopt, 1};
  if (!value) out.flaw = "unable to parse vectorExpr as a float: " + value.error().text;
  return out;
}

Result<ParsedExpr> Grammar::ParseLabelReplace() {
  const Position begin = token_.begin;
  LabelReplace out;
  Advance();
  NARFI_TRY(Expect(TokenKind::kOpenParen));
  NARFI_ASSIGN(ParsedExpr inner, ParseSampleArgument());
  if (!Is(TokenKind::kComma)) return Unexpected();
  for (std::string* text : {&out.destination, &out.replacement, &out.source, &out.pattern}) {
    NARFI_TRY(Expect(TokenKind::kComma));
    NARFI_ASSIGN(*text, TakeText(TokenKind::kString));
  }
  NARFI_TRY(Expect(TokenKind::kCloseParen));
  std::optional<std::string> flaw;
  if (auto regex = line::CompileRegex("^(?:" + out.pattern + ")$"); regex) {
    out.regex = std::move(*regex);
    flaw = std::move(inner.flaw);
  } else {
    flaw = "invalid regex in label_replace: " + regex.error().text;
  }
  const int depth = inner.depth + 1;
  NARFI_TRY(CheckDepth(depth));
  out.inner = TakeSample(inner);
  return ParsedExpr{SampleExpr{std::move(out), begin}, std::move(flaw), depth};
}

// variants(metric, ...) of (range): known to the language, switched off in Loki.
Result<ParsedExpr> Grammar::ParseVariants() {
  Advance();
  NARFI_TRY(Expect(TokenKind::kOpenParen));
  do {
    NARFI_ASSIGN(const ParsedExpr variant, ParseSampleArgument());
  } while (Accept(TokenKind::kComma));
  if (!Accept(TokenKind::kCloseParen)) return Unexpected();
  NARFI_TRY(Expect(TokenKind::kOf));
  NARFI_TRY(Expect(TokenKind::kOpenParen));
  NARFI_ASSIGN(LogRange range, ParseLogRange());
  NARFI_TRY(Expect(TokenKind::kCloseParen));
  variants_ = true;
  return ParsedExpr{std::move(range.selector), std::nullopt, 1};
}

}  // namespace narfi::logql
