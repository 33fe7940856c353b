// Label sets of push bodies: metric_name{a="b", c="d"} as Prometheus writes them, errors in its
// words.
#include <fmt/format.h>

#include "base/go_text.h"
#include "base/unicode.h"
#include "query/logql/parser.h"
#include "query/logql/unquote.h"

namespace narfi::logql {
namespace {

bool IsSpaceByte(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsNameByte(char c, bool first) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return letter || (!first && c >= '0' && c <= '9');
}

// The rune in single quotes, as Go's %q.
std::string QuoteRune(std::string_view rune) {
  if (rune == "'") return "'\\''";
  if (rune == "\"") return "'\"'";
  const std::string quoted = GoQuote(rune);
  return "'" + quoted.substr(1, quoted.size() - 2) + "'";
}

class LabelSetParser {
 public:
  explicit LabelSetParser(std::string_view text) : text_(text) {}

  Result<Labels> Run() {
    std::vector<Label> pairs;
    SkipSpace();
    if (const std::string name = TakeName(); !name.empty()) pairs.push_back({"__name__", name});
    SkipSpace();
    if (AtEnd()) {
      if (pairs.empty()) return Bad(at_, "unexpected end of input");
      return Labels(std::move(pairs));
    }
    if (text_[at_] != '{') return Bad(at_, "unexpected character: " + QuoteRune(RuneHere()));
    ++at_;
    NARFI_TRY(ParsePairs(pairs));
    SkipSpace();
    if (!AtEnd()) return Bad(at_, "unexpected " + Describe());
    return Labels(std::move(pairs));
  }

 private:
  // Up to and with the closing brace; a comma may stand before it.
  Status ParsePairs(std::vector<Label>& pairs) {
    while (true) {
      NARFI_TRY(CheckRune());
      if (Take('}')) return {};
      Label pair;
      const size_t begin = at_;
      pair.name = TakeName();
      if (pair.name.empty()) return Unexpected(begin, "identifier or \"}\"");
      NARFI_TRY(CheckRune());
      if (text_[at_] != '=' || text_.substr(at_).starts_with("=~")) return Unexpected(at_, "\"=\"");
      ++at_;
      NARFI_ASSIGN(pair.value, ParseValue());
      pairs.push_back(std::move(pair));
      NARFI_TRY(CheckRune());
      if (Take('}')) return {};
      if (!Take(',')) return Unexpected(at_, "\",\" or \"}\"");
    }
  }

  Result<std::string> ParseValue() {
    NARFI_TRY(CheckRune());
    if (!IsQuote(text_[at_])) return Unexpected(at_, "string");
    const size_t begin = at_;
    const size_t end = FindQuotedEnd();
    if (end == std::string_view::npos) return Bad(begin, "unterminated quoted string");
    at_ = end;
    auto value = Unquote(text_.substr(begin, end - begin));
    if (!value)
      return Bad(begin, "error unquoting string " + GoQuote(text_.substr(begin, end - begin)) +
                            ": invalid syntax");
    return std::move(*value);
  }

  // Behind the quote that closes the one at at_.
  size_t FindQuotedEnd() const {
    const char quote = text_[at_];
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == quote) return i + 1;
      if (text_[i] == '\\' && quote != '`') ++i;
      if (quote != '`' && i < text_.size() && text_[i] == '\n') break;
    }
    return std::string_view::npos;
  }

  // Something that may stand in braces at all.
  Status CheckRune() {
    SkipSpace();
    if (AtEnd()) return Bad(at_, "unexpected end of input inside braces");
    const char c = text_[at_];
    if (IsNameByte(c, true) || IsQuote(c) || c == ',' || c == '=' || c == '}') return {};
    if (c == '!') {
      const std::string_view next = text_.substr(at_ + 1);
      if (next.starts_with('=') || next.starts_with('~')) return {};
      if (next.empty()) return Bad(at_, "unexpected end of input inside braces");
      return Bad(at_, "unexpected character after '!' inside braces: " +
                          QuoteRune(next.substr(0, DecodeRune(next).bytes)));
    }
    if (c == '{') return Bad(at_, "unexpected left brace '{'");
    return Bad(at_, "unexpected character inside braces: " + QuoteRune(RuneHere()));
  }

  bool AtEnd() const { return at_ >= text_.size(); }
  static bool IsQuote(char c) { return c == '"' || c == '\'' || c == '`'; }
  std::string_view RuneHere() const {
    return text_.substr(at_, DecodeRune(text_.substr(at_)).bytes);
  }
  void SkipSpace() {
    while (!AtEnd() && IsSpaceByte(text_[at_])) ++at_;
  }
  bool Take(char c) {
    if (AtEnd() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string TakeName() {
    const size_t begin = at_;
    while (!AtEnd() && IsNameByte(text_[at_], at_ == begin)) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  // The token here as Prometheus describes it.
  std::string Describe() {
    const size_t begin = at_;
    if (const std::string name = TakeName(); !name.empty())
      return fmt::format("identifier \"{}\"", name);
    at_ = begin;
    if (IsQuote(text_[at_])) {
      const size_t end = FindQuotedEnd();
      const std::string_view quoted =
          text_.substr(begin, end == std::string_view::npos ? end : end - begin);
      const bool long_text = quoted.size() > 10;
      return "string " + GoQuote(quoted.substr(0, 10)) + (long_text ? "..." : "");
    }
    for (const std::string_view op : {"=~", "!~", "!="}) {
      if (text_.substr(at_).starts_with(op)) return fmt::format("<op:{}>", op);
    }
    return GoQuote(RuneHere());
  }

  tl::unexpected<Error> Unexpected(size_t where, std::string_view expected) {
    at_ = where;
    return Bad(where, fmt::format("unexpected {} in label set, expected {}", Describe(), expected));
  }

  // Columns are bytes of the line.
  tl::unexpected<Error> Bad(size_t where, std::string_view what) const {
    size_t line = 1;
    size_t line_begin = 0;
    for (size_t i = 0; i < where && i < text_.size(); ++i) {
      if (text_[i] != '\n') continue;
      ++line;
      line_begin = i + 1;
    }
    return Fail(Code::kInvalidArgument, fmt::format("couldn't parse labels: {}:{}: parse error: {}",
                                                    line, where - line_begin + 1, what));
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<Labels> ParseLabels(std::string_view text) { return LabelSetParser(text).Run(); }

}  // namespace narfi::logql
