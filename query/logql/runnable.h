// What the grammar allows and Loki still does not run: literals where a vector must be.
#pragma once

#include "base/result.h"
#include "query/logql/ast.h"

namespace narfi::logql {

// kInvalidArgument or kInternal (Loki answers 500), with Loki's text.
Status CheckRunnable(const Expr& expr);

}  // namespace narfi::logql
