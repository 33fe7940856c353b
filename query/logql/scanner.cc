#include "query/logql/scanner.h"

#include "base/unicode.h"
#include "line/rune_class.h"
#include "query/logql/scan_digit.h"

namespace narfi::logql {
namespace {

constexpr int32_t kByteOrderMark = 0xFEFF;

bool IsWordRune(int32_t rune, bool first) {
  return rune == '_' || line::IsLetterRune(rune) || (!first && line::IsDigitRune(rune));
}

}  // namespace

void Scanner::Fail(std::string text) {
  if (!error_.empty()) return;
  error_ = std::move(text);
  error_position_ = reported_;
}

void Scanner::Advance() {
  look_begin_ = next_;
  if (next_ >= text_.size()) {
    if (!at_end_ && next_ > 0) ++column_;
    at_end_ = true;
    look_ = kEndOfText;
    return;
  }
  const Rune rune = DecodeRune(text_.substr(next_));
  next_ += rune.bytes;
  ++column_;
  look_ = static_cast<int32_t>(rune.value);
  if (!rune.valid) return Fail("invalid UTF-8 encoding");
  if (look_ == 0) Fail("invalid character NUL");
  if (look_ == '\n') {
    ++line_;
    last_line_columns_ = column_;
    column_ = 0;
  }
}

int32_t Scanner::Peek() {
  if (look_ == -2) {
    Advance();
    if (look_ == kByteOrderMark) Advance();
  }
  return look_;
}

int32_t Scanner::Next() {
  reported_.line = 0;
  const int32_t rune = Peek();
  if (rune != kEndOfText) Advance();
  return rune;
}

ScanKind Scanner::Scan() {
  Peek();
  reported_.line = 0;
  while (true) {
    while (look_ == ' ' || look_ == '\t' || look_ == '\n' || look_ == '\r') Advance();
    begin_ = look_begin_;
    reported_ = column_ > 0 ? Position{line_, column_} : Position{line_ - 1, last_line_columns_};
    piece_begin_ = reported_;
    rune_ = look_;
    if (look_ != '/') break;
    Advance();
    if (look_ != '/' && look_ != '*') {
      end_ = look_begin_;
      return ScanKind::kRune;
    }
    SkipComment();
  }
  const ScanKind kind = ScanPiece();
  end_ = look_begin_;
  return kind;
}

ScanKind Scanner::ScanPiece() {
  if (IsWordRune(look_, true)) {
    do Advance();
    while (IsWordRune(look_, false));
    return ScanKind::kWord;
  }
  if (IsDecimal(look_)) return ScanNumber(false);
  switch (look_) {
    case kEndOfText:
      return ScanKind::kEnd;
    case '"':
      ScanQuoted('"');
      Advance();
      return ScanKind::kString;
    case '\'':
      if (ScanQuoted('\'') != 1) Fail("invalid char literal");
      Advance();
      return ScanKind::kCharLiteral;
    case '`':
      ScanRaw();
      return ScanKind::kString;
    case '.':
      Advance();
      return IsDecimal(look_) ? ScanNumber(true) : ScanKind::kRune;
    default:
      Advance();
      return ScanKind::kRune;
  }
}

// Returns how many characters stand between the quotes; 0 when the second one is missing.
int Scanner::ScanQuoted(int32_t quote) {
  int count = 0;
  Advance();
  while (look_ != quote) {
    if (look_ == '\n' || look_ == kEndOfText) {
      Fail("literal not terminated");
      return 0;
    }
    if (look_ == '\\') {
      ScanEscape(quote);
    } else {
      Advance();
    }
    ++count;
  }
  return count;
}

void Scanner::ScanEscape(int32_t quote) {
  Advance();
  switch (look_) {
    case 'x':
      Advance();
      return ScanHex(2, 16);
    case 'u':
      Advance();
      return ScanHex(4, 16);
    case 'U':
      Advance();
      return ScanHex(8, 16);
    default:
      break;
  }
  if (look_ >= '0' && look_ <= '7') return ScanHex(3, 8);
  constexpr std::string_view kSimple = "abfnrtv\\";
  const bool simple =
      look_ > 0 && look_ < 0x80 && kSimple.find(static_cast<char>(look_)) != std::string_view::npos;
  if (!simple && look_ != quote) return Fail("invalid char escape");
  Advance();
}

void Scanner::ScanHex(int count, int base) {
  for (; count > 0; --count) {
    if (base == 16 ? !IsHex(look_) : (look_ < '0' || look_ > '7'))
      return Fail("invalid char escape");
    Advance();
  }
}

void Scanner::ScanRaw() {
  Advance();
  while (look_ != '`') {
    if (look_ == kEndOfText) return Fail("literal not terminated");
    Advance();
  }
  Advance();
}

void Scanner::SkipComment() {
  if (look_ == '/') {
    do Advance();
    while (look_ != '\n' && look_ != kEndOfText);
    return;
  }
  Advance();
  while (look_ != kEndOfText) {
    const int32_t before = look_;
    Advance();
    if (before == '*' && look_ == '/') return Advance();
  }
  Fail("comment not terminated");
}

}  // namespace narfi::logql
