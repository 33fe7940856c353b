#include "base/go_text.h"

#include <fmt/format.h>
#include <charconv>
#include <cmath>

#include "base/unicode.h"

namespace narfi {
namespace {

// What strconv.IsPrint refuses, as far as log labels meet it: controls, no-break and zero-width
// spaces, line separators, surrogates and private use, non-characters.
bool IsPrintRune(uint32_t rune) {
  if (rune < 0x20 || (rune >= 0x7F && rune < 0xA1) || rune == 0xAD) return false;
  if ((rune >= 0x2000 && rune <= 0x200F) || (rune >= 0x2028 && rune <= 0x202F)) return false;
  if ((rune >= 0x205F && rune <= 0x206F) || rune == 0x3000 || rune == 0xFEFF) return false;
  if (rune >= 0xE000 && rune <= 0xF8FF) return false;
  return (rune & 0xFFFE) != 0xFFFE && rune < 0xF0000;
}

void AppendRuneQuoted(std::string& dst, uint32_t rune, std::string_view bytes) {
  switch (rune) {
    case '"':
      dst += "\\\"";
      return;
    case '\\':
      dst += "\\\\";
      return;
    case '\a':
      dst += "\\a";
      return;
    case '\b':
      dst += "\\b";
      return;
    case '\f':
      dst += "\\f";
      return;
    case '\n':
      dst += "\\n";
      return;
    case '\r':
      dst += "\\r";
      return;
    case '\t':
      dst += "\\t";
      return;
    case '\v':
      dst += "\\v";
      return;
    default:
      break;
  }
  if (IsPrintRune(rune)) {
    dst += bytes;
  } else if (rune < ' ' || rune == 0x7F) {
    dst += fmt::format("\\x{:02x}", rune);
  } else if (rune < 0x10000) {
    dst += fmt::format("\\u{:04x}", rune);
  } else {
    dst += fmt::format("\\U{:08x}", rune);
  }
}

std::string_view SpecialFloat(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return {};
}

// The shortest digits that stand for the value, padded with zeros: strconv.FormatFloat(v, 'f', -1,
// 64).
std::string ShortestFixed(double value) {
  char buffer[400];  // 1.8e308 has 309 digits, 5e-324 has 324 places
  if (std::fabs(value) < 9007199254740992.0) {
    const auto done =
        std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
    return {buffer, done.ptr};
  }
  // to_chars has every digit of a whole number this large, needed or not.
  const auto done =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<size_t>(done.ptr - buffer));
  const size_t e = text.find('e');
  std::string digits(text.substr(0, e));
  std::erase(digits, '.');
  size_t exponent = 0;
  std::from_chars(buffer + e + 2, done.ptr, exponent);  // behind "e+"
  const size_t wanted = exponent + 1;
  const size_t sign = digits.starts_with('-') ? 1 : 0;
  if (digits.size() - sign < wanted) digits.append(wanted - (digits.size() - sign), '0');
  return digits;
}

}  // namespace

void AppendGoQuoted(std::string& dst, std::string_view text) {
  dst += '"';
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    const std::string_view bytes = text.substr(0, rune.bytes);
    if (rune.valid) {
      AppendRuneQuoted(dst, rune.value, bytes);
    } else {
      dst += fmt::format("\\x{:02x}", static_cast<uint8_t>(bytes[0]));
    }
    text.remove_prefix(rune.bytes);
  }
  dst += '"';
}

std::string GoQuote(std::string_view text) {
  std::string out;
  AppendGoQuoted(out, text);
  return out;
}

std::string FormatSample(double value) {
  if (const auto special = SpecialFloat(value); !special.empty()) return std::string(special);
  return ShortestFixed(value);
}

std::string FormatJsonNumber(double value) {
  if (const auto special = SpecialFloat(value); !special.empty()) return std::string(special);
  const double size = std::fabs(value);
  if (size == 0 || (size >= 1e-6 && size < 1e21)) return ShortestFixed(value);
  char buffer[64];
  const auto done =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  std::string out(buffer, done.ptr);
  // Go cleans up e-09 to e-9.
  const size_t n = out.size();
  if (n >= 4 && out[n - 4] == 'e' && out[n - 3] == '-' && out[n - 2] == '0') out.erase(n - 2, 1);
  return out;
}

}  // namespace narfi
