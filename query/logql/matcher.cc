#include "query/logql/matcher.h"

#include <re2/re2.h>

#include "line/go_regex.h"

namespace narfi::logql {

std::string_view ToText(MatchOp op) {
  switch (op) {
    case MatchOp::kEqual:
      return "=";
    case MatchOp::kNotEqual:
      return "!=";
    case MatchOp::kRegex:
      return "=~";
    case MatchOp::kNotRegex:
      return "!~";
  }
  return "";
}

bool Matcher::Accepts(std::string_view label_value) const {
  switch (op) {
    case MatchOp::kEqual:
      return label_value == value;
    case MatchOp::kNotEqual:
      return label_value != value;
    case MatchOp::kRegex:
      return RE2::FullMatch(label_value, *regex);
    case MatchOp::kNotRegex:
      return !RE2::FullMatch(label_value, *regex);
  }
  return false;
}

Result<Matcher> MakeMatcher(std::string name, MatchOp op, std::string value) {
  Matcher out{std::move(name), op, std::move(value), nullptr};
  if (op == MatchOp::kRegex || op == MatchOp::kNotRegex) {
    NARFI_ASSIGN(out.regex, line::CompileRegex(out.value, {.dot_matches_newline = true}));
  }
  return out;
}

std::vector<LabelPredicate> ToPredicates(const std::vector<Matcher>& matchers) {
  std::vector<LabelPredicate> out;
  for (const Matcher& matcher : matchers) {
    LabelPredicate predicate;
    predicate.name = matcher.name;
    predicate.is_equality = matcher.op == MatchOp::kEqual;
    predicate.value = matcher.value;
    predicate.accepts = [matcher](std::string_view value) { return matcher.Accepts(value); };
    out.push_back(std::move(predicate));
  }
  return out;
}

}  // namespace narfi::logql
