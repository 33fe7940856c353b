// What can be wrong with a stage although it is grammatical: regexes, patterns, paths, addresses.
//
// Loki finds these when it builds the pipeline, after the grammar and the checks of the tree are
// through, and quotes the stage: stage '|~ "("' : error parsing regexp: ...
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/logql/ast.h"

namespace narfi::logql {

// Compiles the pattern of a `regexp` stage and collects its names.
Status FillRegexpStage(RegexpStage& stage);
// The pattern of a `pattern` stage: it must capture something, each name once.
Status CheckParserPattern(std::string_view pattern);
// The pattern of |> and !>: nothing in it may be named.
Status CheckFilterPattern(std::string_view pattern);
// An address, a CIDR or a range a-b.
Status CheckIpPattern(std::string_view pattern);

// Looks at all stages of a query in Loki's order and fills in what is parsed of them (paths). The
// error has Loki's text.
Status FinishStages(Expr& expr);

}  // namespace narfi::logql
