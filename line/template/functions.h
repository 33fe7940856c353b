// The functions that a template may call: Go's own and those that Loki adds.
//
// One table a file (functions_*.cc); a function is its name, the Go types of its parameters and a
// body. The executor has checked arguments against the types before it calls the body.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "line/template/runtime.h"
#include "line/template/value.h"

namespace narfi::line::tmpl {

enum class Param : uint8_t {
  kAny,      // interface {}
  kReflect,  // reflect.Value: whatever it is, nothing included
  kString,
  kInt,
  kFloat64,
  kTime,
  kDuration,
};

using Args = std::span<const Value>;
using FunctionBody = Result<Value> (*)(Runtime&, Args);

// What the executor does by itself.
enum class Special : uint8_t { kNone, kAnd, kOr, kCall };

struct Function {
  std::string_view name;
  std::array<Param, 5> params = {};
  uint8_t count = 0;  // of params; the last one repeats when variadic
  bool variadic = false;
  FunctionBody body = nullptr;
  Special special = Special::kNone;
};

// Null when there is none.
const Function* FindFunction(std::string_view name);
// A method of a value's type.
const Function* FindMethod(Type type, std::string_view name);

std::span<const Function> BuiltinFunctions();
std::span<const Function> CompareFunctions();
std::span<const Function> TextFunctions();
std::span<const Function> EncodingFunctions();
std::span<const Function> RegexFunctions();
std::span<const Function> NumberFunctions();
std::span<const Function> TimeFunctions();
// The receiver is the first parameter.
std::span<const Function> TimeMethods();
std::span<const Function> DurationMethods();

}  // namespace narfi::line::tmpl
