// A source, a pool, a clock and an engine over them, and answers as text.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/pool.h"
#include "query/exec/engine.h"
#include "tests/query/support/memory_source.h"

namespace narfi::query_test {

constexpr int64_t kTestSecond = 1'000'000'000;

struct QueryFixture {
  MemorySource source;
  Pool pool{"test", 2};
  ManualClock clock{1};
  query::Engine engine{source, pool, clock};
  query::QueryContext context;
  query::Request request;

  QueryFixture() {
    request.tenant = "fake";
    request.end_ns = 1000 * kTestSecond;
    request.limit = 1000;
    request.step_ns = 10 * kTestSecond;
  }

  // Entries at 0 s, 1 s, ...
  void Add(std::vector<Label> labels, const std::vector<std::string>& lines,
           const Layout& layout = {}) {
    TestStream stream;
    stream.labels = Labels(std::move(labels));
    for (size_t i = 0; i < lines.size(); ++i)
      stream.entries.push_back({static_cast<int64_t>(i) * kTestSecond, lines[i], {}});
    source.Add(stream, layout);
  }

  Result<query::QueryResult> Run(const std::string& text) {
    request.query = text;
    return engine.Execute(request, context);
  }

  // Log queries: "{a="b"} 1s line" a line; metric queries: "{a="b"} 10s=1 20s=2"; errors: their
  // text.
  std::string Text(const std::string& text);
};

std::string ToText(const query::LabelPairs& labels);

}  // namespace narfi::query_test
