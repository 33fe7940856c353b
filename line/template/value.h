// A value of a template as Go's reflection sees it: a type, and what it holds.
//
// Ownership: a Value is a small handle. Text, lists, maps and zones that it points to belong to the
//            template, the labels of the row or the Runtime of the execution.
// Threads:   none of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time_zone.h"
#include "line/template/label_source.h"

namespace narfi::line::tmpl {

enum class Type : uint8_t {
  kInvalid,  // nothing: Go's zero reflect.Value, or with `boxed` a nil interface
  kBool,
  kInt,
  kInt64,
  kUint8,
  kFloat64,
  kString,
  kList,    // []interface {}
  kMap,     // map[string]interface {}
  kLabels,  // map[string]string: the labels of the row
  kTime,
  kDuration,
  kMonth,
  kWeekday,
};

struct Value;
using List = std::vector<Value>;
using Map = std::vector<std::pair<std::string_view, Value>>;  // by key, unique

struct Value {
  Type type = Type::kInvalid;
  bool boxed = false;  // came out of an interface {} that Go has not looked into yet
  int32_t nanos = 0;   // of kTime
  int64_t integer = 0;
  double real = 0;
  std::string_view text;
  union {
    const void* none = nullptr;
    const List* list;
    const Map* map;
    const LabelSource* labels;
    const TimeZone* zone;  // of kTime; null is UTC
  };

  bool valid() const { return type != Type::kInvalid; }
  bool is_nil_interface() const { return !valid() && boxed; }
  bool is_integer() const {
    return type == Type::kInt || type == Type::kInt64 || type == Type::kDuration ||
           type == Type::kMonth || type == Type::kWeekday;
  }
};

Value MakeBool(bool value);
Value MakeInt(int64_t value, Type type = Type::kInt);
Value MakeFloat(double value);
Value MakeText(std::string_view text);
Value MakeTime(int64_t seconds, int32_t nanos, const TimeZone* zone);

// "string", "interface {}", "time.Time": what %T and error texts say.
std::string_view TypeName(Type type);
std::string_view TypeName(const Value& value);
// Whether if, and, or, not take it as true.
bool IsTrue(const Value& value);
// The value for a key, or nothing.
const Value* Find(const Map& map, std::string_view key);

}  // namespace narfi::line::tmpl
