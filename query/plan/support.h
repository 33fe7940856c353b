// What a tenant or a request leaves out of the language.
#pragma once

#include "base/result.h"
#include "query/logql/ast.h"

namespace narfi::query {

struct SupportOptions {
  bool approx_topk = false;  // off in Loki unless a tenant's limits turn it on
  bool is_instant = false;
};

// kInternal, in Loki's words, for the first part that is off.
Status CheckSupported(const logql::Expr& expr, const SupportOptions& options);

}  // namespace narfi::query
