// The engine, with and without pushdown, against the naive evaluator, on random data and queries.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "query/logql/parser.h"
#include "tests/query/support/naive.h"
#include "tests/query/support/random_queries.h"

namespace narfi::query_test {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

uint32_t FirstSeed() {
  const char* seed = std::getenv("NARFI_SEED");
  return seed == nullptr ? 1 : static_cast<uint32_t>(std::strtoul(seed, nullptr, 10));
}

LabelMap ToMap(const query::LabelPairs& labels) {
  LabelMap map;
  for (const Label& label : labels) map[label.name] = label.value;
  return map;
}

std::vector<NaiveEntry> ToEntries(const query::QueryResult& result) {
  std::vector<NaiveEntry> entries;
  for (const query::LogStream& stream : std::get<query::StreamsResult>(result.data).streams) {
    for (const query::LogEntry& entry : stream.entries)
      entries.push_back({ToMap(stream.labels), entry.time_ns, std::string(entry.line)});
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

NaiveSeries ToSeries(const query::QueryResult& result) {
  NaiveSeries series;
  for (const query::Series& one : std::get<query::MatrixResult>(result.data).series) {
    for (const query::Point& point : one.points)
      series[ToMap(one.labels)][point.time_ns] = point.value;
  }
  return series;
}

bool Close(const NaiveSeries& a, const NaiveSeries& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [labels, points] : a) {
    const auto other = b.find(labels);
    if (other == b.end() || other->second.size() != points.size()) return false;
    for (const auto& [time, value] : points) {
      const auto match = other->second.find(time);
      if (match == other->second.end() ||
          std::abs(match->second - value) > 1e-9 * std::max(1.0, std::abs(value)))
        return false;
    }
  }
  return true;
}

struct World {
  std::vector<TestStream> streams;
  MemorySource source;
  Pool pool{"test", 2};
  query::Engine engine{source, pool, SystemClock()};

  explicit World(RandomWorld& random) : streams(random.Streams()) {
    std::vector<TestStream> in_columns;
    const uint32_t column_percent = random.Below(3) * 50;
    for (TestStream stream : streams) {
      const bool by_column = random.Below(100) < column_percent;
      Layout layout;
      layout.rows_per_run = 1 + random.Below(20);
      layout.scatter = 1 + random.Below(3);
      layout.repeat_percent = 30;
      layout.seed = random.Below(1000);
      // One run of a stream that stands alone holds no equal entries; a head drops them.
      if (by_column || layout.scatter == 1) {
        std::sort(stream.entries.begin(), stream.entries.end());
        stream.entries.erase(std::unique(stream.entries.begin(), stream.entries.end()),
                             stream.entries.end());
      }
      if (by_column) {
        in_columns.push_back(std::move(stream));
      } else {
        source.Add(stream, layout);
      }
    }
    if (in_columns.empty()) return;
    source.AddColumnar(in_columns, 1 + random.Below(150), random.Below(3) * 10, random.Below(2) * 5,
                       random.Below(1000));
  }
};

void CheckLogQuery(World& world, RandomWorld& random, const query::QueryContext& context,
                   bool& some) {
  query::Request request;
  request.tenant = "fake";
  request.query = random.LogQuery();
  request.start_ns = random.Below(60) * kSecond;
  request.end_ns = request.start_ns + (1 + random.Below(100)) * kSecond;
  request.direction =
      random.Below(2) == 0 ? query::Direction::kForward : query::Direction::kBackward;
  request.limit = random.Below(3) == 0 ? 1 + random.Below(20) : 5000;
  CAPTURE(request.query);
  CAPTURE(request.limit);
  const auto expr = logql::Parse(request.query);
  REQUIRE_MESSAGE(expr.has_value(), (expr ? "" : expr.error().text));
  NaiveAnswer want = EvaluateNaively(world.streams, request, *expr);
  const auto got = world.engine.Execute(request, context);
  REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().text));
  const std::vector<NaiveEntry> entries = ToEntries(*got);
  some |= !entries.empty();
  if (want.entries.size() <= request.limit) {
    CHECK(entries == want.entries);
    return;
  }
  // With a limit, which of tied entries come back is open: the times are not.
  REQUIRE(entries.size() == request.limit);
  CHECK(std::includes(want.entries.begin(), want.entries.end(), entries.begin(), entries.end()));
  std::vector<int64_t> want_times;
  std::vector<int64_t> times;
  for (const NaiveEntry& entry : want.entries) want_times.push_back(entry.time_ns);
  for (const NaiveEntry& entry : entries) times.push_back(entry.time_ns);
  std::sort(times.begin(), times.end());
  std::sort(want_times.begin(), want_times.end());
  if (request.direction == query::Direction::kForward) {
    want_times.resize(times.size());
  } else {
    want_times.erase(want_times.begin(), want_times.end() - static_cast<ptrdiff_t>(times.size()));
  }
  CHECK(times == want_times);
}

void CheckMetricQuery(World& world, RandomWorld& random, const query::QueryContext& context,
                      bool& some) {
  query::Request request;
  request.tenant = "fake";
  request.query = random.MetricQuery();
  request.start_ns = random.Below(60) * kSecond;
  request.step_ns = (1 + random.Below(30)) * kSecond;
  request.end_ns = request.start_ns + random.Below(100) * kSecond;
  CAPTURE(request.query);
  CAPTURE(request.start_ns);
  CAPTURE(request.end_ns);
  CAPTURE(request.step_ns);
  const auto expr = logql::Parse(request.query);
  REQUIRE_MESSAGE(expr.has_value(), (expr ? "" : expr.error().text));
  const NaiveAnswer want = EvaluateNaively(world.streams, request, *expr);
  const auto got = world.engine.Execute(request, context);
  if (!want.error.empty()) {
    REQUIRE(!got.has_value());
    // Which entry is met first is open, and with it which error.
    CHECK(got.error().text.starts_with("pipeline error: '"));
    return;
  }
  REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().text));
  some |= !want.series.empty();
  const auto dump = [](const NaiveSeries& series) {
    std::string text;
    for (const auto& [labels, points] : series) {
      for (const auto& [name, value] : labels) text += name + "=" + value + " ";
      for (const auto& [time, value] : points)
        text += std::to_string(time / kSecond) + ":" + std::to_string(value) + " ";
      text += "\n";
    }
    return text;
  };
  CHECK_MESSAGE(Close(ToSeries(*got), want.series), dump(ToSeries(*got)), " WANT\n",
                dump(want.series));
}

TEST_CASE("The engine gives what the naive evaluator gives, with and without pushdown") {
  int with_answer = 0;
  const uint32_t first = FirstSeed();
  for (uint32_t seed = first; seed < first + 60; ++seed) {
    CAPTURE(seed);
    for (const bool pushdown : {true, false}) {
      RandomWorld random(seed);
      World world(random);
      query::QueryContext context;
      context.use_pushdown = pushdown;
      context.max_series = 100'000;
      for (int i = 0; i < 10; ++i) {
        bool some = false;
        CheckLogQuery(world, random, context, some);
        CheckMetricQuery(world, random, context, some);
        with_answer += some ? 1 : 0;
      }
    }
  }
  MESSAGE("seeds " << first << " to " << first + 59
                   << ", pairs of queries with an answer: " << with_answer);
  CHECK(with_answer > 300);
}

}  // namespace
}  // namespace narfi::query_test
