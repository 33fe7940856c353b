// Which parts of the language the engine runs; the one table that says so.
#pragma once

#include "base/result.h"
#include "query/logql/ast.h"

namespace narfi::query {

struct SupportOptions {
  bool approx_topk = false;  // the tenant may use it
  bool is_instant = false;
};

// kInvalidArgument with "parse error : <what> is not supported" for the first part that has no
// operator; Loki's words for approx_topk where it is off or does not fit.
Status CheckSupported(const logql::Expr& expr, const SupportOptions& options);

}  // namespace narfi::query
