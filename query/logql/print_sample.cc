// Metric queries to text.
#include <fmt/format.h>

#include "base/duration.h"
#include "base/go_text.h"
#include "query/logql/print_number.h"
#include "query/logql/printer.h"

namespace narfi::logql {
namespace {

std::string JoinNames(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ","));
}

struct SamplePrinter {
  std::string operator()(const RangeAggregation& node) const {
    std::string out = std::string(ToText(node.op)) + "(";
    if (node.param) out += FormatSample(*node.param) + ",";
    out += Print(node.selector);
    if (node.unwrap) out += " " + Print(*node.unwrap);
    out += PrintRange(node);
    out += ")";
    if (node.grouping) out += " " + Print(*node.grouping);
    return out;
  }

  std::string operator()(const VectorAggregation& node) const {
    std::string out(ToText(node.op));
    if (node.grouping) out += " " + Print(*node.grouping);
    out += "(";
    if (node.param != 0) out += fmt::format("{},", node.param);
    return out + Print(*node.inner) + ")";
  }

  std::string operator()(const BinaryOperation& node) const {
    return fmt::format("({} {} {})", Print(*node.left), PrintOperator(node), Print(*node.right));
  }

  std::string operator()(const Literal& node) const { return PrintGeneral(node.value); }

  std::string operator()(const VectorFunction& node) const {
    return "vector(" + PrintSixPlaces(node.value) + ")";
  }

  std::string operator()(const LabelReplace& node) const {
    std::string out = "label_replace(" + Print(*node.inner);
    for (const std::string* text :
         {&node.destination, &node.replacement, &node.source, &node.pattern}) {
      out += "," + GoQuote(*text);
    }
    return out + ")";
  }
};

}  // namespace

std::string PrintRange(const RangeAggregation& aggregation) {
  std::string out = "[" + FormatPrometheusDuration(aggregation.range_ns) + "]";
  if (aggregation.offset_ns != 0) out += " offset " + FormatGoDuration(aggregation.offset_ns);
  return out;
}

std::string PrintOperator(const BinaryOperation& operation) {
  std::string out(ToText(operation.op));
  if (operation.return_bool) out += " bool";
  if (!operation.matching) return out;
  const VectorMatching& matching = *operation.matching;
  out += fmt::format(" {} ({})", matching.on ? "on" : "ignoring", JoinNames(matching.labels));
  if (matching.cardinality == Cardinality::kOneToOne) return out;
  out += matching.cardinality == Cardinality::kManyToOne ? " group_left" : " group_right";
  return out + fmt::format(" ({})", JoinNames(matching.include));
}

std::string Print(const Grouping& grouping) {
  return fmt::format("{} ({})", grouping.without ? "without" : "by", JoinNames(grouping.labels));
}

std::string Print(const SampleExpr& expr) { return std::visit(SamplePrinter{}, expr.node); }

}  // namespace narfi::logql
