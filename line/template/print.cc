#include "line/template/print.h"

#include "base/duration.h"
#include "base/go_layout.h"
#include "base/json_write.h"
#include "line/template/go_float.h"

namespace narfi::line::tmpl {
namespace {

constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
constexpr std::string_view kDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                      "Thursday", "Friday", "Saturday"};

void AppendList(std::string& dst, const List& list) {
  dst += '[';
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) dst += ' ';
    AppendValue(dst, list[i]);
  }
  dst += ']';
}

void AppendMap(std::string& dst, const Map& map) {
  dst += "map[";
  for (size_t i = 0; i < map.size(); ++i) {
    if (i > 0) dst += ' ';
    dst.append(map[i].first).append(1, ':');
    AppendValue(dst, map[i].second);
  }
  dst += ']';
}

void AppendLabels(std::string& dst, const LabelSource& labels) {
  std::vector<Field> all;
  labels.CopyAll(all);
  dst += "map[";
  for (size_t i = 0; i < all.size(); ++i)
    dst.append(i > 0 ? " " : "").append(all[i].name).append(1, ':').append(all[i].value);
  dst += ']';
}

}  // namespace

void AppendTime(std::string& dst, const Value& time, std::string_view layout) {
  LocalTime local{time.integer, time.nanos, 0, "UTC"};
  if (time.zone != nullptr) {
    const TimeZone::Offset offset = time.zone->OffsetAtUtc(time.integer);
    local = {time.integer + offset.seconds, time.nanos, offset.seconds, offset.name};
  }
  GoLayout(layout).Format(dst, local);
}

bool AppendString(std::string& dst, const Value& value) {
  switch (value.type) {
    case Type::kTime:
      AppendTime(dst, value, "2006-01-02 15:04:05.999999999 -0700 MST");
      return true;
    case Type::kDuration:
      dst += FormatGoDuration(value.integer);
      return true;
    case Type::kMonth:
      if (value.integer >= 1 && value.integer <= 12) {
        dst += kMonths[value.integer - 1];
      } else {
        dst.append("%!Month(").append(std::to_string(value.integer)).append(")");
      }
      return true;
    case Type::kWeekday:
      if (value.integer >= 0 && value.integer <= 6) {
        dst += kDays[value.integer];
      } else {
        dst.append("%!Weekday(").append(std::to_string(value.integer)).append(")");
      }
      return true;
    default:
      return false;
  }
}

void AppendValue(std::string& dst, const Value& value) {
  switch (value.type) {
    case Type::kInvalid:
      dst += "<nil>";
      return;
    case Type::kBool:
      dst += value.integer != 0 ? "true" : "false";
      return;
    case Type::kFloat64:
      dst += FormatGoFloat(value.real, 'g', -1);
      return;
    case Type::kString:
      dst += value.text;
      return;
    case Type::kList:
      return AppendList(dst, *value.list);
    case Type::kMap:
      return AppendMap(dst, *value.map);
    case Type::kLabels:
      return AppendLabels(dst, *value.labels);
    default:
      if (!AppendString(dst, value)) AppendInt(dst, value.integer);
  }
}

void AppendPrint(std::string& dst, Args args) {
  for (size_t i = 0; i < args.size(); ++i) {
    const bool text = args[i].type == Type::kString;
    if (i > 0 && !text && args[i - 1].type != Type::kString) dst += ' ';
    AppendValue(dst, args[i]);
  }
}

void AppendPrintln(std::string& dst, Args args) {
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0) dst += ' ';
    AppendValue(dst, args[i]);
  }
  dst += '\n';
}

}  // namespace narfi::line::tmpl
