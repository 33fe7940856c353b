// LogQL tests as scripts: entries, queries over them, and what these answer.
//
//   # Lines that begin with # are for people.
//   load {app="web"}                                  the entries that follow are of this stream
//     @0s level=info msg=ok
//     @10s +{trace="x"} level=error                   with metadata
//   eval lines {app="web"} |= "error" from 0s to 1m   also: ... forward limit 5
//     @10s +{app="web",trace="x"} level=error         labels, where they matter
//   eval instant 1m sum(count_over_time({app="web"}[1m]))
//     {} 2                                            a scalar has no labels in front
//   eval range 0s to 1m step 30s rate({app="web"}[30s])
//     {app="web"} @0s=1 @30s=0.5
//   fail rate({app="web"}) -> parse error at line 1, col 17: syntax error: unexpected )
//
// Times count from the start of a day. A line of an entry that begins with a quote is a LogQL
// string. The same files are run over HTTP by tests/e2e/logql_scripts.py, which reads the same
// words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "tests/query/support/memory_source.h"
#include "tests/query/support/naive.h"

namespace narfi::query_test {

struct ScriptCase {
  enum class Kind : uint8_t { kLines, kInstant, kRange, kFail };
  struct Line {
    int64_t time_ns = 0;
    std::optional<LabelMap> labels;
    std::string text;
  };
  Kind kind = Kind::kLines;
  int number = 0;  // line of the file
  std::string query;
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  int64_t step_ns = 0;
  bool forward = false;
  uint64_t limit = 5000;
  std::vector<Line> lines;
  NaiveSeries series;
  std::string error;  // begins the error's text
};

struct Script {
  std::vector<TestStream> streams;
  std::vector<ScriptCase> cases;
};

Result<Script> ParseScript(const std::string& text);

}  // namespace narfi::query_test
