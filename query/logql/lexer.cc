#include "query/logql/lexer.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "base/size.h"
#include "base/unicode.h"
#include "line/rune_class.h"
#include "query/logql/unquote.h"

namespace narfi::logql {
namespace {

// What may stand in a duration or in a byte size, besides digits and points.
bool IsDurationRune(int32_t rune) {
  return rune == 0xB5 ||
         (rune > 0 && rune < 0x80 &&
          std::string_view("nusmhdwy").find(static_cast<char>(rune)) != std::string_view::npos);
}

bool IsBytesRune(int32_t rune) {
  return rune > 0 && rune < 0x80 &&
         std::string_view("bBkKmMgGtTpPeEiI").find(static_cast<char>(rune)) !=
             std::string_view::npos;
}

// The text so far and the runes behind it that could carry it on. `count` is how many.
std::string LookAhead(const Scanner& scanner, bool (*accepts)(int32_t), int& count) {
  std::string text(scanner.text());
  Scanner ahead = scanner;
  count = 0;
  for (int32_t rune = ahead.Peek(); rune != Scanner::kEndOfText; rune = ahead.Peek()) {
    if (!line::IsNumberRune(rune) && !accepts(rune) && rune != '.') break;
    AppendRune(text, static_cast<uint32_t>(rune));
    ahead.Next();
    ++count;
  }
  return text;
}

void Take(Scanner& scanner, int count) {
  while (count-- > 0) scanner.Next();
}

}  // namespace

std::string ParseErrorText(Position reported, std::string_view text) {
  if (reported.line == 0 && reported.column == 0) return fmt::format("parse error : {}", text);
  return fmt::format("parse error at line {}, col {}: {}", reported.line, reported.column, text);
}

void Lexer::Fail(std::string text) {
  if (!error_) error_ = ParseErrorText(scanner_.reported(), text);
}

Token Lexer::Next() {
  Token token;
  while (!Read(token)) SkipHashComment();
  if (!error_ && !scanner_.error().empty()) {
    error_ = ParseErrorText(scanner_.error_position(), scanner_.error());
  }
  token.reported = scanner_.reported();
  return token;
}

// False at a `#`.
bool Lexer::Read(Token& token) {
  const ScanKind kind = scanner_.Scan();
  token.begin = scanner_.begin();
  if (kind == ScanKind::kEnd) return true;
  if (kind == ScanKind::kRune && scanner_.rune() == '#') return false;
  if (kind == ScanKind::kNumber) {
    ReadNumber(token);
  } else if (kind == ScanKind::kString) {
    ReadString(token);
  } else if (kind == ScanKind::kRune && scanner_.rune() == '-') {
    ReadMinus(token);
  } else if (kind == ScanKind::kRune && scanner_.rune() == '[') {
    ReadRange(token);
  } else {
    ReadWord(token);
  }
  return true;
}

void Lexer::SkipHashComment() {
  int32_t rune = scanner_.Peek();
  while (rune != '\n' && rune != Scanner::kEndOfText) rune = scanner_.Next();
}

void Lexer::ReadNumber(Token& token) {
  token.text = scanner_.text();
  if (TakeDuration(token) || TakeBytes(token)) return;
  token.kind = TokenKind::kNumber;
}

bool Lexer::TakeDuration(Token& token) {
  int count = 0;
  const std::string text = LookAhead(scanner_, IsDurationRune, count);
  if (count == 0) return false;
  auto duration = ParsePrometheusDuration(text);
  if (!duration) duration = ParseGoDuration(text);
  if (!duration) return false;
  Take(scanner_, count);
  token.kind = TokenKind::kDuration;
  token.duration_ns = *duration;
  token.text = text;
  return true;
}

bool Lexer::TakeBytes(Token& token) {
  int count = 0;
  const std::string text = LookAhead(scanner_, IsBytesRune, count);
  if (count == 0) return false;
  const auto bytes = ParseHumanBytes(text);
  if (!bytes) return false;
  Take(scanner_, count);
  token.kind = TokenKind::kBytes;
  token.bytes = *bytes;
  token.text = text;
  return true;
}

bool Lexer::TakeFlag(Token& token) {
  std::string flag = "-";
  Scanner ahead = scanner_;
  int count = 0;
  for (int32_t rune = ahead.Peek(); rune == '-' || line::IsLetterRune(rune); rune = ahead.Peek()) {
    AppendRune(flag, static_cast<uint32_t>(rune));
    ahead.Next();
    ++count;
  }
  if (flag != "--strict" && flag != "--keep-empty") return false;
  Take(scanner_, count);
  token.kind = TokenKind::kFlag;
  token.text = flag;
  return true;
}

void Lexer::ReadMinus(Token& token) {
  if (scanner_.Peek() == '-' && TakeFlag(token)) return;
  if (TakeDuration(token) || TakeBytes(token)) return;
  token.kind = TokenKind::kSubtract;
}

void Lexer::ReadString(Token& token) {
  auto text = Unquote(scanner_.text());
  if (!text) {
    if (scanner_.error().empty()) Fail("invalid syntax");
    return;  // kEnd
  }
  token.kind = TokenKind::kString;
  token.text = std::move(*text);
}

void Lexer::ReadRange(Token& token) {
  std::string text;
  for (int32_t rune = scanner_.Next(); rune != Scanner::kEndOfText; rune = scanner_.Next()) {
    if (rune != ']') {
      AppendRune(text, static_cast<uint32_t>(rune));
      continue;
    }
    const auto range = ParsePrometheusDuration(text);
    if (!range) return Fail(range.error().text);
    token.kind = TokenKind::kRange;
    token.duration_ns = *range;
    return;
  }
  Fail("missing closing ']' in duration");
}

// A function is one only when its arguments or its grouping follow: `count` may be a label.
bool Lexer::IsCall() const {
  Scanner ahead = scanner_;
  const auto skip_space = [&ahead] {
    while (line::IsSpaceRune(ahead.Peek())) ahead.Next();
  };
  skip_space();
  std::string word;
  while (word.size() < 8 && ahead.Peek() != Scanner::kEndOfText) {
    const int32_t rune = ahead.Next();
    if (word.empty() && rune == '(') return true;
    AppendRune(word, static_cast<uint32_t>(rune));
    if (FindKeyword(word) == TokenKind::kBy || FindKeyword(word) == TokenKind::kWithout) {
      skip_space();
      return ahead.Peek() == '(';
    }
  }
  return false;
}

void Lexer::ReadWord(Token& token) {
  const std::string word(scanner_.text());
  if (FindFunction(word, token)) {
    if (IsCall()) return;
    token = {.kind = TokenKind::kIdentifier, .text = word, .begin = token.begin, .reported = {}};
    return;
  }
  std::string longer = word;
  if (scanner_.Peek() != Scanner::kEndOfText)
    AppendRune(longer, static_cast<uint32_t>(scanner_.Peek()));
  token.kind = FindKeyword(longer);
  if (longer.size() > word.size() && token.kind != TokenKind::kEnd) {
    scanner_.Next();
    return;
  }
  token.kind = FindKeyword(word);
  if (token.kind != TokenKind::kEnd) return;
  token.kind = TokenKind::kIdentifier;
  token.text = word;
}

}  // namespace narfi::logql
