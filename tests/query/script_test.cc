// Every file of tests/logql_scripts, by the engine with and without pushdown, whole and scattered,
// and by the naive evaluator.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/pool.h"
#include "query/logql/parser.h"
#include "tests/query/support/script.h"

namespace narfi::query_test {
namespace {

using Kind = ScriptCase::Kind;

query::Request RequestOf(const ScriptCase& test) {
  query::Request request;
  request.tenant = "fake";
  request.query = test.query;
  request.start_ns = test.start_ns;
  request.end_ns = test.end_ns;
  request.step_ns = test.step_ns;
  request.limit = test.limit;
  request.is_instant = test.kind == Kind::kInstant;
  if (test.forward) request.direction = query::Direction::kForward;
  return request;
}

bool SameNumber(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

std::string ToText(const LabelMap& labels) {
  std::string text;
  for (const auto& [name, value] : labels) text += (text.empty() ? "" : ",") + name + "=" + value;
  return "{" + text + "}";
}

// What an answer and a script both become to be compared; numbers are compared apart.
struct Answer {
  std::string error;
  std::vector<NaiveEntry> entries;
  NaiveSeries series;
};

void CheckLines(const ScriptCase& test, const Answer& got) {
  std::vector<ScriptCase::Line> want = test.lines;
  std::stable_sort(want.begin(), want.end(), [](const auto& a, const auto& b) {
    return std::tie(a.time_ns, a.text) < std::tie(b.time_ns, b.text);
  });
  std::vector<NaiveEntry> entries = got.entries;
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.time_ns, a.line) < std::tie(b.time_ns, b.line);
  });
  REQUIRE(entries.size() == want.size());
  for (size_t i = 0; i < want.size(); ++i) {
    CHECK(entries[i].time_ns == want[i].time_ns);
    CHECK(entries[i].line == want[i].text);
    if (want[i].labels) CHECK(ToText(entries[i].labels) == ToText(*want[i].labels));
  }
}

void CheckSeries(const ScriptCase& test, const Answer& got) {
  for (const auto& [labels, points] : got.series) {
    CAPTURE(ToText(labels));
    const auto want = test.series.find(labels);
    REQUIRE(want != test.series.end());
    REQUIRE(points.size() == want->second.size());
    for (const auto& [time, value] : points) {
      CAPTURE(time);
      REQUIRE(want->second.count(time) != 0);
      const double expected = want->second.at(time);
      CHECK_MESSAGE(SameNumber(value, expected),
                    (std::to_string(value) + " for " + std::to_string(expected)));
    }
  }
  CHECK(got.series.size() == test.series.size());
}

void CheckAnswer(const ScriptCase& test, const Answer& got) {
  if (test.kind == Kind::kFail) {
    // The naive evaluator says the beginning only.
    const bool as_told = !got.error.empty() &&
                         (got.error.starts_with(test.error) || test.error.starts_with(got.error));
    CHECK_MESSAGE(as_told, ("got \"" + got.error + "\""));
    return;
  }
  REQUIRE_MESSAGE(got.error.empty(), got.error);
  if (test.kind == Kind::kLines) return CheckLines(test, got);
  CheckSeries(test, got);
}

LabelMap ToMap(const query::LabelPairs& labels) {
  LabelMap map;
  for (const Label& label : labels) map[label.name] = label.value;
  return map;
}

struct AnswerOf {
  Answer operator()(const query::StreamsResult& streams) const {
    Answer answer;
    for (const query::LogStream& stream : streams.streams) {
      for (const query::LogEntry& entry : stream.entries)
        answer.entries.push_back({ToMap(stream.labels), entry.time_ns, std::string(entry.line)});
    }
    return answer;
  }
  Answer operator()(const query::MatrixResult& matrix) const {
    Answer answer;
    for (const query::Series& series : matrix.series) {
      for (const query::Point& point : series.points)
        answer.series[ToMap(series.labels)][point.time_ns] = point.value;
    }
    return answer;
  }
  Answer operator()(const query::VectorResult& vector) const {
    Answer answer;
    for (const query::Sample& sample : vector.samples)
      answer.series[ToMap(sample.labels)][sample.point.time_ns] = sample.point.value;
    return answer;
  }
  Answer operator()(const query::ScalarResult& scalar) const {
    Answer answer;
    answer.series[{}][scalar.point.time_ns] = scalar.point.value;
    return answer;
  }
};

Answer ByEngine(const Script& script, const ScriptCase& test, const Layout& layout, bool pushdown) {
  MemorySource source;
  for (const TestStream& stream : script.streams) source.Add(stream, layout);
  Pool pool("test", 2);
  query::Engine engine(source, pool, SystemClock());
  query::QueryContext context;
  context.use_pushdown = pushdown;
  const auto result = engine.Execute(RequestOf(test), context);
  return result ? std::visit(AnswerOf{}, result->data) : Answer{result.error().text, {}, {}};
}

Answer ByHand(const Script& script, const ScriptCase& test) {
  const query::Request request = RequestOf(test);
  const auto expr = logql::Parse(test.query);
  if (!expr) return {expr.error().text, {}, {}};
  NaiveAnswer naive = EvaluateNaively(script.streams, request, *expr);
  std::stable_sort(naive.entries.begin(), naive.entries.end(), [&](const auto& a, const auto& b) {
    return test.forward ? a.time_ns < b.time_ns : a.time_ns > b.time_ns;
  });
  if (naive.entries.size() > test.limit) naive.entries.resize(test.limit);
  return {naive.error, naive.entries, naive.series};
}

std::vector<std::string> ScriptFiles() {
  const std::string folder = std::string(NARFI_SOURCE_DIR) + "/tests/logql_scripts";
  std::vector<std::string> files;
  const auto names = MachineFileSystem().List(folder);
  REQUIRE(names.has_value());
  for (const std::string& name : *names) {
    if (name.ends_with(".test")) files.push_back(JoinPath(folder, name));
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST_CASE("The scripts of tests/logql_scripts") {
  const auto files = ScriptFiles();
  REQUIRE(files.size() >= 5);
  for (const std::string& file : files) {
    CAPTURE(file);
    const auto text = MachineFileSystem().ReadAll(file);
    REQUIRE(text.has_value());
    const auto script = ParseScript(*text);
    REQUIRE_MESSAGE(script.has_value(), (script ? "" : script.error().text));
    REQUIRE(!script->cases.empty());
    for (const ScriptCase& test : script->cases) {
      CAPTURE(test.number);
      CAPTURE(test.query);
      for (const bool pushdown : {true, false}) {
        CAPTURE(pushdown);
        CheckAnswer(test, ByEngine(*script, test, {}, pushdown));
        CheckAnswer(test, ByEngine(*script, test, {.rows_per_run = 2, .scatter = 2}, pushdown));
      }
      INFO("by the naive evaluator");
      CheckAnswer(test, ByHand(*script, test));
    }
  }
}

}  // namespace
}  // namespace narfi::query_test
