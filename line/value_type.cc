#include "line/value_type.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/duration.h"
#include "base/size.h"

namespace narfi::line {
namespace {

// No number, duration or size that anybody writes is longer.
constexpr size_t kMaxTyped = 64;

std::string_view WithoutPlus(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

bool IsInt(std::string_view text) {
  int64_t value = 0;
  text = WithoutPlus(text);
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && stop == text.data() + text.size();
}

bool IsFloat(std::string_view text) {
  double value = 0;
  text = WithoutPlus(text);
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && stop == text.data() + text.size();
}

bool IsBoolean(std::string_view text) {
  constexpr std::string_view kWords[] = {"t", "T", "true",  "TRUE",  "True",
                                         "f", "F", "false", "FALSE", "False"};
  return std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords);
}

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

bool IsUuid(std::string_view text) {
  if (text.size() == 32) return IsHex(text);
  if (text.size() != 36) return false;
  for (const size_t dash : {8, 13, 18, 23}) {
    if (text[dash] != '-') return false;
  }
  return IsHex(text.substr(0, 8)) && IsHex(text.substr(9, 4)) && IsHex(text.substr(14, 4)) &&
         IsHex(text.substr(19, 4)) && IsHex(text.substr(24));
}

}  // namespace

ValueType TypeOfValue(std::string_view text) {
  if (text.empty() || text.size() > kMaxTyped) return ValueType::kString;
  if (IsInt(text)) return ValueType::kInt;
  if (IsFloat(text)) return ValueType::kFloat;
  if (IsBoolean(text)) return ValueType::kBoolean;
  if (ParseGoDuration(text)) return ValueType::kDuration;
  if (ParseHumanBytes(text)) return ValueType::kBytes;
  return ValueType::kString;
}

std::string_view NameOf(ValueType type) {
  switch (type) {
    case ValueType::kString:
      return "string";
    case ValueType::kInt:
      return "int";
    case ValueType::kFloat:
      return "float";
    case ValueType::kBoolean:
      return "boolean";
    case ValueType::kDuration:
      return "duration";
    case ValueType::kBytes:
      return "bytes";
  }
  return "string";
}

bool IsId(std::string_view text) { return IsFloat(text) || IsUuid(text); }

}  // namespace narfi::line
