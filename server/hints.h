// Why a query found nothing: the sentence that saves its writer an hour.
//
// Called only for answers without a single stream, so it may look around: at the label names of the
// tenant, at the values of a label, at a few of the newest lines.
#pragma once

#include <string>
#include <vector>

#include "query/logql/ast.h"
#include "server/services.h"

namespace narfi::server {

// Empty when there is nothing to say.
std::vector<std::string> ExplainEmpty(const Services& services, const ReadCall& call,
                                      const std::vector<logql::Matcher>& matchers, int64_t start_ns,
                                      int64_t end_ns);

}  // namespace narfi::server
