// The text of a template as tokens, as Go's text/template has them.
//
// Ownership: tokens point into the text.
// Threads:   one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace narfi::line::tmpl {

enum class TokenKind : uint8_t {
  kError,  // value is what is wrong
  kBool,
  kChar,  // a printable one that is nothing else, the comma among them
  kCharConstant,
  kAssign,
  kDeclare,
  kEof,
  kField,
  kIdentifier,
  kLeftDelim,
  kLeftParen,
  kNumber,
  kPipe,
  kRawString,
  kRightDelim,
  kRightParen,
  kSpace,
  kString,
  kText,
  kVariable,
  // Keywords from here on.
  kDot,
  kBlock,
  kBreak,
  kContinue,
  kDefine,
  kElse,
  kEnd,
  kIf,
  kNil,
  kRange,
  kTemplate,
  kWith,
};

struct Token {
  TokenKind kind = TokenKind::kEof;
  uint32_t pos = 0;
  uint32_t line = 1;
  std::string value;

  // As error texts name it.
  std::string ToString() const;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // After an error, and after the end, it is kEof for ever.
  Token Next();

 private:
  Token Take(TokenKind kind);  // from start_ to pos_
  Token Error(std::string what);
  void Ignore();
  char PeekByte(size_t ahead = 0) const {
    return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0';
  }
  bool AtEnd() const { return pos_ >= text_.size(); }
  std::string_view rest() const { return text_.substr(pos_); }
  bool AtRightDelim(bool& trims) const;
  bool AtTerminator() const;
  bool Accept(std::string_view any_of);
  void AcceptRun(std::string_view any_of);

  Token LexText(bool& skipped);
  Token LexComment(bool& skipped);
  Token LexRightDelim();
  Token LexInsideAction();
  Token LexSpace();
  Token LexIdentifier();
  Token LexFieldOrVariable(TokenKind kind);
  Token LexQuoted(char quote, TokenKind kind, const char* unterminated);
  Token LexRawQuote();
  Token LexNumber();
  Token BadCharacter();
  bool ScanNumber();

  std::string_view text_;
  size_t pos_ = 0;
  size_t start_ = 0;
  uint32_t line_ = 1;
  uint32_t start_line_ = 1;
  int paren_depth_ = 0;
  bool inside_action_ = false;
  bool done_ = false;
};

}  // namespace narfi::line::tmpl
