// The limits of a tenant that a query's text and range are held to before it runs.
//
// Texts are Loki's. Threads: pure.
#pragma once

#include "base/result.h"
#include "config/limits.h"
#include "query/exec/engine.h"

namespace narfi::server {

// kLimit with what is too large; `request.expr` must be there.
Status CheckQueryLimits(const query::Request& request, const config::Limits& limits);

}  // namespace narfi::server
