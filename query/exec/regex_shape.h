// The outline of a regular expression: literals, ".*", ".+", concatenations and alternatives; all
// the rest is "other". Read as Go's regexp/syntax reads it, prefixes of alternatives taken out.
//
// Threads: free functions without state. Limits: kMaxGroups levels of groups; deeper is "other".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace narfi::query {

struct RegexShape {
  enum class Kind : uint8_t { kEmpty, kLiteral, kAnyStar, kAnyPlus, kConcat, kAlternate, kOther };
  Kind kind = Kind::kOther;
  std::string text;  // of a literal
  bool ignore_case = false;
  std::vector<RegexShape> parts;  // of a concatenation or of alternatives
};

RegexShape ShapeOfRegex(std::string_view pattern);

}  // namespace narfi::query
