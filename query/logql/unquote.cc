#include "query/logql/unquote.h"

#include "base/unicode.h"

namespace narfi::logql {
namespace {

// The escapes of one letter; 0 when `c` is none.
char SimpleEscape(char c) {
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case '\\':
    case '\'':
    case '"':
      return c;
    default:
      return 0;
  }
}

int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

// `count` digits off the front of `rest`.
std::optional<uint32_t> TakeNumber(std::string_view& rest, size_t count, int base) {
  if (rest.size() < count) return std::nullopt;
  uint32_t value = 0;
  for (const char c : rest.substr(0, count)) {
    const int digit = DigitValue(c);
    if (digit >= base) return std::nullopt;
    value = value * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit);
  }
  rest.remove_prefix(count);
  return value;
}

bool AppendNumericEscape(std::string& dst, char letter, std::string_view& rest) {
  if (letter >= '0' && letter <= '7') {
    std::string_view digits(rest.data() - 1, rest.size() + 1);
    const auto byte = TakeNumber(digits, 3, 8);
    if (!byte || *byte > 0xFF) return false;
    rest = digits;
    dst += static_cast<char>(*byte);
    return true;
  }
  if (letter == 'x') {
    const auto byte = TakeNumber(rest, 2, 16);
    if (byte) dst += static_cast<char>(*byte);
    return byte.has_value();
  }
  if (letter != 'u' && letter != 'U') return false;
  const auto rune = TakeNumber(rest, letter == 'u' ? 4 : 8, 16);
  if (!rune || *rune > 0x10FFFF || (*rune >= 0xD800 && *rune <= 0xDFFF)) return false;
  AppendRune(dst, *rune);
  return true;
}

}  // namespace

std::optional<std::string> Unquote(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != literal.back()) return std::nullopt;
  const char quote = literal.front();
  std::string_view rest = literal.substr(1, literal.size() - 2);
  if (quote == '`') {
    if (rest.find('`') != std::string_view::npos) return std::nullopt;
    return std::string(rest);
  }
  if (quote != '"' && quote != '\'') return std::nullopt;
  std::string out;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == quote || c == '\n') return std::nullopt;
    if (c != '\\') {
      out += c;
      continue;
    }
    if (rest.empty()) return std::nullopt;
    const char letter = rest.front();
    rest.remove_prefix(1);
    if (const char simple = SimpleEscape(letter); simple != 0) {
      out += simple;
    } else if (!AppendNumericEscape(out, letter, rest)) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace narfi::logql
