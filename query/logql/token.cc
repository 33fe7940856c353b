#include "query/logql/token.h"

#include <iterator>

namespace narfi::logql {
namespace {

struct Spelling {
  TokenKind kind;
  std::string_view text;
};

constexpr Spelling kSpellings[] = {
    {TokenKind::kEqual, "="},
    {TokenKind::kMatchRegex, "=~"},
    {TokenKind::kMatchNotRegex, "!~"},
    {TokenKind::kOpenBrace, "{"},
    {TokenKind::kCloseBrace, "}"},
    {TokenKind::kCloseBracket, "]"},
    {TokenKind::kComma, ","},
    {TokenKind::kDot, "."},
    {TokenKind::kPipeMatch, "|~"},
    {TokenKind::kPipeExact, "|="},
    {TokenKind::kPipePattern, "|>"},
    {TokenKind::kNotPattern, "!>"},
    {TokenKind::kOpenParen, "("},
    {TokenKind::kCloseParen, ")"},
    {TokenKind::kBy, "by"},
    {TokenKind::kWithout, "without"},
    {TokenKind::kBool, "bool"},
    {TokenKind::kJson, "json"},
    {TokenKind::kRegexp, "regexp"},
    {TokenKind::kLogfmt, "logfmt"},
    {TokenKind::kPipe, "|"},
    {TokenKind::kLineFormat, "line_format"},
    {TokenKind::kLabelFormat, "label_format"},
    {TokenKind::kUnwrap, "unwrap"},
    {TokenKind::kUnpack, "unpack"},
    {TokenKind::kOffset, "offset"},
    {TokenKind::kPattern, "pattern"},
    {TokenKind::kOn, "on"},
    {TokenKind::kIgnoring, "ignoring"},
    {TokenKind::kGroupLeft, "group_left"},
    {TokenKind::kGroupRight, "group_right"},
    {TokenKind::kDecolorize, "decolorize"},
    {TokenKind::kDrop, "drop"},
    {TokenKind::kKeep, "keep"},
    {TokenKind::kOf, "of"},
    {TokenKind::kOr, "or"},
    {TokenKind::kAnd, "and"},
    {TokenKind::kUnless, "unless"},
    {TokenKind::kCompareEqual, "=="},
    {TokenKind::kNotEqual, "!="},
    {TokenKind::kLess, "<"},
    {TokenKind::kLessEqual, "<="},
    {TokenKind::kGreater, ">"},
    {TokenKind::kGreaterEqual, ">="},
    {TokenKind::kAdd, "+"},
    {TokenKind::kSubtract, "-"},
    {TokenKind::kMultiply, "*"},
    {TokenKind::kDivide, "/"},
    {TokenKind::kModulo, "%"},
    {TokenKind::kPower, "^"},
};

// Kinds that messages call by a name of their own.
constexpr Spelling kClasses[] = {
    {TokenKind::kEnd, "$end"},
    {TokenKind::kIdentifier, "IDENTIFIER"},
    {TokenKind::kString, "STRING"},
    {TokenKind::kNumber, "NUMBER"},
    {TokenKind::kFlag, "FUNCTION_FLAG"},
    {TokenKind::kBytes, "BYTES"},
    {TokenKind::kDuration, "DURATION"},
    {TokenKind::kRange, "RANGE"},
    {TokenKind::kIp, "ip"},
    {TokenKind::kVector, "VECTOR"},
    {TokenKind::kLabelReplace, "LABEL_REPLACE"},
    {TokenKind::kVariants, "VARIANTS"},
};

struct Function {
  std::string_view name;
  TokenKind kind;
  uint8_t op;
};

constexpr Function Range(std::string_view name, RangeOp op) {
  return {name, TokenKind::kRangeOp, static_cast<uint8_t>(op)};
}
constexpr Function Vector(std::string_view name, VectorOp op) {
  return {name, TokenKind::kVectorOp, static_cast<uint8_t>(op)};
}
constexpr Function Convert(std::string_view name, Conversion op) {
  return {name, TokenKind::kConversion, static_cast<uint8_t>(op)};
}

constexpr Function kFunctions[] = {
    Range("count_over_time", RangeOp::kCountOverTime),
    Range("rate", RangeOp::kRate),
    Range("rate_counter", RangeOp::kRateCounter),
    Range("bytes_over_time", RangeOp::kBytesOverTime),
    Range("bytes_rate", RangeOp::kBytesRate),
    Range("avg_over_time", RangeOp::kAvgOverTime),
    Range("sum_over_time", RangeOp::kSumOverTime),
    Range("min_over_time", RangeOp::kMinOverTime),
    Range("max_over_time", RangeOp::kMaxOverTime),
    Range("stdvar_over_time", RangeOp::kStdvarOverTime),
    Range("stddev_over_time", RangeOp::kStddevOverTime),
    Range("quantile_over_time", RangeOp::kQuantileOverTime),
    Range("first_over_time", RangeOp::kFirstOverTime),
    Range("last_over_time", RangeOp::kLastOverTime),
    Range("absent_over_time", RangeOp::kAbsentOverTime),
    Vector("sum", VectorOp::kSum),
    Vector("avg", VectorOp::kAvg),
    Vector("min", VectorOp::kMin),
    Vector("max", VectorOp::kMax),
    Vector("count", VectorOp::kCount),
    Vector("stddev", VectorOp::kStddev),
    Vector("stdvar", VectorOp::kStdvar),
    Vector("topk", VectorOp::kTopK),
    Vector("bottomk", VectorOp::kBottomK),
    Vector("approx_topk", VectorOp::kApproxTopK),
    Vector("sort", VectorOp::kSort),
    Vector("sort_desc", VectorOp::kSortDesc),
    Convert("duration", Conversion::kDuration),
    Convert("duration_seconds", Conversion::kDurationSeconds),
    Convert("bytes", Conversion::kBytes),
    {"ip", TokenKind::kIp, 0},
    {"vector", TokenKind::kVector, 0},
    {"label_replace", TokenKind::kLabelReplace, 0},
    {"variants", TokenKind::kVariants, 0},
};

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

std::string UpperAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return out;
}

}  // namespace

std::string_view TokenName(TokenKind kind) {
  for (const Spelling& entry : kClasses) {
    if (entry.kind == kind) return entry.text;
  }
  for (const Spelling& entry : kSpellings) {
    if (entry.kind == kind) return entry.text;
  }
  return "";
}

std::string TokenName(const Token& token) {
  for (const Function& function : kFunctions) {
    if (function.kind != token.kind || function.op != token.op) continue;
    if (token.kind == TokenKind::kConversion) return UpperAscii(function.name) + "_CONV";
    if (token.kind == TokenKind::kRangeOp || token.kind == TokenKind::kVectorOp)
      return UpperAscii(function.name);
  }
  return std::string(TokenName(token.kind));
}

TokenKind FindKeyword(std::string_view text) {
  const std::string lower = LowerAscii(text);
  for (const Spelling& entry : kSpellings) {
    if (entry.text == lower) return entry.kind;
  }
  return TokenKind::kEnd;
}

bool FindFunction(std::string_view word, Token& token) {
  const std::string lower = LowerAscii(word);
  for (const Function& function : kFunctions) {
    if (function.name != lower) continue;
    token.kind = function.kind;
    token.op = function.op;
    return true;
  }
  return false;
}

}  // namespace narfi::logql
