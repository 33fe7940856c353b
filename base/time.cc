#include "base/time.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "base/go_text.h"

namespace narfi {
namespace {

// Reads exactly `count` digits into `out`.
bool TakeNumber(std::string_view& rest, size_t count, unsigned& out) {
  if (rest.size() < count) return false;
  out = 0;
  for (size_t i = 0; i < count; ++i) {
    if (rest[i] < '0' || rest[i] > '9') return false;
    out = out * 10 + static_cast<unsigned>(rest[i] - '0');
  }
  rest.remove_prefix(count);
  return true;
}

bool TakeChar(std::string_view& rest, char c) {
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

bool TakeFraction(std::string_view& rest, int64_t& ns) {
  ns = 0;
  if (!rest.starts_with('.') && !rest.starts_with(',')) return true;
  rest.remove_prefix(1);
  int64_t scale = kSecond / 10;
  size_t digits = 0;
  while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
    ns += (rest[digits] - '0') * scale;
    scale /= 10;
    ++digits;
  }
  rest.remove_prefix(digits);
  return digits > 0;
}

bool TakeOffset(std::string_view& rest, int64_t& ns) {
  ns = 0;
  if (TakeChar(rest, 'Z')) return rest.empty();
  const bool negative = rest.starts_with('-');
  if (!negative && !rest.starts_with('+')) return false;
  rest.remove_prefix(1);
  unsigned hours = 0;
  unsigned minutes = 0;
  if (!TakeNumber(rest, 2, hours) || !TakeChar(rest, ':') || !TakeNumber(rest, 2, minutes))
    return false;
  if (hours > 24 || minutes > 60 || !rest.empty()) return false;
  ns = (negative ? -1 : 1) * (hours * kHour + minutes * kMinute);
  return true;
}

unsigned DaysInMonth(unsigned year, unsigned month) {
  static constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

struct Fields {
  CivilDate date;
  int64_t hour, minute, second, ns;
};

Fields Split(int64_t ns) {
  const int64_t day = UtcDay(ns);
  int64_t rest = ns % kDay;  // not ns - day * kDay, which the first day of all overflows
  if (rest < 0) rest += kDay;
  Fields out{CivilFromDays(day), rest / kHour, rest % kHour / kMinute, rest % kMinute / kSecond,
             rest % kSecond};
  return out;
}

std::string FractionText(int64_t ns) {
  if (ns == 0) return {};
  std::string out = fmt::format(".{:09}", ns);
  while (out.back() == '0') out.pop_back();
  return out;
}

}  // namespace

int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto yoe = static_cast<unsigned>(year - era * 400);
  const unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

CivilDate CivilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto doe = static_cast<unsigned>(days - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<int64_t>(yoe) + era * 400 + (month <= 2), month,
          doy - (153 * mp + 2) / 5 + 1};
}

Result<int64_t> ParseRfc3339(std::string_view text) {
  const auto bad = [&] {
    return Fail(Code::kInvalidArgument, "not an RFC 3339 time: " + GoQuote(text));
  };
  std::string_view rest = text;
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int64_t fraction = 0, offset = 0;
  if (!TakeNumber(rest, 4, year) || !TakeChar(rest, '-') || !TakeNumber(rest, 2, month) ||
      !TakeChar(rest, '-') || !TakeNumber(rest, 2, day) || !TakeChar(rest, 'T'))
    return bad();
  if (!TakeNumber(rest, 2, hour) || !TakeChar(rest, ':') || !TakeNumber(rest, 2, minute) ||
      !TakeChar(rest, ':') || !TakeNumber(rest, 2, second))
    return bad();
  if (!TakeFraction(rest, fraction) || !TakeOffset(rest, offset)) return bad();
  if (month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, month)) return bad();
  if (hour > 23 || minute > 59 || second > 59) return bad();
  const int64_t seconds =
      DaysFromCivil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  // Wider than the result: the first second of the calendar begins before its nanoseconds do.
  __extension__ using Wide = __int128;
  const Wide ns = static_cast<Wide>(seconds) * kSecond + fraction - offset;
  if (ns < INT64_MIN || ns > INT64_MAX) return bad();
  return static_cast<int64_t>(ns);
}

std::string FormatRfc3339(int64_t ns) {
  const Fields f = Split(ns);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", f.date.year, f.date.month,
                     f.date.day, f.hour, f.minute, f.second, FractionText(f.ns));
}

std::string FormatRfc3339Seconds(int64_t ns) {
  const Fields f = Split(ns);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", f.date.year, f.date.month, f.date.day,
                     f.hour, f.minute, f.second);
}

std::string FormatGoTime(int64_t ns) {
  const Fields f = Split(ns);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}{} +0000 UTC", f.date.year, f.date.month,
                     f.date.day, f.hour, f.minute, f.second, FractionText(f.ns));
}

int64_t UtcDay(int64_t ns) { return ns / kDay - (ns % kDay < 0 ? 1 : 0); }

std::string FormatUtcDay(int64_t day) {
  const CivilDate date = CivilFromDays(day);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

}  // namespace narfi
