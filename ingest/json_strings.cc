#include "ingest/json_strings.h"

#include <charconv>
#include <cstring>
#include <optional>
#include <string>

#include "base/unicode.h"

namespace narfi::ingest {
namespace {

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// \uXXXX at the front of `text`.
std::optional<uint32_t> PeekUnit(std::string_view text) {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  uint32_t unit = 0;
  const char* end = text.data() + 6;
  const auto [stop, error] = std::from_chars(text.data() + 2, end, unit, 16);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return unit;
}

char* Append(uint32_t rune, char* out) {
  std::string bytes;
  AppendRune(bytes, rune);  // halves of pairs become U+FFFD there
  std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

// Takes \uXXXX, or both halves of a pair.
char* TakeUnicode(std::string_view& text, char* out) {
  const std::optional<uint32_t> unit = PeekUnit(text);
  if (!unit) return nullptr;
  text.remove_prefix(6);
  if (IsHighSurrogate(*unit)) {
    const std::optional<uint32_t> low = PeekUnit(text);
    if (low && IsLowSurrogate(*low)) {
      text.remove_prefix(6);
      return Append(0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00), out);
    }
  }
  return Append(*unit, out);
}

std::optional<char> SimpleEscape(char c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '/':
      return '/';
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
    default:
      return std::nullopt;
  }
}

// An escape at the front of `text`.
char* TakeEscape(std::string_view& text, char* out) {
  if (text.size() < 2) return nullptr;
  if (text[1] == 'u') return TakeUnicode(text, out);
  const std::optional<char> plain = SimpleEscape(text[1]);
  if (!plain) return nullptr;
  text.remove_prefix(2);
  *out = *plain;
  return out + 1;
}

}  // namespace

char* UnescapeLikeGo(std::string_view text, char* out) {
  while (!text.empty()) {
    if (text.front() == '"') return out;
    if (text.front() == '\\') {
      out = TakeEscape(text, out);
      if (out == nullptr) return nullptr;
    } else {
      *out++ = text.front();
      text.remove_prefix(1);
    }
  }
  return nullptr;
}

}  // namespace narfi::ingest
