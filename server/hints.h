// Why a query found nothing: the sentence that saves its writer an hour.
//
// Called only for answers without a single stream, so it may look around: at the label names of the
// tenant, at the values of a label, at a few of the newest lines.
#pragma once

#include <string>
#include <vector>

#include "query/logql/ast.h"
#include "server/params.h"
#include "server/services.h"

namespace narfi::server {

// The matchers of the first selector in the query; null: it has none.
const std::vector<logql::Matcher>* FirstMatchers(const logql::Expr& expr);
// From when to when that selector looks for entries: its [range] goes back from the first moment
// that is asked for, and an offset moves all of it.
TimeRange LookedAt(const query::Request& request);

// Empty when there is nothing to say.
std::vector<std::string> ExplainEmpty(const Services& services, const ReadCall& call,
                                      const std::vector<logql::Matcher>& matchers, int64_t start_ns,
                                      int64_t end_ns);

}  // namespace narfi::server
