#include "query/logql/grammar.h"

#include <fmt/format.h>

namespace narfi::logql {

Grammar::Grammar(std::string_view text, ParseOptions options) : options_(options), lexer_(text) {
  Advance();
}

bool Grammar::Accept(TokenKind kind) {
  if (!Is(kind)) return false;
  Advance();
  return true;
}

tl::unexpected<Error> Grammar::Unexpected(std::string_view expecting) {
  std::string text = "syntax error: unexpected " + TokenName(token_);
  if (!expecting.empty()) text += fmt::format(", expecting {}", expecting);
  return Fail(Code::kInvalidArgument, ParseErrorText(token_.reported, text));
}

tl::unexpected<Error> Grammar::Immediate(std::string_view text) {
  immediate_ = Error{Code::kInvalidArgument, ParseErrorText({0, 0}, text)};
  return tl::unexpected<Error>(*immediate_);
}

Status Grammar::Expect(TokenKind kind) {
  if (!Is(kind)) return Unexpected(TokenName(kind));
  Advance();
  return {};
}

Result<std::string> Grammar::TakeText(TokenKind kind, std::string_view expecting) {
  if (!Is(kind)) return Unexpected(expecting.empty() ? TokenName(kind) : expecting);
  std::string text = std::move(token_.text);
  Advance();
  return text;
}

Status Grammar::CheckDepth(int depth) {
  if (depth <= kMaxDepth) return {};
  return Immediate(fmt::format("the query is nested too deeply: more than {} levels", kMaxDepth));
}

Status Grammar::Enter() { return CheckDepth(level_ + 1); }

Result<Expr> Grammar::ParseWhole() {
  auto parsed = ParseBinary(0);
  if (immediate_) return tl::unexpected<Error>(*immediate_);
  if (parsed && !Is(TokenKind::kEnd)) parsed = Unexpected();
  if (lexer_.error()) return Fail(Code::kInvalidArgument, *lexer_.error());
  if (!parsed) return tl::unexpected<Error>(std::move(parsed).error());
  if (!parsed->flaw) {
    const auto* log = std::get_if<LogSelector>(&parsed->expr);
    if (log != nullptr) parsed->flaw = SelectorFlaw(*log);
  }
  if (parsed->flaw) return Fail(Code::kInvalidArgument, ParseErrorText({0, 0}, *parsed->flaw));
  if (variants_)
    return Fail(Code::kInvalidArgument, "multi variant queries are disabled for this instance");
  return std::move(parsed->expr);
}

bool Grammar::IsOpenSelector() {
  return Accept(TokenKind::kOpenBrace) && Accept(TokenKind::kCloseBrace) && Is(TokenKind::kEnd) &&
         !lexer_.error();
}

}  // namespace narfi::logql
