// What a query cost, as the "stats" of an answer: Loki's names in Loki's order, and narfid's own
// behind them.
//
// Loki's ingester is what is in heads, its store what is in segments; its chunks are runs (the
// entries of one stream in a row group). What has no meaning here is 0. docs/http-api.md says what
// each number is.
//
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>

#include "query/exec/result.h"

namespace narfi::server {

// `queued_ns`: how long the query waited before it ran.
void AppendStats(std::string& out, const query::QueryStats& stats, int64_t queued_ns);

}  // namespace narfi::server
