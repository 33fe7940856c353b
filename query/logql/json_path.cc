#include "query/logql/json_path.h"

#include <fmt/format.h>
#include <charconv>

#include "base/unicode.h"

namespace narfi::logql {
namespace {

enum class PathToken : uint8_t { kEnd, kDot, kOpen, kClose, kString, kField, kIndex, kKey };

std::string_view NameOf(PathToken token) {
  switch (token) {
    case PathToken::kEnd:
      return "$end";
    case PathToken::kDot:
      return "DOT";
    case PathToken::kOpen:
      return "LSB";
    case PathToken::kClose:
      return "RSB";
    case PathToken::kString:
      return "STRING";
    case PathToken::kField:
      return "FIELD";
    case PathToken::kIndex:
      return "INDEX";
    case PathToken::kKey:
      return "KEY";
  }
  return "";
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsPathDigit(char c) { return c >= '0' && c <= '9'; }
bool IsFieldStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// Splits an expression; a character that no token begins with ends it, as does the end.
class PathLexer {
 public:
  // A word is kField in paths, kKey in logfmt.
  PathLexer(std::string_view expression, PathToken word) : rest_(expression), word_(word) {}

  PathToken Next() {
    while (!rest_.empty() && IsSpace(rest_.front())) rest_.remove_prefix(1);
    if (rest_.empty()) return PathToken::kEnd;
    const char c = rest_.front();
    if (IsFieldStart(c))
      return Take(word_, [](char x) { return IsFieldStart(x) || IsPathDigit(x); });
    if (c == '"') return TakeString();
    if (word_ == PathToken::kField) {
      if (IsPathDigit(c)) return TakeIndex();
      if (c == '.') return TakeOne(PathToken::kDot);
      if (c == '[') return TakeOne(PathToken::kOpen);
      if (c == ']') return TakeOne(PathToken::kClose);
    }
    const Rune rune = DecodeRune(rest_);
    flaw_ = fmt::format("unexpected char {}", rest_.substr(0, rune.bytes));
    rest_ = {};
    return PathToken::kEnd;
  }

  const std::string& text() const { return text_; }
  uint64_t index() const { return index_; }
  // What ended the expression early; empty when nothing did.
  const std::string& flaw() const { return flaw_; }

 private:
  template <class Accepts>
  PathToken Take(PathToken token, Accepts accepts) {
    size_t count = 1;
    while (count < rest_.size() && accepts(rest_[count])) ++count;
    text_ = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return token;
  }
  PathToken TakeOne(PathToken token) {
    rest_.remove_prefix(1);
    return token;
  }
  PathToken TakeString() {
    const size_t end = rest_.find('"', 1);
    text_ = rest_.substr(1, end == std::string_view::npos ? end : end - 1);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return PathToken::kString;
  }
  PathToken TakeIndex() {
    Take(PathToken::kIndex, IsPathDigit);
    const auto [stop, error] = std::from_chars(text_.data(), text_.data() + text_.size(), index_);
    if (error != std::errc{}) {
      flaw_ = "array index out of range";
      rest_ = {};
      return PathToken::kEnd;
    }
    if (rest_.starts_with('.')) {
      flaw_ = "cannot use float as array index";
      rest_ = {};
      return PathToken::kEnd;
    }
    return PathToken::kIndex;
  }

  std::string_view rest_;
  PathToken word_;
  std::string text_;
  uint64_t index_ = 0;
  std::string flaw_;
};

class PathParser {
 public:
  explicit PathParser(std::string_view expression)
      : expression_(expression), lexer_(expression, PathToken::kField) {
    token_ = lexer_.Next();
  }

  Result<std::vector<PathStep>> Run() {
    std::vector<PathStep> out;
    if (token_ == PathToken::kField) {
      Add(out, {.is_index = false, .field = lexer_.text(), .index = 0});
    } else if (token_ != PathToken::kOpen) {
      return Unexpected("LSB or FIELD");
    }
    while (token_ != PathToken::kEnd) {
      if (token_ == PathToken::kDot) {
        token_ = lexer_.Next();
        if (token_ != PathToken::kField) return Unexpected("FIELD");
        Add(out, {.is_index = false, .field = lexer_.text(), .index = 0});
      } else if (token_ == PathToken::kOpen) {
        NARFI_TRY(ParseBrackets(out));
      } else {
        return Unexpected("");
      }
    }
    if (!lexer_.flaw().empty()) return Bad(lexer_.flaw());
    return out;
  }

 private:
  void Add(std::vector<PathStep>& out, PathStep step) {
    out.push_back(std::move(step));
    token_ = lexer_.Next();
  }

  Status ParseBrackets(std::vector<PathStep>& out) {
    token_ = lexer_.Next();
    if (token_ == PathToken::kString) {
      Add(out, {.is_index = false, .field = lexer_.text(), .index = 0});
    } else if (token_ == PathToken::kIndex) {
      Add(out, {.is_index = true, .field = {}, .index = lexer_.index()});
    } else {
      return Unexpected("STRING or INDEX");
    }
    if (token_ != PathToken::kClose) return Unexpected("RSB");
    token_ = lexer_.Next();
    return {};
  }

  tl::unexpected<Error> Unexpected(std::string_view expecting) {
    std::string text = fmt::format("syntax error: unexpected {}", NameOf(token_));
    if (!expecting.empty()) text += fmt::format(", expecting {}", expecting);
    return Bad(text);
  }
  tl::unexpected<Error> Bad(std::string_view what) {
    return Fail(Code::kInvalidArgument,
                fmt::format("cannot parse expression [{}]: {}", expression_, what));
  }

  std::string_view expression_;
  PathLexer lexer_;
  PathToken token_ = PathToken::kEnd;
};

}  // namespace

Result<std::vector<PathStep>> ParseJsonPath(std::string_view expression) {
  return PathParser(expression).Run();
}

Result<std::string> ParseLogfmtKey(std::string_view expression) {
  PathLexer lexer(expression, PathToken::kKey);
  const auto bad = [&](std::string_view what) {
    return Fail(Code::kInvalidArgument,
                fmt::format("cannot parse expression [{}]: {}", expression, what));
  };
  PathToken token = lexer.Next();
  if (token == PathToken::kEnd)
    return bad("syntax error: unexpected $end, expecting STRING or KEY");
  std::string key = lexer.text();
  for (token = lexer.Next(); token == PathToken::kString; token = lexer.Next()) key = lexer.text();
  if (token != PathToken::kEnd)
    return bad(fmt::format("syntax error: unexpected {}", NameOf(token)));
  if (!lexer.flaw().empty()) return bad(lexer.flaw());
  return key;
}

}  // namespace narfi::logql
