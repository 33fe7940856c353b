#include "base/go_int.h"

#include <limits>
#include <string>

#include "base/go_text.h"

namespace narfi {
namespace {

enum class Flaw : uint8_t { kNone, kSyntax, kRange };

uint64_t DigitOf(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint64_t>(c - '0');
  if (c >= 'a' && c <= 'z') return static_cast<uint64_t>(c - 'a') + 10;
  if (c >= 'A' && c <= 'Z') return static_cast<uint64_t>(c - 'A') + 10;
  return 99;
}

// Underscores stand between digits, or between a prefix and a digit.
bool UnderscoresFit(std::string_view digits, bool prefixed) {
  char before = prefixed ? '0' : '\0';
  for (const char c : digits) {
    if (c == '_' && (before == '_' || before == '\0')) return false;
    before = c;
  }
  return before != '_';
}

uint64_t TakeBase(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char letter = static_cast<char>(digits[1] | 0x20);
  const uint64_t base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  if (base == 0 || digits.size() < 3) {
    digits.remove_prefix(1);
    return 8;
  }
  digits.remove_prefix(2);
  return base;
}

Flaw ReadUnsigned(std::string_view digits, int asked_base, uint64_t& value) {
  value = 0;
  if (digits.empty()) return Flaw::kSyntax;
  uint64_t base = 10;
  if (asked_base == 0) {
    const size_t before = digits.size();
    base = TakeBase(digits);
    if (!UnderscoresFit(digits, digits.size() != before)) return Flaw::kSyntax;
  }
  Flaw flaw = Flaw::kNone;
  for (const char c : digits) {
    if (c == '_' && asked_base == 0) continue;
    const uint64_t digit = DigitOf(c);
    if (digit >= base) return Flaw::kSyntax;
    if (__builtin_mul_overflow(value, base, &value) ||
        __builtin_add_overflow(value, digit, &value)) {
      flaw = Flaw::kRange;
    }
  }
  return flaw;
}

tl::unexpected<Error> Bad(std::string_view text, Flaw flaw) {
  return Fail(Code::kInvalidArgument,
              "strconv.ParseInt: parsing " + GoQuote(text) + ": " +
                  (flaw == Flaw::kRange ? "value out of range" : "invalid syntax"));
}

}  // namespace

Result<int64_t> ParseGoInt(std::string_view text, int base) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  uint64_t size = 0;
  if (const Flaw flaw = ReadUnsigned(digits, base, size); flaw != Flaw::kNone)
    return Bad(text, flaw);
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  if (size > kMost + (negative ? 1 : 0)) return Bad(text, Flaw::kRange);
  return static_cast<int64_t>(negative ? 0 - size : size);
}

bool ParsesAsGoUint(std::string_view text, uint64_t& value) {
  return ReadUnsigned(text, 0, value) == Flaw::kNone;
}

}  // namespace narfi
