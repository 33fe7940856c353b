#include "base/go_layout_values.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "base/duration.h"
#include "base/time.h"

namespace narfi {
namespace {

using Part = GoLayout::Part;

constexpr std::string_view kMonthNames[] = {"January",   "February", "March",    "April",
                                            "May",       "June",     "July",     "August",
                                            "September", "October",  "November", "December"};
constexpr std::string_view kDayNames[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                          "Thursday", "Friday", "Saturday"};

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                    [](unsigned char a, unsigned char b) {
                                                      return std::tolower(a) == std::tolower(b);
                                                    });
}

void SkipOneSpace(std::string_view& rest) {
  if (rest.starts_with(' ')) rest.remove_prefix(1);
}

void SkipSpaces(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
}

// Runs of spaces are equal to each other, and to nothing at the end of the text.
bool TakeLiteral(std::string_view literal, std::string_view& rest) {
  while (!literal.empty()) {
    if (literal[0] == ' ') {
      if (!rest.empty() && rest[0] != ' ') return false;
      SkipSpaces(literal);
      SkipSpaces(rest);
      continue;
    }
    if (!rest.starts_with(literal[0])) return false;
    literal.remove_prefix(1);
    rest.remove_prefix(1);
  }
  return true;
}

int64_t DaysInMonth(int64_t year, int64_t month) {
  const int64_t next_year = month == 12 ? year + 1 : year;
  const int64_t next_month = month == 12 ? 1 : month + 1;
  return DaysFromCivil(next_year, static_cast<unsigned>(next_month), 1) -
         DaysFromCivil(year, static_cast<unsigned>(month), 1);
}

}  // namespace

bool LayoutValues::Take(const GoLayout::Token& token, std::string_view& rest) {
  switch (token.part) {
    case Part::kLiteral:
      return TakeLiteral(token.literal, rest);
    case Part::kLongMonth:
      return TakeName(rest, true, true);
    case Part::kMonth:
      return TakeName(rest, true, false);
    case Part::kLongWeekDay:
      return TakeName(rest, false, true);
    case Part::kWeekDay:
      return TakeName(rest, false, false);
    case Part::kNumMonth:
      return TakeNumber(rest, 1, 2, month_);
    case Part::kZeroMonth:
      return TakeNumber(rest, 2, 2, month_);
    case Part::kSpaceDay:
      SkipOneSpace(rest);
      [[fallthrough]];
    case Part::kPlainDay:
      return TakeNumber(rest, 1, 2, day_);
    case Part::kZeroDay:
      return TakeNumber(rest, 2, 2, day_);
    case Part::kSpaceYearDay:
      SkipOneSpace(rest);
      SkipOneSpace(rest);
      return TakeNumber(rest, 1, 3, year_day_) && year_day_ > 0;
    case Part::kZeroYearDay:
      return TakeNumber(rest, 3, 3, year_day_) && year_day_ > 0;
    case Part::kHour24:
      return TakeNumber(rest, 1, 2, hour_);
    case Part::kHour12:
      return TakeNumber(rest, 1, 2, hour_) && hour_ <= 12;
    case Part::kZeroHour12:
      return TakeNumber(rest, 2, 2, hour_) && hour_ <= 12;
    case Part::kPlainMinute:
      return TakeNumber(rest, 1, 2, minute_);
    case Part::kZeroMinute:
      return TakeNumber(rest, 2, 2, minute_);
    case Part::kPlainSecond:
      return TakeNumber(rest, 1, 2, second_);
    case Part::kZeroSecond:
      return TakeNumber(rest, 2, 2, second_);
    case Part::kLongYear:
      return TakeNumber(rest, 4, 4, year_);
    case Part::kShortYear:
      if (!TakeNumber(rest, 2, 2, year_)) return false;
      year_ += year_ >= 69 ? 1900 : 2000;
      return true;
    case Part::kPM:
      return TakeHalfDay(rest, "AM", "PM");
    case Part::kLowerPM:
      return TakeHalfDay(rest, "am", "pm");
    case Part::kZoneName:
      return TakeZoneName(rest);
    case Part::kZOffset:
    case Part::kZColonOffset:
    case Part::kZShortOffset:
      if (rest.starts_with('Z')) {
        rest.remove_prefix(1);
        is_utc_ = true;
        return true;
      }
      return TakeOffset(rest, token.part == Part::kZColonOffset, token.part != Part::kZShortOffset);
    case Part::kOffset:
      return TakeOffset(rest, false, true);
    case Part::kColonOffset:
      return TakeOffset(rest, true, true);
    case Part::kShortOffset:
      return TakeOffset(rest, false, false);
    case Part::kFraction0:
      return TakeFraction(rest, token.digits);
    case Part::kFraction9:
      TakeFraction(rest, 0);
      return true;
  }
  return false;
}

bool LayoutValues::TakeNumber(std::string_view& rest, size_t least, size_t most, int64_t& value) {
  size_t digits = 0;
  value = 0;
  while (digits < most && digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
    value = value * 10 + (rest[digits++] - '0');
  }
  if (digits < least) return false;
  rest.remove_prefix(digits);
  return true;
}

bool LayoutValues::TakeName(std::string_view& rest, bool month, bool full) {
  const std::string_view* names = month ? kMonthNames : kDayNames;
  const size_t count = month ? std::size(kMonthNames) : std::size(kDayNames);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view name = full ? names[i] : names[i].substr(0, 3);
    if (!StartsWithIgnoringCase(rest, name)) continue;
    rest.remove_prefix(name.size());
    if (month) month_ = static_cast<int64_t>(i) + 1;
    return true;
  }
  return false;
}

bool LayoutValues::TakeHalfDay(std::string_view& rest, std::string_view am, std::string_view pm) {
  if (!rest.starts_with(am) && !rest.starts_with(pm)) return false;
  half_day_ = true;
  afternoon_ = rest.starts_with(pm);
  rest.remove_prefix(2);
  return true;
}

// "+0200", "+02:00" or "+02".
bool LayoutValues::TakeOffset(std::string_view& rest, bool colon, bool minutes) {
  if (rest.empty() || (rest[0] != '+' && rest[0] != '-')) return false;
  const int64_t sign = rest[0] == '-' ? -1 : 1;
  rest.remove_prefix(1);
  int64_t hour = 0;
  int64_t minute = 0;
  if (!TakeNumber(rest, 2, 2, hour)) return false;
  if (colon) {
    if (!rest.starts_with(':')) return false;
    rest.remove_prefix(1);
  }
  if (minutes && !TakeNumber(rest, 2, 2, minute)) return false;
  if (hour > 24 || minute >= 60) return false;
  offset_seconds_ = sign * (hour * 3600 + minute * 60);
  return true;
}

// An abbreviation is looked up in the zone; one that is not there says no offset, but for "GMT+3".
bool LayoutValues::TakeZoneName(std::string_view& rest) {
  if (rest.starts_with("UTC")) {
    rest.remove_prefix(3);
    is_utc_ = true;
    return true;
  }
  size_t length = 0;
  while (length < rest.size() && length < 5 && rest[length] >= 'A' && rest[length] <= 'Z') ++length;
  if (length < 3) return false;
  zone_name_ = rest.substr(0, length);
  rest.remove_prefix(length);
  if (zone_name_ != "GMT" || rest.empty() || (rest[0] != '+' && rest[0] != '-')) return true;
  const std::string_view before = rest;
  const int64_t sign = rest[0] == '-' ? -1 : 1;
  rest.remove_prefix(1);
  int64_t hours = 0;
  if (!TakeNumber(rest, 1, 2, hours) || hours > 23) return false;
  gmt_seconds_ = sign * hours * 3600;
  zone_name_ += before.substr(0, before.size() - rest.size());
  return true;
}

bool LayoutValues::TakeFraction(std::string_view& rest, size_t digits) {
  if (rest.size() < 2 || (rest[0] != '.' && rest[0] != ',') || rest[1] < '0' || rest[1] > '9')
    return false;
  size_t count = 0;
  int64_t ns = 0;
  while (1 + count < rest.size() && rest[1 + count] >= '0' && rest[1 + count] <= '9') {
    if (count < 9) ns = ns * 10 + (rest[1 + count] - '0');
    ++count;
  }
  if (digits != 0 && count != digits) return false;
  for (size_t i = count; i < 9; ++i) ns *= 10;
  fraction_ns_ = ns;
  rest.remove_prefix(1 + count);
  return true;
}

void LayoutValues::SetYearNear(int64_t now_ns) {
  const CivilDate now = CivilFromDays(UtcDay(now_ns));
  year_ = now.year;
  if (month_ == 12 && now.month == 1) --year_;
  if (month_ == 1 && now.month == 12) ++year_;
}

std::optional<ZonedTime> LayoutValues::ToSeconds(const TimeZone& zone) const {
  int64_t hour = hour_;
  if (half_day_) hour = hour_ % 12 + (afternoon_ ? 12 : 0);
  if (month_ < 1 || month_ > 12 || day_ < 1 || day_ > DaysInMonth(year_, month_))
    return std::nullopt;
  if (hour > 23 || minute_ > 59 || second_ > 59) return std::nullopt;
  if (year_day_ > DaysFromCivil(year_ + 1, 1, 1) - DaysFromCivil(year_, 1, 1)) return std::nullopt;
  int64_t days = DaysFromCivil(year_, static_cast<unsigned>(month_), static_cast<unsigned>(day_));
  if (year_day_ > 0) days = DaysFromCivil(year_, 1, 1) + year_day_ - 1;
  const int64_t local = days * 86'400 + hour * 3600 + minute_ * 60 + second_;
  ZonedTime time;
  time.nanos = static_cast<int32_t>(fraction_ns_);
  time.zone_name = zone_name_;
  if (is_utc_) {
    time.offset_seconds = 0;
    time.zone_name = "UTC";
    time.seconds = local;
  } else if (offset_seconds_) {
    time.offset_seconds = offset_seconds_;
    time.seconds = local - *offset_seconds_;
  } else if (zone_name_.empty()) {
    time.seconds = local - zone.OffsetAtLocal(local);
  } else if (const auto offset = zone.OffsetOfName(zone_name_, local)) {
    time.seconds = local - *offset;
  } else {
    // Go invents a zone and reads the clock as UTC, for "GMT+3" as well.
    time.offset_seconds = gmt_seconds_;
    time.seconds = local;
  }
  return time;
}

}  // namespace narfi
