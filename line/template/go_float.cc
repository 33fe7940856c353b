#include "line/template/go_float.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace narfi::line::tmpl {
namespace {

std::string Digits(double value, std::chars_format form, int precision) {
  std::string buffer(static_cast<size_t>(precision < 0 ? 0 : precision) + 400, '\0');
  char* const end = buffer.data() + buffer.size();
  const auto done = precision < 0 ? std::to_chars(buffer.data(), end, value, form)
                                  : std::to_chars(buffer.data(), end, value, form, precision);
  buffer.resize(static_cast<size_t>(done.ptr - buffer.data()));
  return buffer;
}

// %g: an exponent below 1e-4 and from the precision on; the fewest digits count as six.
std::string General(double value, int precision) {
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  const bool shortest = precision < 0;
  const std::string scientific =
      Digits(value, std::chars_format::scientific, shortest ? -1 : std::max(precision, 1) - 1);
  const size_t mark = scientific.find('e');
  const int exponent = std::atoi(scientific.c_str() + mark + 1);
  std::string mantissa = scientific.substr(0, mark);
  if (mantissa.find('.') != std::string::npos) {
    mantissa.erase(mantissa.find_last_not_of('0') + 1);
    if (mantissa.ends_with('.')) mantissa.pop_back();
  }
  int digits = 0;
  for (const char c : mantissa) digits += c >= '0' && c <= '9' ? 1 : 0;
  int limit = shortest ? 6 : std::max(precision, 1);
  if (!shortest && limit > digits && digits > exponent) limit = digits;
  if (exponent < -4 || exponent >= limit) return mantissa + scientific.substr(mark);
  if (shortest) return Digits(value, std::chars_format::fixed, -1);
  return Digits(value, std::chars_format::fixed, std::max(0, digits - 1 - exponent));
}

// Mantissa as a whole number and the exponent of two: "6755399441055744p-52".
std::string Binary(double value) {
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);
  const auto mantissa = static_cast<int64_t>(std::ldexp(fraction, 53));
  return fmt::format("{}{}p{:+}", std::signbit(value) ? "-" : "", mantissa,
                     value == 0 ? -1074 : exponent - 53);
}

// "0x1.8p+01"
std::string Hexadecimal(double value, int precision) {
  std::string text = Digits(std::fabs(value), std::chars_format::hex, precision);
  const size_t mark = text.find('p');
  const int exponent = std::atoi(text.c_str() + mark + 1);
  return fmt::format("{}0x{}p{}{:02}", std::signbit(value) ? "-" : "", text.substr(0, mark),
                     exponent < 0 ? '-' : '+', std::abs(exponent));
}

}  // namespace

std::string FormatGoFloat(double value, char form, int precision) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const bool upper = form == 'E' || form == 'G' || form == 'X';
  std::string out;
  switch (form) {
    case 'e':
    case 'E':
      out = Digits(value, std::chars_format::scientific, precision);
      break;
    case 'f':
      out = Digits(value, std::chars_format::fixed, precision);
      break;
    case 'b':
      return Binary(value);
    case 'x':
    case 'X':
      out = Hexadecimal(value, precision);
      break;
    default:
      out = General(value, precision);
  }
  if (upper) {
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return out;
}

}  // namespace narfi::line::tmpl
