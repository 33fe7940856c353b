// Range aggregations: op([number,] selector with a [range] at one of its legal places).
#include <fmt/format.h>

#include "query/logql/go_number.h"
#include "query/logql/grammar.h"

namespace narfi::logql {
namespace {

bool MayGroup(RangeOp op) {
  switch (op) {
    case RangeOp::kAvgOverTime:
    case RangeOp::kMinOverTime:
    case RangeOp::kMaxOverTime:
    case RangeOp::kStddevOverTime:
    case RangeOp::kStdvarOverTime:
    case RangeOp::kQuantileOverTime:
    case RangeOp::kFirstOverTime:
    case RangeOp::kLastOverTime:
      return true;
    default:
      return false;
  }
}

enum class UnwrapRule : uint8_t { kMust, kMay, kMustNot };

UnwrapRule UnwrapRuleOf(RangeOp op) {
  switch (op) {
    case RangeOp::kCountOverTime:
    case RangeOp::kBytesOverTime:
    case RangeOp::kBytesRate:
      return UnwrapRule::kMustNot;
    case RangeOp::kRate:
    case RangeOp::kAbsentOverTime:
      return UnwrapRule::kMay;
    default:
      return UnwrapRule::kMust;
  }
}

}  // namespace

std::optional<std::string> FindRangeFlaw(const RangeAggregation& aggregation) {
  const std::string_view name = ToText(aggregation.op);
  if (aggregation.grouping && !MayGroup(aggregation.op)) {
    return fmt::format("grouping not allowed for {} aggregation", name);
  }
  const UnwrapRule rule = UnwrapRuleOf(aggregation.op);
  if (aggregation.unwrap && rule == UnwrapRule::kMustNot) {
    return fmt::format("invalid aggregation {} with unwrap", name);
  }
  if (!aggregation.unwrap && rule == UnwrapRule::kMust) {
    return fmt::format("invalid aggregation {} without unwrap", name);
  }
  return std::nullopt;
}

Status Grammar::ParseOffset(LogRange& out) {
  if (!Accept(TokenKind::kOffset)) return {};
  if (!Is(TokenKind::kDuration)) return Unexpected("DURATION");
  out.offset_ns = token_.duration_ns;
  Advance();
  return {};
}

// At a `[range]`: the range, its offset, and the stages that may follow them.
Status Grammar::ParseBehindRange(LogRange& out, bool may_filter, bool may_unwrap) {
  if (!Is(TokenKind::kRange)) return Unexpected("RANGE");
  out.range_ns = token_.duration_ns;
  Advance();
  NARFI_TRY(ParseOffset(out));
  if (may_filter) {
    NARFI_ASSIGN(Pipeline pipeline, ParsePipeline(true));
    out.selector.stages = std::move(pipeline.stages);
    out.unwrap = std::move(pipeline.unwrap);
  } else if (may_unwrap && Is(TokenKind::kPipe)) {
    const Position begin = token_.begin;
    Advance();
    NARFI_TRY(Expect(TokenKind::kUnwrap));
    NARFI_ASSIGN(Unwrap unwrap, ParseUnwrap(begin));
    out.unwrap = std::move(unwrap);
  }
  return {};
}

// selector [stages] [unwrap], with which a range or a parenthesis must follow.
Status Grammar::ParseBeforeRange(LogRange& out) {
  NARFI_ASSIGN(out.selector, ParseSelectorPart());
  NARFI_ASSIGN(Pipeline pipeline, ParsePipeline(true));
  out.selector.stages = std::move(pipeline.stages);
  out.unwrap = std::move(pipeline.unwrap);
  return {};
}

Result<Grammar::LogRange> Grammar::ParseLogRange() {
  if (Is(TokenKind::kOpenParen)) return ParseRangeInParens();
  if (!Is(TokenKind::kOpenBrace)) return Unexpected("{ or (");
  LogRange out;
  NARFI_TRY(ParseBeforeRange(out));
  if (!Is(TokenKind::kRange)) return Unexpected(out.unwrap ? "RANGE or |" : "");
  const bool bare = out.selector.stages.empty() && !out.unwrap;
  NARFI_TRY(ParseBehindRange(out, bare, bare));
  return out;
}

// Either a whole range in parentheses, or a query in parentheses with the range behind them.
Result<Grammar::LogRange> Grammar::ParseRangeInParens() {
  const Level level(level_);
  NARFI_TRY(CheckDepth(level_));
  Advance();
  if (Is(TokenKind::kOpenParen)) {
    NARFI_ASSIGN(LogRange inner, ParseRangeInParens());
    NARFI_TRY(Expect(TokenKind::kCloseParen));
    return inner;
  }
  if (!Is(TokenKind::kOpenBrace)) return Unexpected("{ or (");
  LogRange out;
  NARFI_TRY(ParseBeforeRange(out));
  const bool bare = out.selector.stages.empty() && !out.unwrap;
  if (Is(TokenKind::kRange)) {
    NARFI_TRY(ParseBehindRange(out, bare, bare));
    NARFI_TRY(Expect(TokenKind::kCloseParen));
    return out;
  }
  if (!Accept(TokenKind::kCloseParen)) return Unexpected(out.unwrap ? "RANGE or ) or |" : "");
  NARFI_TRY(ParseBehindRange(out, false, bare));
  return out;
}

Result<std::vector<std::string>> Grammar::ParseLabelList() {
  std::vector<std::string> out;
  NARFI_TRY(Expect(TokenKind::kOpenParen));
  if (Accept(TokenKind::kCloseParen)) return out;
  if (!Is(TokenKind::kIdentifier)) return Unexpected("IDENTIFIER or )");
  do {
    NARFI_ASSIGN(std::string label, TakeText(TokenKind::kIdentifier));
    out.push_back(std::move(label));
  } while (Accept(TokenKind::kComma));
  if (!Accept(TokenKind::kCloseParen)) return Unexpected(", or )");
  return out;
}

Result<std::optional<Grouping>> Grammar::ParseOptionalGrouping() {
  if (!Is(TokenKind::kBy) && !Is(TokenKind::kWithout)) return std::nullopt;
  Grouping out;
  out.without = Is(TokenKind::kWithout);
  Advance();
  NARFI_ASSIGN(out.labels, ParseLabelList());
  return out;
}

Result<ParsedExpr> Grammar::ParseRangeAggregation() {
  RangeAggregation out;
  const Position begin = token_.begin;
  out.op = static_cast<RangeOp>(token_.op);
  Advance();
  NARFI_TRY(Expect(TokenKind::kOpenParen));
  std::optional<std::string> param;
  if (Is(TokenKind::kNumber)) {
    param = std::move(token_.text);
    Advance();
    NARFI_TRY(Expect(TokenKind::kComma));
  } else if (!Is(TokenKind::kOpenBrace) && !Is(TokenKind::kOpenParen)) {
    return Unexpected("NUMBER or { or (");
  }
  NARFI_ASSIGN(LogRange range, ParseLogRange());
  NARFI_TRY(Expect(TokenKind::kCloseParen));
  NARFI_ASSIGN(out.grouping, ParseOptionalGrouping());
  out.selector = std::move(range.selector);
  out.unwrap = std::move(range.unwrap);
  out.range_ns = range.range_ns;
  out.offset_ns = range.offset_ns;

  const std::string_view name = ToText(out.op);
  const bool wants_param = out.op == RangeOp::kQuantileOverTime;
  std::optional<std::string> flaw;
  if (param && !wants_param) {
    flaw = fmt::format("parameter {} not supported for operation {}", *param, name);
  } else if (param) {
    const auto value = ParseGoFloat(*param);
    if (value) {
      out.param = *value;
    } else {
      flaw = fmt::format("invalid parameter for operation {}: {}", name, value.error().text);
    }
  } else if (wants_param) {
    flaw = fmt::format("parameter required for operation {}", name);
  }
  if (!flaw) flaw = FindRangeFlaw(out);
  if (!flaw) flaw = SelectorFlaw(out.selector);
  return ParsedExpr{SampleExpr{std::move(out), begin}, std::move(flaw), 1};
}

}  // namespace narfi::logql
