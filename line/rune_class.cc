#include "line/rune_class.h"

#include <re2/re2.h>
#include <string>

#include "base/unicode.h"

namespace narfi::line {
namespace {

// RE2 carries the tables of Unicode's categories; only runes outside ASCII ask it.
bool InClass(const RE2& one_rune, int32_t rune) {
  std::string text;
  AppendRune(text, static_cast<uint32_t>(rune));
  return RE2::FullMatch(text, one_rune);
}

}  // namespace

bool IsLetterRune(int32_t rune) {
  if (rune < 0x80) return (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z');
  static const RE2 kLetter("\\pL");
  return InClass(kLetter, rune);
}

bool IsDigitRune(int32_t rune) {
  if (rune < 0x80) return rune >= '0' && rune <= '9';
  static const RE2 kDigit("\\p{Nd}");
  return InClass(kDigit, rune);
}

bool IsNumberRune(int32_t rune) {
  if (rune < 0x80) return rune >= '0' && rune <= '9';
  static const RE2 kNumber("\\pN");
  return InClass(kNumber, rune);
}

bool IsSpaceRune(int32_t rune) {
  if (rune < 0x80) return rune == ' ' || (rune >= '\t' && rune <= '\r');
  static const RE2 kSpace(
      "[\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}]");
  return InClass(kSpace, rune);
}

}  // namespace narfi::line
