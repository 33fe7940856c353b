// Text to tree: the whole of LogQL as of Loki 3.7.
//
// Error texts are Loki's, word for word and column for column ("parse error at line 1, col 5:
// syntax error: unexpected $end, expecting ..."). Codes: kInvalidArgument, or kInternal where Loki
// answers 500. Limits:  kMaxQueryBytes of text, kMaxDepth levels of nesting; what is past them gets
// one sentence. Threads: free functions without state.
#pragma once

#include <string_view>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "query/logql/ast.h"

namespace narfi::logql {

constexpr size_t kMaxQueryBytes = 131072;
constexpr int kMaxDepth = 500;

// What is understood beyond Loki.
struct ParseOptions {
  bool open_selectors = false;  // selectors that leave every stream open, {} among them
};

// A query of either kind, checked as a whole: the selectors in it can select something.
Result<Expr> Parse(std::string_view query, ParseOptions options = {});
// Grammar and types alone, as format_query asks for them: stages may still hold regexes, patterns
// and paths that do not compile. Not to be run.
Result<Expr> ParseToPrint(std::string_view query);
// The same, but a metric query is an error.
Result<LogSelector> ParseLogSelector(std::string_view query);
// A stream selector alone, without stages: match[] of series, `query` of labels and index/stats.
Result<std::vector<Matcher>> ParseSelector(std::string_view selector);
// The same, but {} is every stream: match[] of series, `query` of index/volume.
Result<std::vector<Matcher>> ParseOpenSelector(std::string_view selector);

// The labels of a stream in a push body, {a="b", c="d"}; names must be unique and valid.
Result<Labels> ParseLabels(std::string_view text);

}  // namespace narfi::logql
