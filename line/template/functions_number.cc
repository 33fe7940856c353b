// Arithmetic: whole numbers wrap around as int64 does, the f functions count in decimals.
#include <cmath>

#include "line/template/cast.h"
#include "line/template/decimal.h"
#include "line/template/fail.h"
#include "line/template/functions.h"

namespace narfi::line::tmpl {
namespace of_number {
namespace {

Value Int64(int64_t value) { return MakeInt(value, Type::kInt64); }
uint64_t Bits(const Value& value) { return static_cast<uint64_t>(CastToInt(value)); }

Result<Value> Int(Runtime&, Args args) { return MakeInt(CastToInt(args[0])); }
Result<Value> Float64(Runtime&, Args args) { return MakeFloat(CastToFloat(args[0])); }

Result<Value> Add(Runtime&, Args args) {
  uint64_t sum = 0;
  for (const Value& arg : args) sum += Bits(arg);
  return Int64(static_cast<int64_t>(sum));
}
Result<Value> Sub(Runtime&, Args args) {
  return Int64(static_cast<int64_t>(Bits(args[0]) - Bits(args[1])));
}
Result<Value> Mul(Runtime&, Args args) {
  uint64_t product = 1;
  for (const Value& arg : args) product *= Bits(arg);
  return Int64(static_cast<int64_t>(product));
}

Result<Value> DivMod(Args args, bool divide) {
  const int64_t a = CastToInt(args[0]);
  const int64_t b = CastToInt(args[1]);
  if (b == 0) return Bad("runtime error: integer divide by zero");
  if (b == -1) return Int64(divide ? static_cast<int64_t>(0 - static_cast<uint64_t>(a)) : 0);
  return Int64(divide ? a / b : a % b);
}
Result<Value> Div(Runtime&, Args args) { return DivMod(args, true); }
Result<Value> Mod(Runtime&, Args args) { return DivMod(args, false); }

Result<Value> Max(Runtime&, Args args) {
  int64_t most = CastToInt(args[0]);
  for (const Value& arg : args.subspan(1)) most = std::max(most, CastToInt(arg));
  return Int64(most);
}
Result<Value> Min(Runtime&, Args args) {
  int64_t least = CastToInt(args[0]);
  for (const Value& arg : args.subspan(1)) least = std::min(least, CastToInt(arg));
  return Int64(least);
}

// math.Max and math.Min: NaN wins.
Result<Value> Extreme(Args args, bool max) {
  double best = CastToFloat(args[0]);
  for (const Value& arg : args.subspan(1)) {
    const double value = CastToFloat(arg);
    if (std::isnan(best) || std::isnan(value)) {
      best = std::nan("");
    } else if (value == 0 && best == 0) {
      if (std::signbit(value) != max) best = value;
    } else if (max ? value > best : value < best) {
      best = value;
    }
  }
  return MakeFloat(best);
}
Result<Value> Maxf(Runtime&, Args args) { return Extreme(args, true); }
Result<Value> Minf(Runtime&, Args args) { return Extreme(args, false); }

// Folds the arguments from the left, beginning with `first`.
template <class Fold>
Result<Value> FoldDecimals(Runtime& runtime, double first, Args args, Fold&& fold) {
  NARFI_ASSIGN(Decimal result, Decimal::FromFloat(first));
  for (const Value& arg : args) {
    NARFI_ASSIGN(const Decimal next, Decimal::FromFloat(CastToFloat(arg)));
    NARFI_TRY(runtime.CountWork(result.size() * (1 + next.size())));
    NARFI_ASSIGN(result, fold(result, next));
  }
  return MakeFloat(result.ToFloat());
}

Result<Value> Addf(Runtime& runtime, Args args) {
  return FoldDecimals(runtime, 0, args,
                      [](const Decimal& a, const Decimal& b) -> Result<Decimal> { return a + b; });
}
Result<Value> Subf(Runtime& runtime, Args args) {
  return FoldDecimals(runtime, CastToFloat(args[0]), args.subspan(1),
                      [](const Decimal& a, const Decimal& b) -> Result<Decimal> { return a - b; });
}
Result<Value> Mulf(Runtime& runtime, Args args) {
  return FoldDecimals(runtime, CastToFloat(args[0]), args.subspan(1),
                      [](const Decimal& a, const Decimal& b) -> Result<Decimal> { return a * b; });
}
Result<Value> Divf(Runtime& runtime, Args args) {
  return FoldDecimals(
      runtime, CastToFloat(args[0]), args.subspan(1),
      [](const Decimal& a, const Decimal& b) -> Result<Decimal> { return a.DividedBy(b); });
}

Result<Value> Ceil(Runtime&, Args args) { return MakeFloat(std::ceil(CastToFloat(args[0]))); }
Result<Value> Floor(Runtime&, Args args) { return MakeFloat(std::floor(CastToFloat(args[0]))); }

Result<Value> Round(Runtime&, Args args) {
  const double from = args.size() > 2 ? args[2].real : 0.5;
  const double power = std::pow(10, static_cast<double>(args[1].integer));
  const double digits = power * CastToFloat(args[0]);
  double whole = 0;
  const double rest = std::modf(digits, &whole);
  return MakeFloat((rest >= from ? std::ceil(digits) : std::floor(digits)) / power);
}

constexpr Param kA = Param::kAny;
constexpr Function kFunctions[] = {
    {"int", {kA}, 1, false, Int},
    {"float64", {kA}, 1, false, Float64},
    {"add", {kA}, 1, true, Add},
    {"sub", {kA, kA}, 2, false, Sub},
    {"mul", {kA, kA}, 2, true, Mul},
    {"div", {kA, kA}, 2, false, Div},
    {"mod", {kA, kA}, 2, false, Mod},
    {"addf", {kA}, 1, true, Addf},
    {"subf", {kA, kA}, 2, true, Subf},
    {"mulf", {kA, kA}, 2, true, Mulf},
    {"divf", {kA, kA}, 2, true, Divf},
    {"max", {kA, kA}, 2, true, Max},
    {"min", {kA, kA}, 2, true, Min},
    {"maxf", {kA, kA}, 2, true, Maxf},
    {"minf", {kA, kA}, 2, true, Minf},
    {"ceil", {kA}, 1, false, Ceil},
    {"floor", {kA}, 1, false, Floor},
    {"round", {kA, Param::kInt, Param::kFloat64}, 3, true, Round},
};

}  // namespace
}  // namespace of_number

std::span<const Function> NumberFunctions() { return of_number::kFunctions; }

}  // namespace narfi::line::tmpl
