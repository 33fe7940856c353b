// How binary operators bind.
#pragma once

#include "query/logql/ast.h"

namespace narfi::logql {

struct Precedence {
  int level = 0;          // the higher, the closer it binds
  bool to_right = false;  // a ^ b ^ c is a ^ (b ^ c)
};

constexpr Precedence PrecedenceOf(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr:
      return {1};
    case BinaryOp::kAnd:
    case BinaryOp::kUnless:
      return {2};
    case BinaryOp::kAdd:
    case BinaryOp::kSubtract:
      return {4};
    case BinaryOp::kMultiply:
    case BinaryOp::kDivide:
    case BinaryOp::kModulo:
      return {5};
    case BinaryOp::kPower:
      return {6, true};
    default:
      return {3};  // comparisons
  }
}

}  // namespace narfi::logql
