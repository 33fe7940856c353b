#include "line/template/value.h"

#include <algorithm>

namespace narfi::line::tmpl {

Value MakeBool(bool value) { return MakeInt(value ? 1 : 0, Type::kBool); }

Value MakeInt(int64_t value, Type type) {
  Value out;
  out.type = type;
  out.integer = value;
  return out;
}

Value MakeFloat(double value) {
  Value out;
  out.type = Type::kFloat64;
  out.real = value;
  return out;
}

Value MakeText(std::string_view text) {
  Value out;
  out.type = Type::kString;
  out.text = text;
  return out;
}

Value MakeTime(int64_t seconds, int32_t nanos, const TimeZone* zone) {
  Value out;
  out.type = Type::kTime;
  out.integer = seconds;
  out.nanos = nanos;
  out.zone = zone;
  return out;
}

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kInvalid:
      return "interface {}";
    case Type::kBool:
      return "bool";
    case Type::kInt:
      return "int";
    case Type::kInt64:
      return "int64";
    case Type::kUint8:
      return "uint8";
    case Type::kFloat64:
      return "float64";
    case Type::kString:
      return "string";
    case Type::kList:
      return "[]interface {}";
    case Type::kMap:
      return "map[string]interface {}";
    case Type::kLabels:
      return "map[string]string";
    case Type::kTime:
      return "time.Time";
    case Type::kDuration:
      return "time.Duration";
    case Type::kMonth:
      return "time.Month";
    case Type::kWeekday:
      return "time.Weekday";
  }
  return {};
}

std::string_view TypeName(const Value& value) {
  return value.boxed ? TypeName(Type::kInvalid) : TypeName(value.type);
}

bool IsTrue(const Value& value) {
  switch (value.type) {
    case Type::kInvalid:
      return false;
    case Type::kFloat64:
      return value.real != 0;
    case Type::kString:
      return !value.text.empty();
    case Type::kList:
      return !value.list->empty();
    case Type::kMap:
      return !value.map->empty();
    case Type::kLabels: {
      std::vector<Field> all;
      value.labels->CopyAll(all);
      return !all.empty();
    }
    case Type::kTime:
      return true;
    default:
      return value.integer != 0;
  }
}

const Value* Find(const Map& map, std::string_view key) {
  const auto place =
      std::lower_bound(map.begin(), map.end(), key,
                       [](const auto& pair, std::string_view name) { return pair.first < name; });
  return place == map.end() || place->first != key ? nullptr : &place->second;
}

}  // namespace narfi::line::tmpl
