#include "line/template/escape.h"

#include <fmt/format.h>

#include "base/go_text.h"
#include "base/unicode.h"

namespace narfi::line::tmpl {
namespace {

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

int HexOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\0':
        out += "\uFFFD";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string EscapeJs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    const std::string_view bytes = text.substr(0, rune.bytes);
    text.remove_prefix(rune.bytes);
    if (rune.value >= 0x80) {
      // What does not print is escaped, as GoQuote escapes it.
      if (rune.valid && GoQuote(bytes)[1] != '\\') {
        out += bytes;
      } else {
        out += fmt::format("\\u{:04X}", rune.value);
      }
      continue;
    }
    const char c = bytes[0];
    if (c == '\\' || c == '\'' || c == '"') {
      out.append(1, '\\').append(1, c);
    } else if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '=') {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

std::string EscapeQuery(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      out += '+';
    } else if (IsUnreserved(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
  }
  return out;
}

Result<std::string> UnescapeQuery(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size() || HexOf(text[i + 1]) < 0 || HexOf(text[i + 2]) < 0)
      return Fail(Code::kInvalidArgument, "invalid URL escape " + GoQuote(text.substr(i, 3)));
    out += static_cast<char>(HexOf(text[i + 1]) * 16 + HexOf(text[i + 2]));
    i += 2;
  }
  return out;
}

}  // namespace narfi::line::tmpl
