#include "storage/value_form.h"

#include <array>
#include <cstring>

#include "base/time.h"

namespace narfi::storage {
namespace {

constexpr int64_t kDaySeconds = 86'400;
constexpr int64_t kEndOfTime = 106'651 * kDaySeconds;  // 2262-01-01

constexpr std::array<char, 200> MakePairs() {
  std::array<char, 200> out{};
  for (int i = 0; i < 100; ++i) {
    out[static_cast<size_t>(2 * i)] = static_cast<char>('0' + i / 10);
    out[static_cast<size_t>(2 * i + 1)] = static_cast<char>('0' + i % 10);
  }
  return out;
}
constexpr std::array<char, 200> kPairs = MakePairs();

bool IsDecimalDigit(char c) { return c >= '0' && c <= '9'; }

char* PrintUnsigned(char* out, uint64_t value) {
  char text[20];
  char* at = text + sizeof text;
  while (value >= 100) {
    at -= 2;
    std::memcpy(at, kPairs.data() + value % 100 * 2, 2);
    value /= 100;
  }
  if (value >= 10) {
    at -= 2;
    std::memcpy(at, kPairs.data() + value * 2, 2);
  } else {
    *--at = static_cast<char>('0' + value);
  }
  const auto size = static_cast<size_t>(text + sizeof text - at);
  std::memcpy(out, at, size);
  return out + size;
}

// The number that digits [at, at + count) make; false when one is no digit.
bool Digits(std::string_view text, size_t at, size_t count, int64_t& value) {
  value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (!IsDecimalDigit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  return true;
}

}  // namespace

bool ParseInt(std::string_view text, int64_t& value) {
  const bool negative = !text.empty() && text.front() == '-';
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.size() > 19) return false;
  if (digits.front() == '0' && (digits.size() > 1 || negative)) return false;
  uint64_t sum = 0;  // 19 digits fit
  for (const char c : digits) {
    if (!IsDecimalDigit(c)) return false;
    sum = sum * 10 + static_cast<uint64_t>(c - '0');
  }
  if (sum > static_cast<uint64_t>(INT64_MAX) + (negative ? 1 : 0)) return false;
  value = static_cast<int64_t>(negative ? 0 - sum : sum);
  return true;
}

char* PrintInt(char* out, int64_t value) {
  if (value >= 0) return PrintUnsigned(out, static_cast<uint64_t>(value));
  *out++ = '-';
  return PrintUnsigned(out, 0 - static_cast<uint64_t>(value));
}

bool ParsePadded(std::string_view text, int64_t& value) {
  return text.size() <= kMaxDigits && Digits(text, 0, text.size(), value);
}

char* PrintPadded(char* out, uint64_t value, unsigned width) {
  for (unsigned i = width; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + width;
}

bool ParseDecimal(std::string_view text, Decimal& value) {
  const bool negative = !text.empty() && text.front() == '-';
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.size() > kMaxDigits + 1 || !IsDecimalDigit(digits.front()))
    return false;
  if (digits.front() == '0' && digits.size() > 1 && digits[1] != '.') return false;
  uint64_t sum = 0;  // 19 digits fit
  size_t point = digits.size();
  for (size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] == '.' && point == digits.size()) {
      point = i;
    } else if (IsDecimalDigit(digits[i])) {
      sum = sum * 10 + static_cast<uint64_t>(digits[i] - '0');
    } else {
      return false;
    }
  }
  const bool has_point = point != digits.size();
  if (point + 1 == digits.size() || digits.size() - (has_point ? 1 : 0) > kMaxDigits) return false;
  if (negative && sum == 0) return false;
  const auto mantissa = static_cast<int64_t>(sum);
  value = {negative ? -mantissa : mantissa,
           static_cast<uint8_t>(has_point ? digits.size() - point - 1 : 0)};
  return true;
}

char* PrintDecimal(char* out, Decimal value) {
  if (value.scale == 0) return PrintInt(out, value.mantissa);
  uint64_t size = static_cast<uint64_t>(value.mantissa);
  if (value.mantissa < 0) {
    *out++ = '-';
    size = 0 - size;
  }
  uint64_t unit = 1;
  for (unsigned i = 0; i < value.scale; ++i) unit *= 10;
  out = PrintUnsigned(out, size / unit);
  *out++ = '.';
  return PrintPadded(out, size % unit, value.scale);
}

bool ParseTimeText(std::string_view text, TimeText& time) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':')
    return false;
  if (text[10] != 'T' && text[10] != ' ') return false;
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  if (!Digits(text, 0, 4, year) || !Digits(text, 5, 2, month) || !Digits(text, 8, 2, day) ||
      !Digits(text, 11, 2, hour) || !Digits(text, 14, 2, minute) || !Digits(text, 17, 2, second))
    return false;
  if (year < 1970 || year > 2261 || month < 1 || month > 12 || hour > 23 || minute > 59 ||
      second > 59)
    return false;
  const int64_t days =
      DaysFromCivil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  // The 31st of February is none.
  if (day < 1 || CivilFromDays(days).day != static_cast<unsigned>(day)) return false;
  time = {.mark = text[10],
          .seconds = days * kDaySeconds + hour * 3600 + minute * 60 + second,
          .zone = {}};
  size_t at = 19;
  if (at + 1 < text.size() && (text[at] == '.' || text[at] == ',') &&
      IsDecimalDigit(text[at + 1])) {
    time.point = text[at++];
    while (at < text.size() && IsDecimalDigit(text[at]) && time.digits <= kMaxFractionDigits) {
      time.fraction = time.fraction * 10 + (text[at++] - '0');
      ++time.digits;
    }
    if (time.digits > kMaxFractionDigits) return false;
  }
  time.zone = text.substr(at);
  return ZoneOffset(time.zone).has_value();
}

bool IsPrintable(const TimeText& time) { return time.seconds >= 0 && time.seconds < kEndOfTime; }

char* PrintTimeText(char* out, const TimeText& time) {
  const CivilDate date = CivilFromDays(time.seconds / kDaySeconds);
  const auto rest = static_cast<uint64_t>(time.seconds % kDaySeconds);
  out = PrintPadded(out, static_cast<uint64_t>(date.year), 4);
  *out++ = '-';
  out = PrintPadded(out, date.month, 2);
  *out++ = '-';
  out = PrintPadded(out, date.day, 2);
  *out++ = time.mark;
  out = PrintPadded(out, rest / 3600, 2);
  *out++ = ':';
  out = PrintPadded(out, rest / 60 % 60, 2);
  *out++ = ':';
  out = PrintPadded(out, rest % 60, 2);
  if (time.digits == 0) return out;
  *out++ = time.point;
  return PrintPadded(out, static_cast<uint64_t>(time.fraction), time.digits);
}

std::optional<int64_t> ZoneOffset(std::string_view zone) {
  if (zone.empty() || zone == "Z") return 0;
  if (zone[0] != '+' && zone[0] != '-') return std::nullopt;
  const bool has_colon = zone.size() == 6 && zone[3] == ':';
  if (!has_colon && zone.size() != 5) return std::nullopt;
  int64_t hours = 0;
  int64_t minutes = 0;
  if (!Digits(zone, 1, 2, hours) || !Digits(zone, has_colon ? 4 : 3, 2, minutes))
    return std::nullopt;
  const int64_t offset = hours * 3600 + minutes * 60;
  return zone[0] == '-' ? -offset : offset;
}

}  // namespace narfi::storage
