// The stages of a pipeline, but for label filters.
#include <re2/re2.h>

#include "line/go_regex.h"
#include "query/logql/grammar.h"
#include "query/logql/stage_check.h"

namespace narfi::logql {
namespace {

LineOp LineOpOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kPipeMatch:
      return LineOp::kRegex;
    case TokenKind::kMatchNotRegex:
      return LineOp::kNotRegex;
    case TokenKind::kPipePattern:
      return LineOp::kPattern;
    case TokenKind::kNotPattern:
      return LineOp::kNotPattern;
    case TokenKind::kNotEqual:
      return LineOp::kNotContains;
    default:
      return LineOp::kContains;
  }
}

}  // namespace

// "text" or ip("address")
Result<LineNeedle> Grammar::ParseNeedle(LineOp op) {
  LineNeedle needle;
  if (Accept(TokenKind::kIp)) {
    needle.is_ip = true;
    NARFI_TRY(Expect(TokenKind::kOpenParen));
    NARFI_ASSIGN(needle.text, TakeText(TokenKind::kString));
    NARFI_TRY(Expect(TokenKind::kCloseParen));
    return needle;
  }
  NARFI_ASSIGN(needle.text, TakeText(TokenKind::kString, "STRING or ip"));
  if (op == LineOp::kRegex || op == LineOp::kNotRegex) {
    // A regex that does not compile is a flaw of the whole stage: FindStageFlaw() says so.
    if (auto regex = line::CompileRegex(needle.text); regex) needle.regex = std::move(*regex);
  }
  return needle;
}

Result<Stage> Grammar::ParseLineFilter() {
  LineFilterStage out;
  out.op = LineOpOf(kind());
  do {
    Advance();
    NARFI_ASSIGN(LineNeedle needle, ParseNeedle(out.op));
    out.needles.push_back(std::move(needle));
  } while (Is(TokenKind::kOr));
  return out;
}

// Behind a `|`.
Result<Stage> Grammar::ParsePipedStage() {
  switch (kind()) {
    case TokenKind::kJson:
      return ParseJson();
    case TokenKind::kLogfmt:
      return ParseLogfmt();
    case TokenKind::kRegexp:
      return ParseRegexp();
    case TokenKind::kPattern:
      return ParsePattern();
    case TokenKind::kUnpack:
      Advance();
      return UnpackStage{};
    case TokenKind::kDecolorize:
      Advance();
      return DecolorizeStage{};
    case TokenKind::kLineFormat:
      return ParseLineFormat();
    case TokenKind::kLabelFormat:
      return ParseLabelFormat();
    case TokenKind::kDrop: {
      NARFI_ASSIGN(auto labels, ParseNamesOrMatchers());
      return DropStage{std::move(labels)};
    }
    case TokenKind::kKeep: {
      NARFI_ASSIGN(auto labels, ParseNamesOrMatchers());
      return KeepStage{std::move(labels)};
    }
    case TokenKind::kIdentifier:
    case TokenKind::kOpenParen: {
      filter_terms_ = 0;
      NARFI_ASSIGN(LabelFilter filter, ParseLabelFilter());
      return LabelFilterStage{std::move(filter)};
    }
    default:
      return Unexpected();
  }
}

// label, label="expression", ...
Result<std::vector<Extraction>> Grammar::ParseExtractions() {
  std::vector<Extraction> out;
  do {
    Extraction extraction;
    NARFI_ASSIGN(extraction.label, TakeText(TokenKind::kIdentifier));
    extraction.expression = extraction.label;
    if (Accept(TokenKind::kEqual)) {
      NARFI_ASSIGN(extraction.expression, TakeText(TokenKind::kString));
    }
    out.push_back(std::move(extraction));
  } while (Accept(TokenKind::kComma));
  return out;
}

Result<Stage> Grammar::ParseJson() {
  Advance();
  JsonStage out;
  if (Is(TokenKind::kIdentifier)) {
    NARFI_ASSIGN(out.extractions, ParseExtractions());
  }
  return out;
}

Result<Stage> Grammar::ParseLogfmt() {
  Advance();
  LogfmtStage out;
  for (; Is(TokenKind::kFlag); Advance()) {
    (token_.text == "--strict" ? out.strict : out.keep_empty) = true;
  }
  if (Is(TokenKind::kIdentifier)) {
    NARFI_ASSIGN(out.extractions, ParseExtractions());
  }
  return out;
}

Result<Stage> Grammar::ParseRegexp() {
  Advance();
  RegexpStage out;
  NARFI_ASSIGN(out.pattern, TakeText(TokenKind::kString));
  if (auto status = FillRegexpStage(out); !status) {
    return Immediate("invalid regexp parser: " + status.error().text);
  }
  return out;
}

Result<Stage> Grammar::ParsePattern() {
  Advance();
  PatternStage out;
  NARFI_ASSIGN(out.pattern, TakeText(TokenKind::kString));
  if (auto status = CheckParserPattern(out.pattern); !status) {
    return Immediate("invalid pattern parser: " + status.error().text);
  }
  return out;
}

Result<Stage> Grammar::ParseLineFormat() {
  Advance();
  NARFI_ASSIGN(std::string text, TakeText(TokenKind::kString));
  return LineFormatStage{std::move(text)};
}

Result<Stage> Grammar::ParseLabelFormat() {
  LabelFormatStage out;
  do {
    Advance();
    LabelFormat format;
    NARFI_ASSIGN(format.name, TakeText(TokenKind::kIdentifier));
    NARFI_TRY(Expect(TokenKind::kEqual));
    format.is_rename = Is(TokenKind::kIdentifier);
    NARFI_ASSIGN(format.value,
                 TakeText(format.is_rename ? TokenKind::kIdentifier : TokenKind::kString,
                          "IDENTIFIER or STRING"));
    out.formats.push_back(std::move(format));
  } while (Is(TokenKind::kComma));
  // This list looks at what follows it; elsewhere it is the rule around that complains.
  if (!FollowsStage()) return Unexpected();
  return out;
}

// Behind drop and keep: name, name="value", ...
Result<std::vector<NameOrMatcher>> Grammar::ParseNamesOrMatchers() {
  std::vector<NameOrMatcher> out;
  do {
    Advance();
    NameOrMatcher entry;
    NARFI_ASSIGN(entry.name, TakeText(TokenKind::kIdentifier));
    const auto op = MatchOpOf(kind());
    if (op) {
      Advance();
      NARFI_ASSIGN(std::string value, TakeText(TokenKind::kString));
      NARFI_ASSIGN(Matcher matcher, MakeOrStop(entry.name, *op, std::move(value)));
      entry.matcher = std::move(matcher);
    }
    out.push_back(std::move(entry));
  } while (Is(TokenKind::kComma));
  return out;
}

}  // namespace narfi::logql
