// Which parts of the language the engine runs; the one table that says so.
#pragma once

#include "base/result.h"
#include "query/logql/ast.h"

namespace narfi::query {

// kInvalidArgument with "parse error : <what> is not supported" for the first part that has no
// operator.
Status CheckSupported(const logql::Expr& expr);

}  // namespace narfi::query
