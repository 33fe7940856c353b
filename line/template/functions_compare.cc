// eq, ne, lt, le, gt, ge: basic types only, whole numbers of any type with each other.
#include <fmt/format.h>

#include "line/template/fail.h"
#include "line/template/functions.h"
#include "line/template/print.h"

namespace narfi::line::tmpl {
namespace compare {
namespace {

enum class Basic : uint8_t { kNone, kBool, kInteger, kFloat, kString };

Basic BasicOf(const Value& value) {
  if (value.is_integer() || value.type == Type::kUint8) return Basic::kInteger;
  if (value.type == Type::kBool) return Basic::kBool;
  if (value.type == Type::kFloat64) return Basic::kFloat;
  if (value.type == Type::kString) return Basic::kString;
  return Basic::kNone;
}

constexpr size_t kMaxShown = 4096;  // bytes of a value in an error text

tl::unexpected<Error> Incompatible(const Value& a, const Value& b) {
  return Bad(fmt::format("incompatible types for comparison: {} and {}", TypeName(a.type),
                         TypeName(b.type)));
}

// Neither is basic.
Result<bool> SameOther(const Value& a, const Value& b) {
  if (!a.valid() || !b.valid()) return a.valid() == b.valid();
  if (a.type == Type::kTime && b.type == Type::kTime)
    return a.integer == b.integer && a.nanos == b.nanos && a.zone == b.zone;
  const auto is_map = [](const Value& v) {
    return v.type == Type::kMap || v.type == Type::kLabels;
  };
  const bool same_kind = a.type == b.type || (is_map(a) && is_map(b));
  std::string text;
  AppendFormatted(text, "%s", Args(same_kind ? &b : &a, 1), kMaxShown);
  if (same_kind) return Bad(fmt::format("non-comparable type {}: {}", text, TypeName(b.type)));
  std::string other;
  AppendFormatted(other, "%v", Args(&b, 1), kMaxShown);
  return Bad(fmt::format("non-comparable types {}: {}, {}: {}", text, TypeName(a.type),
                         TypeName(b.type), other));
}

Result<bool> Same(const Value& a, const Value& b) {
  const Basic kind = BasicOf(a);
  if (kind != BasicOf(b)) {
    if (a.valid() && b.valid()) return Incompatible(a, b);
    return false;
  }
  switch (kind) {
    case Basic::kFloat:
      return a.real == b.real;
    case Basic::kString:
      return a.text == b.text;
    case Basic::kNone:
      return SameOther(a, b);
    default:
      return a.integer == b.integer;
  }
}

Result<Value> Eq(Runtime&, Args args) {
  if (args.size() == 1) return Bad("missing argument for comparison");
  for (const Value& other : args.subspan(1)) {
    NARFI_ASSIGN(const bool same, Same(args[0], other));
    if (same) return MakeBool(true);
  }
  return MakeBool(false);
}

Result<Value> Ne(Runtime&, Args args) {
  NARFI_ASSIGN(const bool same, Same(args[0], args[1]));
  return MakeBool(!same);
}

Result<bool> Less(const Value& a, const Value& b) {
  const Basic kind = BasicOf(a);
  if (kind == Basic::kNone || BasicOf(b) == Basic::kNone) return Bad("invalid type for comparison");
  if (kind != BasicOf(b)) return Incompatible(a, b);
  switch (kind) {
    case Basic::kBool:
      return Bad("invalid type for comparison");
    case Basic::kFloat:
      return a.real < b.real;
    case Basic::kString:
      return a.text < b.text;
    default:
      return a.integer < b.integer;
  }
}

Result<Value> Lt(Runtime&, Args args) {
  NARFI_ASSIGN(const bool less, Less(args[0], args[1]));
  return MakeBool(less);
}

// lt or eq, as Go has it.
Result<bool> LessOrSame(const Value& a, const Value& b) {
  NARFI_ASSIGN(const bool less, Less(a, b));
  if (less) return true;
  return Same(a, b);
}

Result<Value> Le(Runtime&, Args args) {
  NARFI_ASSIGN(const bool less, LessOrSame(args[0], args[1]));
  return MakeBool(less);
}
Result<Value> Gt(Runtime&, Args args) {
  NARFI_ASSIGN(const bool less, LessOrSame(args[0], args[1]));
  return MakeBool(!less);
}
Result<Value> Ge(Runtime&, Args args) {
  NARFI_ASSIGN(const bool less, Less(args[0], args[1]));
  return MakeBool(!less);
}

constexpr Function kFunctions[] = {
    {"eq", {Param::kReflect, Param::kReflect}, 2, true, Eq},
    {"ne", {Param::kReflect, Param::kReflect}, 2, false, Ne},
    {"lt", {Param::kReflect, Param::kReflect}, 2, false, Lt},
    {"le", {Param::kReflect, Param::kReflect}, 2, false, Le},
    {"gt", {Param::kReflect, Param::kReflect}, 2, false, Gt},
    {"ge", {Param::kReflect, Param::kReflect}, 2, false, Ge},
};

}  // namespace
}  // namespace compare

std::span<const Function> CompareFunctions() { return compare::kFunctions; }

}  // namespace narfi::line::tmpl
