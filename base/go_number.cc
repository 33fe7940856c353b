#include "base/go_number.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "base/go_text.h"

namespace narfi {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool EqualsFolded(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (Lower(text[i]) != lower[i]) return false;
  }
  return true;
}

// Underscores stand between digits; a base prefix counts as one.
bool UnderscoresFit(std::string_view number) {
  const bool prefix = number.size() > 1 && number[0] == '0' && Lower(number[1]) == 'x';
  char before = prefix ? '0' : ' ';
  for (const char c : number.substr(prefix ? 2 : 0)) {
    const bool digit = (c >= '0' && c <= '9') || (prefix && Lower(c) >= 'a' && Lower(c) <= 'f');
    if (c == '_' ? before != '0' : before == '_' && !digit) return false;
    before = c == '_' ? '_' : digit ? '0' : ' ';
  }
  return before != '_';
}

Result<double> BadNumber(std::string_view text, std::string_view why) {
  return Fail(Code::kInvalidArgument,
              "strconv.ParseFloat: parsing " + GoQuote(text) + ": " + std::string(why));
}

}  // namespace

Result<double> ParseGoFloat(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const double sign = negative ? -1.0 : 1.0;
  if (EqualsFolded(rest, "inf") || EqualsFolded(rest, "infinity"))
    return sign * std::numeric_limits<double>::infinity();
  if (EqualsFolded(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  std::string plain;
  if (rest.find('_') != std::string_view::npos) {
    if (!UnderscoresFit(rest)) return BadNumber(text, "invalid syntax");
    plain = rest;
    std::erase(plain, '_');
    rest = plain;
  }
  auto format = std::chars_format::general;
  if (rest.size() > 2 && rest[0] == '0' && Lower(rest[1]) == 'x') {
    // Hexadecimal floats must have an exponent.
    if (rest.find_first_of("pP") == std::string_view::npos)
      return BadNumber(text, "invalid syntax");
    rest.remove_prefix(2);
    format = std::chars_format::hex;
  }
  if (rest.empty() ||
      !(rest[0] == '.' || (rest[0] >= '0' && rest[0] <= '9') || format == std::chars_format::hex))
    return BadNumber(text, "invalid syntax");
  double value = 0;
  const char* end = rest.data() + rest.size();
  const auto [stop, error] = std::from_chars(rest.data(), end, value, format);
  if (error == std::errc::invalid_argument || stop != end) return BadNumber(text, "invalid syntax");
  if (error == std::errc::result_out_of_range) {
    // from_chars leaves the value alone for both too large and too small.
    const double read = std::strtod(std::string(rest).c_str(), nullptr);
    if (std::isinf(read)) return BadNumber(text, "value out of range");
    return sign * read;
  }
  return sign * value;
}

}  // namespace narfi
