// Binary operators: their operands, modifiers, and what is done at once between two literals.
#include <fmt/format.h>
#include <cmath>

#include "query/logql/grammar.h"
#include "query/logql/parser.h"
#include "query/logql/precedence.h"

namespace narfi::logql {
namespace {

struct Operator {
  TokenKind token;
  BinaryOp op;
};

constexpr Operator kOperators[] = {
    {TokenKind::kOr, BinaryOp::kOr},
    {TokenKind::kAnd, BinaryOp::kAnd},
    {TokenKind::kUnless, BinaryOp::kUnless},
    {TokenKind::kCompareEqual, BinaryOp::kEqual},
    {TokenKind::kNotEqual, BinaryOp::kNotEqual},
    {TokenKind::kLess, BinaryOp::kLess},
    {TokenKind::kLessEqual, BinaryOp::kLessEqual},
    {TokenKind::kGreater, BinaryOp::kGreater},
    {TokenKind::kGreaterEqual, BinaryOp::kGreaterEqual},
    {TokenKind::kAdd, BinaryOp::kAdd},
    {TokenKind::kSubtract, BinaryOp::kSubtract},
    {TokenKind::kMultiply, BinaryOp::kMultiply},
    {TokenKind::kDivide, BinaryOp::kDivide},
    {TokenKind::kModulo, BinaryOp::kModulo},
    {TokenKind::kPower, BinaryOp::kPower},
};

const Operator* FindOperator(TokenKind kind) {
  for (const Operator& entry : kOperators) {
    if (entry.token == kind) return &entry;
  }
  return nullptr;
}

double Compute(BinaryOp op, double left, double right) {
  switch (op) {
    case BinaryOp::kAdd:
      return left + right;
    case BinaryOp::kSubtract:
      return left - right;
    case BinaryOp::kMultiply:
      return left * right;
    case BinaryOp::kDivide:
      return right == 0 ? std::nan("") : left / right;
    case BinaryOp::kModulo:
      return right == 0 ? std::nan("") : std::fmod(left, right);
    case BinaryOp::kPower:
      return std::pow(left, right);
    case BinaryOp::kEqual:
      return left == right ? 1 : 0;
    case BinaryOp::kNotEqual:
      return left != right ? 1 : 0;
    case BinaryOp::kGreater:
      return left > right ? 1 : 0;
    case BinaryOp::kGreaterEqual:
      return left >= right ? 1 : 0;
    case BinaryOp::kLess:
      return left < right ? 1 : 0;
    case BinaryOp::kLessEqual:
      return left <= right ? 1 : 0;
    default:
      return 0;  // set operations take no literals
  }
}

const Literal* AsLiteral(const ParsedExpr& parsed) {
  const auto* sample = std::get_if<SampleExpr>(&parsed.expr);
  return sample == nullptr ? nullptr : std::get_if<Literal>(&sample->node);
}

// Loki's names of its own types are part of its messages.
std::string_view KindOf(const Expr& expr) {
  const auto* log = std::get_if<LogSelector>(&expr);
  if (log == nullptr) return "";
  return log->stages.empty() ? "*syntax.MatchersExpr" : "*syntax.PipelineExpr";
}

// What is wrong with the two sides of an operation, in the order in which Loki looks.
std::optional<std::string> FindOperandFlaw(BinaryOp op, const ParsedExpr& left,
                                           const ParsedExpr& right) {
  const std::string_view name = ToText(op);
  const auto wrong_type = [&](std::string_view side, const ParsedExpr& parsed) {
    return fmt::format("unexpected type for {} leg of binary operation ({}): {}", side, name,
                       KindOf(parsed.expr));
  };
  if (!std::holds_alternative<SampleExpr>(left.expr)) return wrong_type("left", left);
  if (!std::holds_alternative<SampleExpr>(right.expr)) return wrong_type("right", right);
  const Literal* left_literal = AsLiteral(left);
  const Literal* right_literal = AsLiteral(right);
  if (left_literal != nullptr && left.flaw) return left.flaw;
  if (right_literal != nullptr && right.flaw) return right.flaw;
  if (IsSetOperation(op)) {
    const auto no_literal = [&](std::string_view side, double value) {
      return fmt::format("unexpected literal for {} leg of logical/set binary operation ({}): {:f}",
                         side, name, value);
    };
    if (left_literal != nullptr) return no_literal("left", left_literal->value);
    if (right_literal != nullptr) return no_literal("right", right_literal->value);
  }
  return left.flaw ? left.flaw : right.flaw;
}

ParsedExpr Combine(BinaryOperation operation, ParsedExpr left, ParsedExpr right) {
  ParsedExpr out;
  out.flaw = FindOperandFlaw(operation.op, left, right);
  out.depth = std::max(left.depth, right.depth) + 1;
  const Position begin = std::visit([](const auto& node) { return node.position; }, left.expr);
  if (out.flaw) {
    // A flawed tree is never seen; it only stays a metric query.
    out.expr = SampleExpr{VectorFunction{}, begin};
    return out;
  }
  const Literal* left_literal = AsLiteral(left);
  const Literal* right_literal = AsLiteral(right);
  if (left_literal != nullptr && right_literal != nullptr) {
    out.expr = SampleExpr{Literal{Compute(operation.op, left_literal->value, right_literal->value)},
                          begin};
    out.depth = 1;
    return out;
  }
  operation.left = std::make_unique<SampleExpr>(std::move(std::get<SampleExpr>(left.expr)));
  operation.right = std::make_unique<SampleExpr>(std::move(std::get<SampleExpr>(right.expr)));
  out.expr = SampleExpr{std::move(operation), begin};
  return out;
}

}  // namespace

Result<ParsedExpr> Grammar::ParseBinary(int min_precedence) {
  const Level level(level_);
  NARFI_TRY(CheckDepth(level_));
  NARFI_ASSIGN(ParsedExpr left, ParseOperand());
  return ParseOperations(std::move(left), min_precedence);
}

// Operators behind `left` that bind at least as close as `min_precedence`.
Result<ParsedExpr> Grammar::ParseOperations(ParsedExpr left, int min_precedence) {
  while (const Operator* entry = FindOperator(kind())) {
    const Precedence precedence = PrecedenceOf(entry->op);
    if (precedence.level < min_precedence) break;
    BinaryOperation operation;
    operation.op = entry->op;
    Advance();
    NARFI_TRY(ParseModifiers(operation));
    NARFI_ASSIGN(ParsedExpr right, ParseBinary(precedence.level + (precedence.to_right ? 0 : 1)));
    left = Combine(std::move(operation), std::move(left), std::move(right));
    NARFI_TRY(CheckDepth(left.depth));
  }
  return left;
}

// [bool] [on (...) | ignoring (...) [group_left [(...)] | group_right [(...)]]]
Status Grammar::ParseModifiers(BinaryOperation& operation) {
  operation.return_bool = Accept(TokenKind::kBool);
  if (!Is(TokenKind::kOn) && !Is(TokenKind::kIgnoring)) return {};
  VectorMatching matching;
  matching.on = Is(TokenKind::kOn);
  Advance();
  NARFI_ASSIGN(matching.labels, ParseLabelList());
  NARFI_TRY(ParseGroupModifier(matching));
  operation.matching = std::move(matching);
  return {};
}

Status Grammar::ParseGroupModifier(VectorMatching& matching) {
  if (Is(TokenKind::kGroupLeft)) {
    matching.cardinality = Cardinality::kManyToOne;
  } else if (Is(TokenKind::kGroupRight)) {
    matching.cardinality = Cardinality::kOneToMany;
  } else {
    return {};
  }
  Advance();
  if (!Is(TokenKind::kOpenParen)) return {};
  NARFI_ASSIGN(matching.include, ParseLabelList());
  return {};
}

}  // namespace narfi::logql
