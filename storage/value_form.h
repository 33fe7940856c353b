// Numbers and points in time as logs write them: text to value and back.
//
// A parser accepts only what its printer gives back byte for byte.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace narfi::storage {

constexpr size_t kMaxIntText = 20;
constexpr size_t kMaxDecimalText = 21;
constexpr size_t kMaxTimeText = 29;  // without the zone
constexpr unsigned kMaxDigits = 18;  // of decimals and padded digits
constexpr unsigned kMaxFractionDigits = 9;
constexpr uint8_t kDigitsVary = 255;  // for a count of digits: each value has its own
constexpr size_t kMaxHexText = 64;
constexpr size_t kLeastNibbles = 8;  // fewer hexadecimal digits are no id

constexpr int64_t kPowersOfTen[] = {1,       10,        100,        1000,        10'000,
                                    100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

inline int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// "0", "-17": no plus, no leading zeros, no "-0".
bool ParseInt(std::string_view text, int64_t& value);
char* PrintInt(char* out, int64_t value);

// Exactly `width` digits, at most kMaxDigits.
bool ParsePadded(std::string_view text, int64_t& value);
char* PrintPadded(char* out, uint64_t value, unsigned width);

// "-0.50" is -50 with two decimals; up to kMaxDigits digits, no exponent, "-0.0" is none.
struct Decimal {
  int64_t mantissa = 0;
  uint8_t scale = 0;
};
bool ParseDecimal(std::string_view text, Decimal& value);
char* PrintDecimal(char* out, Decimal value);

// "2026-11-20T00:06:40.123+02:00" without its zone, from 1970 to 2261.
struct TimeText {
  char mark = 'T';        // between date and time: 'T' or a space
  char point = '.';       // before the fraction: '.' or ','
  uint8_t digits = 0;     // of the fraction
  int64_t seconds = 0;    // since 1970 on the clock of the zone
  int64_t fraction = 0;   // in units of its last digit
  std::string_view zone;  // what follows
};
bool ParseTimeText(std::string_view text, TimeText& time);
// False when `seconds` are of other years.
bool IsPrintable(const TimeText& time);
char* PrintTimeText(char* out, const TimeText& time);
// Seconds east of UTC: "" and "Z" are 0, else "+02:00" or "+0200"; none for anything else.
std::optional<int64_t> ZoneOffset(std::string_view zone);

}  // namespace narfi::storage
