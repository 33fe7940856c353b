#include "base/json_write.h"

#include <charconv>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/unicode.h"

namespace narfi {
namespace {

bool IsPlain(char c) {
  const auto byte = static_cast<uint8_t>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

// How many leading bytes need no escape and are ASCII.
size_t PlainPrefix(std::string_view text) {
  size_t i = 0;
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i slash = _mm_set1_epi8('\\');
  const __m128i space = _mm_set1_epi8(0x20);
  for (; i + 16 <= text.size(); i += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
    // Signed compare: bytes from 0x80 up are negative and so "less than space" as well.
    const __m128i odd =
        _mm_or_si128(_mm_cmplt_epi8(block, space),
                     _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, slash)));
    if (const int mask = _mm_movemask_epi8(odd); mask != 0) {
      return i + static_cast<size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
    }
  }
#endif
  while (i < text.size() && IsPlain(text[i])) ++i;
  return i;
}

void AppendControl(std::string& dst, uint8_t byte) {
  switch (byte) {
    case '"':
      dst += "\\\"";
      return;
    case '\\':
      dst += "\\\\";
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
    default:
      break;
  }
  static constexpr char kHex[] = "0123456789abcdef";
  dst += "\\u00";
  dst += kHex[byte >> 4];
  dst += kHex[byte & 15];
}

}  // namespace

void AppendJsonString(std::string& dst, std::string_view text) {
  dst += '"';
  while (!text.empty()) {
    const size_t plain = PlainPrefix(text);
    dst.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto byte = static_cast<uint8_t>(text.front());
    if (byte < 0x80) {
      AppendControl(dst, byte);
      text.remove_prefix(1);
      continue;
    }
    const Rune rune = DecodeRune(text);
    if (rune.valid) {
      dst.append(text.substr(0, rune.bytes));
    } else {
      dst += "\\ufffd";
    }
    text.remove_prefix(rune.bytes);
  }
  dst += '"';
}

void AppendInt(std::string& dst, int64_t value) {
  char buffer[24];
  dst.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

void AppendUint(std::string& dst, uint64_t value) {
  char buffer[24];
  dst.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

}  // namespace narfi
