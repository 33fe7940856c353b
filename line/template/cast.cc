#include "line/template/cast.h"

#include <limits>
#include <string>

#include "base/go_int.h"
#include "base/go_number.h"

namespace narfi::line::tmpl {
namespace {

bool IsDecimal(char c) { return c >= '0' && c <= '9'; }

// "-12.75" without what is behind the point; any other text as it is.
std::string_view WithoutFraction(std::string_view text) {
  size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  while (at < text.size() && IsDecimal(text[at])) ++at;
  const size_t point = at;
  if (at < text.size() && text[at] == '.') ++at;
  while (at > point && at < text.size() && IsDecimal(text[at])) ++at;
  return at == text.size() ? text.substr(0, point) : text;
}

int64_t IntOfText(std::string_view text) {
  const std::string_view whole = WithoutFraction(text);
  if (whole.empty() || whole == "-" || whole == "+") return 0;
  return ParseGoInt(whole, 0).value_or(0);
}

// As the processor converts in Go: what does not fit is the least number.
int64_t IntOfFloat(double value) {
  if (!(value >= -9.2233720368547758e18 && value < 9.2233720368547758e18))
    return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

}  // namespace

int64_t CastToInt(const Value& value) {
  if (value.is_integer() || value.type == Type::kUint8 || value.type == Type::kBool)
    return value.integer;
  if (value.type == Type::kFloat64) return IntOfFloat(value.real);
  if (value.type == Type::kString) return IntOfText(value.text);
  return 0;
}

double CastToFloat(const Value& value) {
  if (value.is_integer() || value.type == Type::kUint8 || value.type == Type::kBool)
    return static_cast<double>(value.integer);
  if (value.type == Type::kFloat64) return value.real;
  if (value.type == Type::kString) return ParseGoFloat(value.text).value_or(0);
  return 0;
}

}  // namespace narfi::line::tmpl
