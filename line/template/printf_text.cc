// Numbers and text of a conversion, padded.
#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "base/go_text.h"
#include "base/unicode.h"
#include "line/template/go_float.h"
#include "line/template/printf_spec.h"

namespace narfi::line::tmpl {
namespace {

constexpr char kLowerHex[] = "0123456789abcdef";
constexpr char kUpperHex[] = "0123456789ABCDEF";

// What fits between backquotes: one line of valid text without backquotes.
bool CanBackquote(std::string_view text) {
  return IsValidUtf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return (static_cast<uint8_t>(c) < ' ' && c != '\t') || c == '`' || c == 0x7F;
         });
}

}  // namespace

size_t CountRunes(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(DecodeRune(text).bytes);
  return count;
}

std::string_view TakeRunes(std::string_view text, size_t count) {
  size_t bytes = 0;
  for (; count > 0 && bytes < text.size(); --count) bytes += DecodeRune(text.substr(bytes)).bytes;
  return text.substr(0, bytes);
}

std::string QuoteAscii(std::string_view text, char quote) {
  std::string out(1, quote);
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    const std::string_view bytes = text.substr(0, rune.bytes);
    if (!rune.valid) {
      out += fmt::format("\\x{:02x}", static_cast<uint8_t>(bytes[0]));
    } else if (rune.value < 0x80) {
      const std::string quoted = GoQuote(bytes);
      out.append(quoted, 1, quoted.size() - 2);
    } else {
      out += rune.value < 0x10000 ? fmt::format("\\u{:04x}", rune.value)
                                  : fmt::format("\\U{:08x}", rune.value);
    }
    text.remove_prefix(rune.bytes);
  }
  return out + quote;
}

void ValueFormatter::Padding(int count, char fill) {
  if (count > 0 && !full()) out_.append(static_cast<size_t>(count), fill);
}

void ValueFormatter::Pad(std::string_view text) {
  if (full()) return;
  if (!spec.has_width || spec.width == 0) {
    out_ += text;
    return;
  }
  const int missing = spec.width - static_cast<int>(CountRunes(text));
  if (!spec.minus) Padding(missing, spec.zero ? '0' : ' ');
  out_ += text;
  if (spec.minus) Padding(missing, ' ');
}

void ValueFormatter::PadNoZero(std::string_view text) {
  const bool zero = spec.zero;
  spec.zero = false;
  Pad(text);
  spec.zero = zero;
}

void ValueFormatter::Digits(int64_t value, unsigned base, uint32_t verb, bool is_signed) {
  const bool negative = is_signed && value < 0;
  auto left = static_cast<uint64_t>(value);
  if (negative) left = 0 - left;
  int least = 0;  // digits
  if (spec.has_precision) {
    least = spec.precision;
    if (least == 0 && left == 0) return Padding(spec.width, ' ');
  } else if (spec.zero && !spec.minus && spec.has_width) {
    least = spec.width - (negative || spec.plus || spec.space ? 1 : 0);
  }
  const char* const digits = verb == 'X' ? kUpperHex : kLowerHex;
  std::string text;
  do {
    text += digits[left % base];
    left /= base;
  } while (left > 0);
  if (static_cast<int>(text.size()) < least)
    text.append(static_cast<size_t>(least) - text.size(), '0');
  if (spec.sharp) {
    if (base == 2) text += "b0";
    if (base == 8 && text.back() != '0') text += '0';
    if (base == 16) text += verb == 'X' ? "X0" : "x0";
  }
  if (verb == 'O') text += "o0";
  if (negative) {
    text += '-';
  } else if (spec.plus) {
    text += '+';
  } else if (spec.space) {
    text += ' ';
  }
  std::reverse(text.begin(), text.end());
  PadNoZero(text);
}

void ValueFormatter::Number(double value, char form, int precision) {
  if (spec.has_precision) precision = spec.precision;
  std::string text = FormatGoFloat(value, form, precision);
  if (text[0] != '-' && text[0] != '+') text.insert(0, 1, '+');
  if (spec.space && text[0] == '+' && !spec.plus) text[0] = ' ';
  if (!std::isfinite(value)) {
    if (text[1] == 'N' && !spec.space && !spec.plus) text.erase(0, 1);
    return PadNoZero(text);
  }
  if (!spec.plus && text[0] == '+') return Pad(std::string_view(text).substr(1));
  if (spec.zero && !spec.minus && spec.has_width && spec.width > static_cast<int>(text.size())) {
    out_ += text[0];
    Padding(spec.width - static_cast<int>(text.size()), '0');
    out_.append(text, 1);
    return;
  }
  Pad(text);
}

void ValueFormatter::Hex(std::string_view text, bool upper) {
  if (spec.has_precision) text = text.substr(0, static_cast<size_t>(spec.precision));
  const char* const digits = upper ? kUpperHex : kLowerHex;
  const std::string_view prefix = spec.sharp ? (upper ? "0X" : "0x") : "";
  std::string out;
  for (size_t i = 0; i < text.size() && !full(); ++i) {
    if (spec.space && i > 0) out += ' ';
    if (i == 0 || spec.space) out += prefix;
    const auto byte = static_cast<uint8_t>(text[i]);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  Pad(out);
}

void ValueFormatter::Quoted(std::string_view text) {
  if (spec.sharp && CanBackquote(text)) return Pad("`" + std::string(text) + "`");
  Pad(spec.plus ? QuoteAscii(text, '"') : GoQuote(text));
}

void ValueFormatter::QuotedRune(int64_t value) {
  const bool fits = value >= 0 && value <= 0x10FFFF;
  const uint32_t rune = fits ? static_cast<uint32_t>(value) : kReplacementRune;
  if (rune == '\'') return Pad("'\\''");
  if (rune == '"') return Pad("'\"'");
  std::string text;
  AppendRune(text, rune);
  std::string quoted = spec.plus ? QuoteAscii(text, '"') : GoQuote(text);
  quoted.front() = quoted.back() = '\'';
  Pad(quoted);
}

void ValueFormatter::Unicode(int64_t value) {
  const auto rune = static_cast<uint64_t>(value);
  int digits = 4;
  if (spec.has_precision && spec.precision > 4) digits = spec.precision;
  std::string text = fmt::format("U+{:0{}X}", rune, digits);
  if (spec.sharp && rune <= 0x10FFFF) {
    std::string shown;
    AppendRune(shown, static_cast<uint32_t>(rune));
    if (GoQuote(shown).find('\\') == std::string::npos || rune == '"' || rune == '\\')
      text.append(" '").append(shown).append("'");
  }
  PadNoZero(text);
}

}  // namespace narfi::line::tmpl
