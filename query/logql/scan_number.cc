// Numbers in query text: what Go takes for one, and what it finds wrong with it.
#include <fmt/format.h>

#include "query/logql/scan_digit.h"
#include "query/logql/scanner.h"

namespace narfi::logql {
namespace {

int32_t Lower(int32_t rune) { return rune >= 'A' && rune <= 'Z' ? rune + 32 : rune; }

std::string_view NumberName(char prefix) {
  switch (prefix) {
    case 'x':
      return "hexadecimal literal";
    case 'o':
    case '0':
      return "octal literal";
    case 'b':
      return "binary literal";
    default:
      return "decimal literal";
  }
}

// In a number an underscore must stand between digits; a base prefix counts as one.
bool HasStraySeparator(std::string_view number) {
  char before = '.';
  size_t i = 0;
  if (number.size() >= 2 && number[0] == '0') {
    const auto base = static_cast<char>(Lower(number[1]));
    if (base == 'x' || base == 'o' || base == 'b') {
      before = '0';
      i = 2;
    }
  }
  const bool hex = number.size() >= 2 && Lower(number[1]) == 'x';
  for (; i < number.size(); ++i) {
    const char c = number[i];
    const bool digit = IsDecimal(c) || (hex && IsHex(c));
    if (c == '_' ? before != '0' : (!digit && before == '_')) return true;
    before = c == '_' ? '_' : (digit ? '0' : '.');
  }
  return before == '_';
}

}  // namespace

void Scanner::TakeDigits(int base, Digits& digits) {
  while (look_ == '_' || IsDecimal(look_) || (base == 16 && IsHex(look_))) {
    if (look_ == '_') {
      digits.separators = true;
    } else {
      digits.digits = true;
      if (base < 10 && look_ >= '0' + base && digits.invalid == 0) digits.invalid = look_;
    }
    Advance();
  }
}

// Returns the base; `prefix` is 0, '0' (an octal in the old manner), 'x', 'o' or 'b'.
int Scanner::TakePrefix(char& prefix, Digits& digits) {
  prefix = 0;
  if (look_ != '0') return 10;
  Advance();
  const int32_t letter = Lower(look_);
  if (letter != 'x' && letter != 'o' && letter != 'b') {
    prefix = '0';
    digits.digits = true;
    return 8;
  }
  Advance();
  prefix = static_cast<char>(letter);
  return letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
}

void Scanner::TakeExponent(char prefix, bool& is_float, Digits& digits) {
  const int32_t letter = Lower(look_);
  if (letter != 'e' && letter != 'p') {
    if (prefix == 'x' && is_float) Fail("hexadecimal mantissa requires a 'p' exponent");
    return;
  }
  if (letter == 'e' && prefix != 0 && prefix != '0') {
    Fail(fmt::format("'{}' exponent requires decimal mantissa", static_cast<char>(look_)));
  }
  if (letter == 'p' && prefix != 'x') {
    Fail(fmt::format("'{}' exponent requires hexadecimal mantissa", static_cast<char>(look_)));
  }
  Advance();
  is_float = true;
  if (look_ == '+' || look_ == '-') Advance();
  Digits exponent;
  TakeDigits(10, exponent);
  digits.separators |= exponent.separators;
  if (!exponent.digits) Fail("exponent has no digits");
}

ScanKind Scanner::ScanNumber(bool seen_point) {
  char prefix = 0;
  int base = 10;
  Digits digits;
  bool is_float = seen_point;
  if (!seen_point) {
    base = TakePrefix(prefix, digits);
    TakeDigits(base, digits);
    if (look_ == '.') {
      Advance();
      is_float = true;
    }
  }
  if (is_float) {
    if (prefix == 'o' || prefix == 'b') {
      Fail("invalid radix point in " + std::string(NumberName(prefix)));
    }
    TakeDigits(base, digits);
  }
  if (!digits.digits) Fail(std::string(NumberName(prefix)) + " has no digits");
  TakeExponent(prefix, is_float, digits);
  if (!is_float && digits.invalid != 0) {
    Fail(fmt::format("invalid digit '{}' in {}", static_cast<char>(digits.invalid),
                     NumberName(prefix)));
  }
  if (digits.separators && HasStraySeparator(text_.substr(begin_, look_begin_ - begin_))) {
    Fail("'_' must separate successive digits");
  }
  return ScanKind::kNumber;
}

}  // namespace narfi::logql
