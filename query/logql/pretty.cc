// Queries over several lines: what fits into kMaxLine stays on one, what does not is opened up, its
// parts two columns further in.
#include <fmt/format.h>

#include "base/duration.h"
#include "base/go_text.h"
#include "query/logql/precedence.h"
#include "query/logql/print_number.h"
#include "query/logql/printer.h"

namespace narfi::logql {
namespace {

constexpr size_t kMaxLine = 100;

std::string Indent(int level) { return std::string(static_cast<size_t>(level) * 2, ' '); }

std::string PrettySample(const SampleExpr& expr, int level);

std::string PrettyGrouping(const Grouping& grouping) {
  return fmt::format(" {} ({})", grouping.without ? "without" : "by",
                     fmt::join(grouping.labels, ", "));
}

// Line filters that stand together stay together.
std::string PrettySelector(const LogSelector& selector, int level) {
  const std::string line = Print(selector);
  if (line.size() <= kMaxLine) return Indent(level) + line;
  std::string out = Indent(level) + Print(selector.matchers);
  bool behind_filter = false;
  for (const Stage& stage : selector.stages) {
    const bool filter = std::holds_alternative<LineFilterStage>(stage);
    out += filter && behind_filter ? " " : "\n" + Indent(level + 1);
    out += Print(stage);
    behind_filter = filter;
  }
  return out;
}

std::string PrettyUnwrap(const Unwrap& unwrap, int level) {
  std::string out = Indent(level) + "| unwrap ";
  const bool plain = unwrap.conversion == Conversion::kNone;
  out += plain ? unwrap.label : fmt::format("{}({})", ToText(unwrap.conversion), unwrap.label);
  for (const LabelFilter& filter : unwrap.filters)
    out += "\n" + Indent(level) + "| " + Print(filter);
  return out;
}

// name(
//   argument,
//   argument
// )
std::string Open(std::string head, const std::vector<std::string>& arguments, int level) {
  head += "(\n";
  for (size_t i = 0; i < arguments.size(); ++i) {
    head += arguments[i];
    head += i + 1 < arguments.size() ? ",\n" : "\n";
  }
  return head + Indent(level) + ")";
}

struct PrettyPrinter {
  int level;

  std::string operator()(const RangeAggregation& node) const {
    std::vector<std::string> arguments;
    if (node.param) arguments.push_back(Indent(level + 1) + PrintGeneral(*node.param));
    std::string range = PrettySelector(node.selector, level + 1);
    if (node.unwrap) range += "\n" + PrettyUnwrap(*node.unwrap, level + 2);
    range += " [" + FormatPrometheusDuration(node.range_ns) + "]";
    if (node.offset_ns != 0) range += " offset " + PrettyOffset(node.offset_ns);
    arguments.push_back(std::move(range));
    std::string out = Open(Indent(level) + std::string(ToText(node.op)), arguments, level);
    if (node.grouping) out += PrettyGrouping(*node.grouping);
    return out;
  }

  std::string operator()(const VectorAggregation& node) const {
    std::string head = Indent(level) + std::string(ToText(node.op));
    if (node.grouping) head += PrettyGrouping(*node.grouping);
    std::vector<std::string> arguments;
    if (node.param != 0) arguments.push_back(fmt::format("{}{}", Indent(level + 1), node.param));
    arguments.push_back(PrettySample(*node.inner, level + 1));
    return Open(std::move(head), arguments, level);
  }

  std::string operator()(const BinaryOperation& node) const {
    const Precedence own = PrecedenceOf(node.op);
    return fmt::format("{}\n{}{}\n{}",
                       PrettyOperand(*node.left, own.level + (own.to_right ? 1 : 0)), Indent(level),
                       PrintOperator(node),
                       PrettyOperand(*node.right, own.level + (own.to_right ? 0 : 1)));
  }

  std::string operator()(const LabelReplace& node) const {
    std::vector<std::string> arguments = {PrettySample(*node.inner, level + 1)};
    for (const std::string* text :
         {&node.destination, &node.replacement, &node.source, &node.pattern}) {
      arguments.push_back(Indent(level + 1) + GoQuote(*text));
    }
    return Open(Indent(level) + "label_replace", arguments, level);
  }

  std::string operator()(const Literal& node) const {
    return Indent(level) + PrintGeneral(node.value);
  }
  std::string operator()(const VectorFunction& node) const {
    return Indent(level) + "vector(" + PrintSixPlaces(node.value) + ")";
  }

 private:
  // An operation as an operand stands in parentheses when it binds less than `min_precedence`.
  std::string PrettyOperand(const SampleExpr& operand, int min_precedence) const {
    const auto* inner = std::get_if<BinaryOperation>(&operand.node);
    const bool opened = inner != nullptr && Print(operand).size() > kMaxLine;
    if (!opened || PrecedenceOf(inner->op).level >= min_precedence)
      return PrettySample(operand, level + 1);
    return fmt::format("{}(\n{}\n{})", Indent(level + 1), PrettySample(operand, level + 2),
                       Indent(level + 1));
  }

  // A negative offset keeps Go's form: Prometheus durations have no sign.
  static std::string PrettyOffset(int64_t offset_ns) {
    return offset_ns > 0 ? FormatPrometheusDuration(offset_ns) : FormatGoDuration(offset_ns);
  }
};

std::string PrettySample(const SampleExpr& expr, int level) {
  const std::string line = Print(expr);
  if (line.size() <= kMaxLine) return Indent(level) + line;
  return std::visit(PrettyPrinter{level}, expr.node);
}

}  // namespace

std::string PrettyPrint(const Expr& expr) {
  if (const auto* log = std::get_if<LogSelector>(&expr)) return PrettySelector(*log, 0);
  return PrettySample(std::get<SampleExpr>(expr), 0);
}

}  // namespace narfi::logql
