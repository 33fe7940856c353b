#include "line/template/lexer.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/go_text.h"
#include "base/unicode.h"
#include "line/rune_class.h"

namespace narfi::line::tmpl {
namespace {

constexpr std::string_view kLeft = "{{";
constexpr std::string_view kRight = "}}";

bool IsSpaceByte(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsWordRune(const Rune& rune) {
  const auto value = static_cast<int32_t>(rune.value);
  return value == '_' || IsLetterRune(value) || IsDigitRune(value);
}

// "- " behind the left delimiter, " -" before the right one.
bool HasLeftTrim(std::string_view text) {
  return text.size() >= 2 && text[0] == '-' && IsSpaceByte(text[1]);
}
bool HasRightTrim(std::string_view text) {
  return text.size() >= 2 && IsSpaceByte(text[0]) && text[1] == '-';
}

size_t LeadingSpaces(std::string_view text) {
  size_t n = 0;
  while (n < text.size() && IsSpaceByte(text[n])) ++n;
  return n;
}
size_t TrailingSpaces(std::string_view text) {
  size_t n = 0;
  while (n < text.size() && IsSpaceByte(text[text.size() - 1 - n])) ++n;
  return n;
}

struct Keyword {
  std::string_view word;
  TokenKind kind;
};
constexpr Keyword kKeywords[] = {{"block", TokenKind::kBlock},
                                 {"break", TokenKind::kBreak},
                                 {"continue", TokenKind::kContinue},
                                 {"define", TokenKind::kDefine},
                                 {"else", TokenKind::kElse},
                                 {"end", TokenKind::kEnd},
                                 {"if", TokenKind::kIf},
                                 {"nil", TokenKind::kNil},
                                 {"range", TokenKind::kRange},
                                 {"template", TokenKind::kTemplate},
                                 {"with", TokenKind::kWith}};

}  // namespace

std::string Token::ToString() const {
  if (kind == TokenKind::kEof) return "EOF";
  if (kind == TokenKind::kError) return value;
  if (kind > TokenKind::kDot || value == ".") return "<" + value + ">";
  std::string_view shown = value;
  size_t runes = 0;
  size_t bytes = 0;
  while (bytes < shown.size() && runes < 10) {
    bytes += DecodeRune(shown.substr(bytes)).bytes;
    ++runes;
  }
  if (value.size() > 10) return GoQuote(shown.substr(0, bytes)) + "...";
  return GoQuote(shown);
}

Token Lexer::Take(TokenKind kind) {
  Token token{kind, static_cast<uint32_t>(start_), start_line_,
              std::string(text_.substr(start_, pos_ - start_))};
  Ignore();
  return token;
}

void Lexer::Ignore() {
  const std::string_view taken = text_.substr(start_, pos_ - start_);
  line_ += static_cast<uint32_t>(std::count(taken.begin(), taken.end(), '\n'));
  start_ = pos_;
  start_line_ = line_;
}

Token Lexer::Error(std::string what) {
  Token token{TokenKind::kError, static_cast<uint32_t>(start_), start_line_, std::move(what)};
  done_ = true;
  return token;
}

bool Lexer::AtRightDelim(bool& trims) const {
  trims = HasRightTrim(rest()) && rest().substr(2).starts_with(kRight);
  return trims || rest().starts_with(kRight);
}

bool Lexer::AtTerminator() const {
  if (AtEnd() || IsSpaceByte(text_[pos_])) return true;
  return std::string_view(".,|:)(").find(text_[pos_]) != std::string_view::npos ||
         rest().starts_with(kRight);
}

bool Lexer::Accept(std::string_view any_of) {
  if (AtEnd() || any_of.find(text_[pos_]) == std::string_view::npos) return false;
  ++pos_;
  return true;
}
void Lexer::AcceptRun(std::string_view any_of) {
  while (Accept(any_of)) {
  }
}

Token Lexer::Next() {
  while (!done_) {
    bool skipped = false;
    Token token = inside_action_ ? LexInsideAction() : LexText(skipped);
    if (!skipped) return token;
  }
  Token end;
  end.pos = static_cast<uint32_t>(pos_);
  end.line = start_line_;
  return end;
}

// Text up to an action, or the delimiter of the action that begins here.
Token Lexer::LexText(bool& skipped) {
  const size_t action = text_.find(kLeft, pos_);
  if (action == std::string_view::npos) {
    pos_ = text_.size();
    done_ = true;
    if (pos_ > start_) return Take(TokenKind::kText);
    skipped = true;
    return {};
  }
  const bool trims = HasLeftTrim(text_.substr(action + kLeft.size()));
  if (action > start_) {
    const size_t spaces = trims ? TrailingSpaces(text_.substr(start_, action - start_)) : 0;
    pos_ = action - spaces;
    if (pos_ > start_) {
      Token token = Take(TokenKind::kText);
      pos_ = action;
      Ignore();
      return token;
    }
    pos_ = action;
    Ignore();
  }
  const size_t marker = trims ? 2 : 0;
  if (text_.substr(pos_ + kLeft.size() + marker).starts_with("/*")) {
    pos_ += kLeft.size() + marker;
    Ignore();
    return LexComment(skipped);
  }
  pos_ += kLeft.size();
  Token token = Take(TokenKind::kLeftDelim);
  pos_ += marker;
  Ignore();
  inside_action_ = true;
  paren_depth_ = 0;
  return token;
}

Token Lexer::LexComment(bool& skipped) {
  const size_t end = text_.find("*/", pos_ + 2);
  if (end == std::string_view::npos) return Error("unclosed comment");
  pos_ = end + 2;
  bool trims = false;
  if (!AtRightDelim(trims)) return Error("comment ends before closing delimiter");
  pos_ += kRight.size() + (trims ? 2 : 0);
  if (trims) pos_ += LeadingSpaces(rest());
  Ignore();
  skipped = true;
  return {};
}

Token Lexer::LexRightDelim() {
  bool trims = false;
  AtRightDelim(trims);
  if (trims) {
    pos_ += 2;
    Ignore();
  }
  pos_ += kRight.size();
  Token token = Take(TokenKind::kRightDelim);
  if (trims) {
    pos_ += LeadingSpaces(rest());
    Ignore();
  }
  inside_action_ = false;
  return token;
}

Token Lexer::LexInsideAction() {
  bool trims = false;
  if (AtRightDelim(trims)) {
    if (paren_depth_ == 0) return LexRightDelim();
    return Error("unclosed left paren");
  }
  if (AtEnd()) return Error("unclosed action");
  const char c = text_[pos_];
  if (IsSpaceByte(c)) return LexSpace();
  switch (c) {
    case '=':
      ++pos_;
      return Take(TokenKind::kAssign);
    case ':':
      ++pos_;
      if (!Accept("=")) return Error("expected :=");
      return Take(TokenKind::kDeclare);
    case '|':
      ++pos_;
      return Take(TokenKind::kPipe);
    case '"':
      return LexQuoted('"', TokenKind::kString, "unterminated quoted string");
    case '`':
      return LexRawQuote();
    case '\'':
      return LexQuoted('\'', TokenKind::kCharConstant, "unterminated character constant");
    case '$':
      ++pos_;
      return LexFieldOrVariable(TokenKind::kVariable);
    case '(':
      ++pos_;
      ++paren_depth_;
      return Take(TokenKind::kLeftParen);
    case ')':
      ++pos_;
      if (--paren_depth_ < 0) return Error("unexpected right paren");
      return Take(TokenKind::kRightParen);
    default:
      break;
  }
  const char next = PeekByte(1);
  if (c == '.' && pos_ + 1 < text_.size() && (next < '0' || next > '9')) {
    ++pos_;
    return LexFieldOrVariable(TokenKind::kField);
  }
  if (c == '.' || c == '+' || c == '-' || (c >= '0' && c <= '9')) return LexNumber();
  const Rune rune = DecodeRune(rest());
  if (rune.valid && IsWordRune(rune)) return LexIdentifier();
  if (c > ' ' && c < 0x7F) {
    ++pos_;
    return Take(TokenKind::kChar);
  }
  return Error("unrecognized character in action: " + [&] {
    std::string quoted = fmt::format("U+{:04X}", rune.value);
    if (rune.valid && rune.value > ' ')
      quoted.append(" '").append(rest().substr(0, rune.bytes)).append("'");
    return quoted;
  }());
}

Token Lexer::LexSpace() {
  size_t spaces = 0;
  while (!AtEnd() && IsSpaceByte(text_[pos_])) {
    ++pos_;
    ++spaces;
  }
  // The last space may belong to a delimiter that trims.
  if (HasRightTrim(text_.substr(pos_ - 1)) && text_.substr(pos_ + 1).starts_with(kRight)) {
    --pos_;
    if (spaces == 1) return LexRightDelim();
  }
  return Take(TokenKind::kSpace);
}

Token Lexer::BadCharacter() {
  const Rune rune = DecodeRune(rest());
  std::string text = fmt::format("bad character U+{:04X}", rune.value);
  if (rune.value > ' ' && rune.value != 0x7F) {
    text += " '";
    AppendRune(text, rune.value);
    text += '\'';
  }
  return Error(std::move(text));
}

Token Lexer::LexIdentifier() {
  while (!AtEnd()) {
    const Rune rune = DecodeRune(rest());
    if (!rune.valid || !IsWordRune(rune)) break;
    pos_ += rune.bytes;
  }
  if (!AtTerminator()) return BadCharacter();
  const std::string_view word = text_.substr(start_, pos_ - start_);
  for (const Keyword& keyword : kKeywords) {
    if (keyword.word == word) return Take(keyword.kind);
  }
  return Take(word == "true" || word == "false" ? TokenKind::kBool : TokenKind::kIdentifier);
}

Token Lexer::LexFieldOrVariable(TokenKind kind) {
  if (AtTerminator())
    return Take(kind == TokenKind::kVariable ? TokenKind::kVariable : TokenKind::kDot);
  while (!AtEnd()) {
    const Rune rune = DecodeRune(rest());
    if (!rune.valid || !IsWordRune(rune)) break;
    pos_ += rune.bytes;
  }
  if (!AtTerminator()) return BadCharacter();
  return Take(kind);
}

Token Lexer::LexQuoted(char quote, TokenKind kind, const char* unterminated) {
  ++pos_;
  for (;;) {
    if (AtEnd() || text_[pos_] == '\n') return Error(unterminated);
    const char c = text_[pos_++];
    if (c == quote) return Take(kind);
    if (c != '\\') continue;
    if (AtEnd() || text_[pos_] == '\n') return Error(unterminated);
    pos_ += DecodeRune(rest()).bytes;
  }
}

Token Lexer::LexRawQuote() {
  const size_t end = text_.find('`', pos_ + 1);
  if (end == std::string_view::npos) return Error("unterminated raw quoted string");
  pos_ = end + 1;
  return Take(TokenKind::kRawString);
}

Token Lexer::LexNumber() {
  bool good = ScanNumber();
  // "1+2i": there are no complex numbers here.
  if (good && (PeekByte() == '+' || PeekByte() == '-')) {
    good = false;
    (void)ScanNumber();
  }
  if (!good) return Error("bad number syntax: " + GoQuote(text_.substr(start_, pos_ - start_)));
  return Take(TokenKind::kNumber);
}

bool Lexer::ScanNumber() {
  Accept("+-");
  std::string_view digits = "0123456789_";
  if (Accept("0")) {
    if (Accept("xX")) {
      digits = "0123456789abcdefABCDEF_";
    } else if (Accept("oO")) {
      digits = "01234567_";
    } else if (Accept("bB")) {
      digits = "01_";
    }
  }
  AcceptRun(digits);
  if (Accept(".")) AcceptRun(digits);
  if (digits.size() == 11 && Accept("eE")) {
    Accept("+-");
    AcceptRun("0123456789_");
  }
  if (digits.size() == 23 && Accept("pP")) {
    Accept("+-");
    AcceptRun("0123456789_");
  }
  if (AtEnd()) return true;
  const Rune rune = DecodeRune(rest());
  if (!rune.valid || !IsWordRune(rune)) return true;
  pos_ += rune.bytes;  // the error shows it
  return false;
}

}  // namespace narfi::line::tmpl
