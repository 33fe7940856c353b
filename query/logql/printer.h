// Tree to text: the canonical form in which Loki itself writes a query.
//
// Parse(Print(e)) gives e again. Threads: free functions without state.
#pragma once

#include <concepts>
#include <string>
#include <variant>
#include <vector>

#include "query/logql/ast.h"

namespace narfi::logql {

// On one line.
std::string Print(const SampleExpr& expr);
std::string Print(const LogSelector& selector);
// A template, so that nothing else is ever converted to an Expr to be printed.
template <std::same_as<Expr> E>
std::string Print(const E& expr) {
  return std::visit([](const auto& either) { return Print(either); }, expr);
}
std::string Print(const Stage& stage);
std::string Print(const Unwrap& unwrap);
std::string Print(const LabelFilter& filter);
std::string Print(const Matcher& matcher);
std::string Print(const std::vector<Matcher>& matchers);
std::string Print(const Grouping& grouping);
// "[5m] offset 1h0m0s".
std::string PrintRange(const RangeAggregation& aggregation);
// "/ on (a) group_left (b)".
std::string PrintOperator(const BinaryOperation& operation);

// As format_query answers: long queries broken over several indented lines.
std::string PrettyPrint(const Expr& expr);

}  // namespace narfi::logql
