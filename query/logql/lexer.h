// Query text to tokens.
//
// A Lexer goes on after an error (it then gives kEnd or the token as read): Loki's parser reports
// the first thing that went wrong, in the text or in the grammar. Ownership: borrows the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "query/logql/scanner.h"
#include "query/logql/token.h"

namespace narfi::logql {

// "parse error at line 1, col 5: ..."; without a position "parse error : ...".
std::string ParseErrorText(Position reported, std::string_view text);

class Lexer {
 public:
  explicit Lexer(std::string_view text) : scanner_(text) {}

  Token Next();

  // The whole text of the first error, if there was one.
  const std::optional<std::string>& error() const { return error_; }

 private:
  Token Finish(Token token);
  bool Read(Token& token);
  void ReadNumber(Token& token);
  void ReadString(Token& token);
  void ReadRange(Token& token);
  void ReadMinus(Token& token);
  void ReadWord(Token& token);
  void SkipHashComment();
  bool TakeDuration(Token& token);
  bool TakeBytes(Token& token);
  bool TakeFlag(Token& token);
  bool IsCall() const;
  void Fail(std::string text);

  Scanner scanner_;
  std::optional<std::string> error_;
};

}  // namespace narfi::logql
