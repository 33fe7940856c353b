// The tokens of LogQL and how error messages name them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query/logql/ast.h"

namespace narfi::logql {

// In the order in which messages list what was expected.
enum class TokenKind : uint8_t {
  kEnd,
  kIdentifier,
  kString,
  kNumber,
  kFlag,  // --strict, --keep-empty
  kBytes,
  kDuration,
  kRange,  // [5m]
  kEqual,
  kMatchRegex,
  kMatchNotRegex,
  kOpenBrace,
  kCloseBrace,
  kCloseBracket,
  kComma,
  kDot,
  kPipeMatch,
  kPipeExact,
  kPipePattern,
  kNotPattern,
  kOpenParen,
  kCloseParen,
  kBy,
  kWithout,
  kRangeOp,   // rate, count_over_time, ...
  kVectorOp,  // sum, topk, ...
  kBool,
  kJson,
  kRegexp,
  kLogfmt,
  kPipe,
  kLineFormat,
  kLabelFormat,
  kUnwrap,
  kConversion,  // bytes, duration, duration_seconds
  kVector,
  kLabelReplace,
  kUnpack,
  kOffset,
  kPattern,
  kIp,
  kOn,
  kIgnoring,
  kGroupLeft,
  kGroupRight,
  kDecolorize,
  kDrop,
  kKeep,
  kVariants,
  kOf,
  kOr,
  kAnd,
  kUnless,
  kCompareEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  // Words and numbers as written, strings without their quotes, flags with their dashes.
  std::string text;
  int64_t duration_ns = 0;  // of kDuration and kRange
  uint64_t bytes = 0;       // of kBytes
  uint8_t op = 0;           // the RangeOp, VectorOp or Conversion
  Position begin;
  Position reported;  // what errors say: the line is 0 behind tokens of more than one character
};

// "IDENTIFIER", "STRING", "RATE", "|=", "$end".
std::string TokenName(const Token& token);
// The same of a kind; kRangeOp and kVectorOp have none of their own.
std::string_view TokenName(TokenKind kind);

// A word or operator in any case, or kEnd when it is none. Function names are not in here.
TokenKind FindKeyword(std::string_view text);
// A word that is a function when a parenthesis follows; kind and op are set. False when it is none.
bool FindFunction(std::string_view word, Token& token);

}  // namespace narfi::logql
