#include "storage/json_scan.h"

#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace narfi::storage {
namespace {

bool IsDecimal(char c) { return c >= '0' && c <= '9'; }
bool IsPlain(char c) { return c >= 0x20 && c != '"' && c != '\\'; }  // char is signed: below 0x80

// The first byte from `at` that is no plain part of a string.
size_t SkipPlain(std::string_view text, size_t at) {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i slash = _mm_set1_epi8('\\');
  const __m128i space = _mm_set1_epi8(0x20);
  while (at + 16 <= text.size()) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    // Signed comparison: bytes from 0x80 up are below the space too.
    const __m128i special =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, slash)),
                     _mm_cmplt_epi8(bytes, space));
    const int mask = _mm_movemask_epi8(special);
    if (mask != 0) return at + static_cast<size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
    at += 16;
  }
#endif
  while (at < text.size() && IsPlain(text[at])) ++at;
  return at;
}

uint8_t ByteAt(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<uint8_t>(text[at]) : 0;
}

// Behind the sequence of UTF-8 that begins at `at`, which is no ASCII.
size_t EndOfRune(std::string_view text, size_t at) {
  const uint8_t first = ByteAt(text, at);
  const uint8_t second = ByteAt(text, at + 1);
  size_t size = 0;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) size = 2;
  if (first >= 0xE0 && first <= 0xEF) size = 3;
  if (first >= 0xF0 && first <= 0xF4) size = 4;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  if (size == 0 || second < low || second > high) return kNoEnd;
  for (size_t i = 2; i < size; ++i) {
    if ((ByteAt(text, at + i) & 0xC0) != 0x80) return kNoEnd;
  }
  return at + size;
}

int HexDigit(char c) {
  if (IsDecimal(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// What the \uXXXX whose backslash is at `at` stands for; -1 when there is none.
int EscapedUnit(std::string_view text, size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) {
    const int digit = HexDigit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

// Behind the escape whose backslash is at `at`.
size_t EndOfEscape(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) return kNoEnd;
  const char c = text[at + 1];
  if (c != 'u') return std::strchr("\"\\/bfnrt", c) != nullptr && c != '\0' ? at + 2 : kNoEnd;
  const int unit = EscapedUnit(text, at);
  if (unit < 0) return kNoEnd;
  if (unit < 0xD800 || unit > 0xDFFF) return at + 6;
  // Half a character alone is nothing that readers agree on.
  const int low = unit < 0xDC00 ? EscapedUnit(text, at + 6) : -1;
  return low >= 0xDC00 && low <= 0xDFFF ? at + 12 : kNoEnd;
}

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDecimal(text[at])) ++at;
  return at;
}

size_t EndOfNumber(std::string_view text, size_t at) {
  if (text[at] == '-') ++at;
  const size_t whole = at;
  at = SkipDigits(text, at);
  if (at == whole || (text[whole] == '0' && at - whole > 1)) return kNoEnd;
  if (at < text.size() && text[at] == '.') {
    const size_t fraction = ++at;
    at = SkipDigits(text, at);
    if (at == fraction) return kNoEnd;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const size_t exponent = at;
    at = SkipDigits(text, at);
    if (at == exponent) return kNoEnd;
  }
  return at;
}

size_t EndOfArray(std::string_view text, size_t at, int depth) {
  at = SkipJsonSpace(text, at + 1);
  if (at < text.size() && text[at] == ']') return at + 1;
  for (;;) {
    at = EndOfJsonValue(text, at, depth - 1);
    if (at == kNoEnd) return kNoEnd;
    at = SkipJsonSpace(text, at);
    if (at >= text.size() || (text[at] != ',' && text[at] != ']')) return kNoEnd;
    if (text[at] == ']') return at + 1;
    at = SkipJsonSpace(text, at + 1);
  }
}

size_t EndOfObject(std::string_view text, size_t at, int depth) {
  at = SkipJsonSpace(text, at + 1);
  if (at < text.size() && text[at] == '}') return at + 1;
  for (;;) {
    if (at >= text.size() || text[at] != '"') return kNoEnd;
    at = EndOfJsonString(text, at + 1);
    if (at == kNoEnd) return kNoEnd;
    at = SkipJsonSpace(text, at + 1);
    if (at >= text.size() || text[at] != ':') return kNoEnd;
    at = EndOfJsonValue(text, SkipJsonSpace(text, at + 1), depth - 1);
    if (at == kNoEnd) return kNoEnd;
    at = SkipJsonSpace(text, at);
    if (at >= text.size() || (text[at] != ',' && text[at] != '}')) return kNoEnd;
    if (text[at] == '}') return at + 1;
    at = SkipJsonSpace(text, at + 1);
  }
}

}  // namespace

size_t EndOfJsonString(std::string_view text, size_t at) {
  for (;;) {
    at = SkipPlain(text, at);
    if (at >= text.size()) return kNoEnd;
    if (text[at] == '"') return at;
    if (text[at] == '\\') {
      at = EndOfEscape(text, at);
    } else {
      at = EndOfRune(text, at);
    }
    if (at == kNoEnd) return kNoEnd;
  }
}

size_t EndOfJsonScalar(std::string_view text, size_t at) {
  if (at >= text.size()) return kNoEnd;
  if (text[at] == '-' || IsDecimal(text[at])) return EndOfNumber(text, at);
  for (const std::string_view word : {"true", "false", "null"}) {
    if (text.substr(at, word.size()) == word) return at + word.size();
  }
  return kNoEnd;
}

size_t EndOfJsonValue(std::string_view text, size_t at, int depth) {
  if (at >= text.size() || depth <= 0) return kNoEnd;
  if (text[at] == '"') {
    const size_t end = EndOfJsonString(text, at + 1);
    return end == kNoEnd ? kNoEnd : end + 1;
  }
  if (text[at] == '[') return EndOfArray(text, at, depth);
  if (text[at] == '{') return EndOfObject(text, at, depth);
  return EndOfJsonScalar(text, at);
}

}  // namespace narfi::storage
