// Points in time to text, as Go's Time.Format writes them.
#include <fmt/format.h>
#include <iterator>

#include "base/go_layout.h"
#include "base/time.h"

namespace narfi {
namespace {

using Part = GoLayout::Part;

constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
constexpr std::string_view kDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                      "Thursday", "Friday", "Saturday"};

// A time in the pieces that layouts ask for.
struct Clockface {
  CivilDate date;
  int64_t year_day;
  int64_t week_day;
  int64_t hour;
  int64_t minute;
  int64_t second;

  explicit Clockface(int64_t local) {
    int64_t days = local / 86'400;
    int64_t rest = local % 86'400;
    if (rest < 0) {
      rest += 86'400;
      --days;
    }
    date = CivilFromDays(days);
    year_day = days - DaysFromCivil(date.year, 1, 1) + 1;
    week_day = ((days + 4) % 7 + 7) % 7;
    hour = rest / 3600;
    minute = rest / 60 % 60;
    second = rest % 60;
  }
  int64_t Hour12() const { return hour % 12 == 0 ? 12 : hour % 12; }
};

template <class... Args>
void Put(std::string& dst, fmt::format_string<Args...> form, Args&&... args) {
  fmt::format_to(std::back_inserter(dst), form, std::forward<Args>(args)...);
}

void PutOffset(std::string& dst, int64_t offset, bool colon, bool minutes) {
  const int64_t size = (offset < 0 ? -offset : offset) / 60;
  dst += offset < 0 ? '-' : '+';
  Put(dst, "{:02}", size / 60);
  if (minutes) Put(dst, "{}{:02}", colon ? ":" : "", size % 60);
}

void PutFraction(std::string& dst, int32_t nanos, const GoLayout::Token& token) {
  const size_t digits = token.digits;
  const bool trims = token.part == Part::kFraction9;
  std::string text = fmt::format("{:09}", nanos).substr(0, std::min<size_t>(digits, 9));
  text.append(digits - text.size(), '0');
  if (trims) text.erase(text.find_last_not_of('0') + 1);
  if (!text.empty()) dst.append(token.literal).append(text);
}

void PutYear(std::string& dst, int64_t year) {
  if (year < 0) dst += '-';
  Put(dst, "{:04}", year < 0 ? -year : year);
}

void PutZoneName(std::string& dst, const LocalTime& time) {
  if (!time.zone_name.empty()) {
    dst += time.zone_name;
  } else {
    PutOffset(dst, time.offset_seconds, false, true);
  }
}

void PutDatePart(std::string& dst, Part part, const Clockface& face) {
  const unsigned month = face.date.month;
  switch (part) {
    case Part::kLongMonth:
      dst += kMonths[month - 1];
      return;
    case Part::kMonth:
      dst += kMonths[month - 1].substr(0, 3);
      return;
    case Part::kNumMonth:
      return Put(dst, "{}", month);
    case Part::kZeroMonth:
      return Put(dst, "{:02}", month);
    case Part::kLongWeekDay:
      dst += kDays[face.week_day];
      return;
    case Part::kWeekDay:
      dst += kDays[face.week_day].substr(0, 3);
      return;
    case Part::kPlainDay:
      return Put(dst, "{}", face.date.day);
    case Part::kSpaceDay:
      return Put(dst, "{:2}", face.date.day);
    case Part::kZeroDay:
      return Put(dst, "{:02}", face.date.day);
    case Part::kSpaceYearDay:
      return Put(dst, "{:3}", face.year_day);
    case Part::kZeroYearDay:
      return Put(dst, "{:03}", face.year_day);
    case Part::kLongYear:
      return PutYear(dst, face.date.year);
    default:
      return Put(dst, "{:02}", (face.date.year % 100 + 100) % 100);
  }
}

void PutClockPart(std::string& dst, Part part, const Clockface& face) {
  switch (part) {
    case Part::kHour24:
      return Put(dst, "{:02}", face.hour);
    case Part::kHour12:
      return Put(dst, "{}", face.Hour12());
    case Part::kZeroHour12:
      return Put(dst, "{:02}", face.Hour12());
    case Part::kPlainMinute:
      return Put(dst, "{}", face.minute);
    case Part::kZeroMinute:
      return Put(dst, "{:02}", face.minute);
    case Part::kPlainSecond:
      return Put(dst, "{}", face.second);
    case Part::kZeroSecond:
      return Put(dst, "{:02}", face.second);
    case Part::kPM:
      dst += face.hour >= 12 ? "PM" : "AM";
      return;
    default:
      dst += face.hour >= 12 ? "pm" : "am";
  }
}

// False when the part is none of a zone or fraction.
bool PutZonePart(std::string& dst, const GoLayout::Token& token, const LocalTime& time) {
  const int64_t offset = time.offset_seconds;
  const bool z = token.part == Part::kZOffset || token.part == Part::kZColonOffset ||
                 token.part == Part::kZShortOffset;
  if (z && offset == 0) {
    dst += 'Z';
    return true;
  }
  switch (token.part) {
    case Part::kZoneName:
      PutZoneName(dst, time);
      return true;
    case Part::kOffset:
    case Part::kZOffset:
      PutOffset(dst, offset, false, true);
      return true;
    case Part::kColonOffset:
    case Part::kZColonOffset:
      PutOffset(dst, offset, true, true);
      return true;
    case Part::kShortOffset:
    case Part::kZShortOffset:
      PutOffset(dst, offset, false, false);
      return true;
    case Part::kFraction0:
    case Part::kFraction9:
      PutFraction(dst, time.nanos, token);
      return true;
    default:
      return false;
  }
}

bool IsClockPart(Part part) {
  return part == Part::kHour24 || part == Part::kHour12 || part == Part::kZeroHour12 ||
         part == Part::kPlainMinute || part == Part::kZeroMinute || part == Part::kPlainSecond ||
         part == Part::kZeroSecond || part == Part::kPM || part == Part::kLowerPM;
}

}  // namespace

void GoLayout::Format(std::string& dst, const LocalTime& time) const {
  const Clockface face(time.seconds);
  for (const Token& token : tokens_) {
    if (token.part == Part::kLiteral) {
      dst += token.literal;
    } else if (PutZonePart(dst, token, time)) {
      continue;
    } else if (IsClockPart(token.part)) {
      PutClockPart(dst, token.part, face);
    } else {
      PutDatePart(dst, token.part, face);
    }
  }
}

}  // namespace narfi
