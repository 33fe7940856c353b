// The language the slow and plain way: every entry by itself, labels in maps, windows by
// definition.
//
// What the engine answers must be what comes out of here. Only the readers of lines (line/) and the
// parser of queries are shared with it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "query/exec/engine.h"
#include "tests/query/support/memory_source.h"

namespace narfi::query_test {

using LabelMap = std::map<std::string, std::string>;

struct NaiveEntry {
  LabelMap labels;
  int64_t time_ns = 0;
  std::string line;
  auto operator<=>(const NaiveEntry&) const = default;
};

// Series by labels, values by time.
using NaiveSeries = std::map<LabelMap, std::map<int64_t, double>>;

struct NaiveAnswer {
  std::string error;                // begins the engine's error text
  std::vector<NaiveEntry> entries;  // all that pass, sorted; limits are the caller's business
  NaiveSeries series;
};

NaiveAnswer EvaluateNaively(const std::vector<TestStream>& streams, const query::Request& request,
                            const logql::Expr& expr);

// An entry on its way through a pipeline.
struct NaiveRow {
  LabelMap base;  // the stream's labels, whatever stages did to them
  LabelMap stream;
  LabelMap metadata;
  LabelMap parsed;
  std::string error;
  std::string details;
  bool preserve = false;
  int64_t time_ns = 0;
  std::string line;
  // What line filters look at: they are moved ahead of decolorize, not of unpack.
  std::string filtered_line;
};

// What the stages of a query know of it.
struct NaiveContext {
  bool all_fields = true;
  bool everything = false;  // a template looks at all labels
  std::vector<std::string> fields;
  bool skip_parsers = false;
  bool preserve = false;
};

// False when the row does not pass.
bool RunNaiveStages(const std::vector<logql::Stage>& stages, const NaiveContext& context,
                    NaiveRow& row);
bool PassesNaively(const logql::LabelFilter& filter, NaiveRow& row);
LabelMap AllLabels(const NaiveRow& row);

}  // namespace narfi::query_test
