// The expressions of `json label="..."` and `logfmt label="..."`.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/logql/stages.h"

namespace narfi::logql {

// a.b["c d"][0]; errors as Loki's: "cannot parse expression [a..b]: syntax error: unexpected DOT,
// expecting FIELD".
Result<std::vector<PathStep>> ParseJsonPath(std::string_view expression);
// A key, or one in double quotes.
Result<std::string> ParseLogfmtKey(std::string_view expression);

}  // namespace narfi::logql
