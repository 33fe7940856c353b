// Matchers: name="value" conditions of stream selectors, label filters, drop and keep.
//
// Regexes of matchers are anchored at both ends: the whole value must match.
// Threads: immutable after construction; share freely.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/labels.h"
#include "base/result.h"

namespace re2 {
class RE2;
}

namespace narfi::logql {

enum class MatchOp : uint8_t { kEqual, kNotEqual, kRegex, kNotRegex };

// "=", "!=", "=~", "!~".
std::string_view ToText(MatchOp op);

struct Matcher {
  std::string name;
  MatchOp op = MatchOp::kEqual;
  std::string value;
  std::shared_ptr<const re2::RE2> regex;  // set for kRegex and kNotRegex

  // A missing label is asked as "".
  bool Accepts(std::string_view label_value) const;
};

// Compiles the regex when there is one; the error is Go's ("error parsing regexp: ...").
Result<Matcher> MakeMatcher(std::string name, MatchOp op, std::string value);

// The form that an index uses. The predicates own what they need.
std::vector<LabelPredicate> ToPredicates(const std::vector<Matcher>& matchers);

}  // namespace narfi::logql
