// Words, numbers, strings and single characters out of query text, with their positions.
//
// The rules are those of Go's text/scanner, on which Loki's lexer stands, down to which characters
// an error is reported at: LogQL's error positions can only be had by counting the same way.
// Comments in the manner of Go (// and /* */) are skipped.
//
// Ownership: borrows the text. A Scanner can be copied to look ahead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query/logql/ast.h"

namespace narfi::logql {

enum class ScanKind : uint8_t { kEnd, kWord, kNumber, kString, kCharLiteral, kRune };

class Scanner {
 public:
  static constexpr int32_t kEndOfText = -1;

  explicit Scanner(std::string_view text) : text_(text) {}

  // The next piece; its text() and position() hold until the next Scan().
  ScanKind Scan();
  // The rune of a kRune.
  int32_t rune() const { return rune_; }
  std::string_view text() const { return text_.substr(begin_, end_ - begin_); }

  // The rune behind the piece, not taken; Next() takes it. Taking single runes makes the line of
  // the reported position 0, as in Go.
  int32_t Peek();
  int32_t Next();

  // Where the piece began, as errors report it; and where it really did.
  Position reported() const { return reported_; }
  Position begin() const { return piece_begin_; }

  // The first thing that was wrong with the text, and the reported position then; empty if nothing.
  const std::string& error() const { return error_; }
  Position error_position() const { return error_position_; }

 private:
  void Advance();  // look_ becomes the next rune
  void Fail(std::string text);
  ScanKind ScanPiece();
  ScanKind ScanNumber(bool seen_point);
  struct Digits {
    bool digits = false;
    bool separators = false;
    int32_t invalid = 0;  // the first digit that the base does not have
  };
  void TakeDigits(int base, Digits& digits);
  int TakePrefix(char& prefix, Digits& digits);
  void TakeExponent(char prefix, bool& is_float, Digits& digits);
  int ScanQuoted(int32_t quote);
  void ScanEscape(int32_t quote);
  void ScanHex(int count, int base);
  void ScanRaw();
  void SkipComment();

  std::string_view text_;
  size_t next_ = 0;        // behind look_
  size_t look_begin_ = 0;  // where look_ begins
  int32_t look_ = -2;      // the rune ahead; -2 before the first
  int32_t line_ = 1;       // of the rune behind look_
  int32_t column_ = 0;
  int32_t last_line_columns_ = 0;
  bool at_end_ = false;
  size_t begin_ = 0;
  size_t end_ = 0;
  int32_t rune_ = 0;
  Position reported_{0, 0};
  Position piece_begin_{0, 0};
  std::string error_;
  Position error_position_{0, 0};
};

}  // namespace narfi::logql
