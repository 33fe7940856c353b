// Stream selectors, pipelines and unwraps.
#include <re2/re2.h>

#include "query/logql/grammar.h"

namespace narfi::logql {

std::optional<MatchOp> MatchOpOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
      return MatchOp::kEqual;
    case TokenKind::kNotEqual:
      return MatchOp::kNotEqual;
    case TokenKind::kMatchRegex:
      return MatchOp::kRegex;
    case TokenKind::kMatchNotRegex:
      return MatchOp::kNotRegex;
    default:
      return std::nullopt;
  }
}

std::optional<std::string> FindMatcherFlaw(const std::vector<Matcher>& matchers) {
  for (const Matcher& matcher : matchers) {
    if (!matcher.Accepts("")) return std::nullopt;
  }
  return "queries require at least one regexp or equality matcher that does not have an "
         "empty-compatible value. For instance, app=~\".*\" does not meet this requirement, but "
         "app=~\".+\" will";
}

std::optional<std::string> Grammar::SelectorFlaw(const LogSelector& selector) const {
  if (options_.open_selectors) return std::nullopt;
  return FindMatcherFlaw(selector.matchers);
}

Result<Matcher> Grammar::MakeOrStop(std::string name, MatchOp op, std::string value) {
  auto matcher = MakeMatcher(std::move(name), op, std::move(value));
  if (!matcher) return Immediate(matcher.error().text);
  return matcher;
}

Result<Matcher> Grammar::ParseMatcher() {
  NARFI_ASSIGN(std::string name, TakeText(TokenKind::kIdentifier));
  const auto op = MatchOpOf(kind());
  if (!op) return Unexpected("= or =~ or !~ or !=");
  Advance();
  NARFI_ASSIGN(std::string value, TakeText(TokenKind::kString));
  return MakeOrStop(std::move(name), *op, std::move(value));
}

// {name="value", ...}
Result<LogSelector> Grammar::ParseSelectorPart() {
  LogSelector out;
  out.position = token_.begin;
  Advance();
  if (Accept(TokenKind::kCloseBrace)) return out;
  if (!Is(TokenKind::kIdentifier)) return Unexpected("IDENTIFIER or }");
  do {
    NARFI_ASSIGN(Matcher matcher, ParseMatcher());
    out.matchers.push_back(std::move(matcher));
  } while (Accept(TokenKind::kComma));
  if (!Accept(TokenKind::kCloseBrace)) return Unexpected("} or ,");
  return out;
}

// A log query where any query may stand: no unwrap, no range.
Result<ParsedExpr> Grammar::ParseLogQuery() {
  NARFI_ASSIGN(LogSelector selector, ParseSelectorPart());
  NARFI_ASSIGN(Pipeline pipeline, ParsePipeline(false));
  selector.stages = std::move(pipeline.stages);
  return ParsedExpr{std::move(selector), std::nullopt, 1};
}

bool Grammar::AtStage() const {
  switch (token_.kind) {
    case TokenKind::kPipe:
    case TokenKind::kPipeExact:
    case TokenKind::kPipeMatch:
    case TokenKind::kPipePattern:
    case TokenKind::kNotEqual:
    case TokenKind::kMatchNotRegex:
    case TokenKind::kNotPattern:
      return true;
    default:
      return false;
  }
}

// What may stand behind a stage in one query or another.
bool Grammar::FollowsStage() const {
  return AtStage() || Is(TokenKind::kEnd) || Is(TokenKind::kRange) || Is(TokenKind::kCloseParen) ||
         (token_.kind >= TokenKind::kOr && token_.kind <= TokenKind::kPower);
}

// Stages up to something else, or up to and with an unwrap.
Result<Grammar::Pipeline> Grammar::ParsePipeline(bool may_unwrap) {
  Pipeline out;
  while (AtStage()) {
    const Position begin = token_.begin;
    if (!Is(TokenKind::kPipe)) {
      NARFI_ASSIGN(Stage filter, ParseLineFilter());
      out.stages.push_back(std::move(filter));
      continue;
    }
    Advance();
    if (may_unwrap && Accept(TokenKind::kUnwrap)) {
      NARFI_ASSIGN(Unwrap unwrap, ParseUnwrap(begin));
      out.unwrap = std::move(unwrap);
      break;
    }
    NARFI_ASSIGN(Stage stage, ParsePipedStage());
    out.stages.push_back(std::move(stage));
  }
  return out;
}

// Behind `| unwrap`: a label, maybe converted, and label filters.
Result<Unwrap> Grammar::ParseUnwrap(Position begin) {
  Unwrap out;
  out.position = begin;
  if (Is(TokenKind::kConversion)) {
    out.conversion = static_cast<Conversion>(token_.op);
    Advance();
    NARFI_TRY(Expect(TokenKind::kOpenParen));
    NARFI_ASSIGN(out.label, TakeText(TokenKind::kIdentifier));
    NARFI_TRY(Expect(TokenKind::kCloseParen));
  } else {
    NARFI_ASSIGN(out.label,
                 TakeText(TokenKind::kIdentifier,
                          "IDENTIFIER or BYTES_CONV or DURATION_CONV or DURATION_SECONDS_CONV"));
  }
  while (Accept(TokenKind::kPipe)) {
    if (!Is(TokenKind::kIdentifier) && !Is(TokenKind::kOpenParen))
      return Unexpected("IDENTIFIER or (");
    filter_terms_ = 0;
    NARFI_ASSIGN(LabelFilter filter, ParseLabelFilter());
    out.filters.push_back(std::move(filter));
  }
  return out;
}

}  // namespace narfi::logql
