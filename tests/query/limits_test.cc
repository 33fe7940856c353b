#include <doctest/doctest.h>

#include "query/exec/monitor.h"
#include "tests/query/support/query_fixture.h"

namespace narfi::query_test {
namespace {

std::vector<std::string> ManyLines(size_t count) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < count; ++i)
    lines.push_back("id=" + std::to_string(i) + " a line of some length");
  return lines;
}

TEST_CASE("A query with more series than allowed fails in Loki's words") {
  QueryFixture f;
  f.Add({{"app", "x"}}, ManyLines(501));
  f.request.is_instant = true;
  const auto result = f.Run(R"(count_over_time({app="x"} | logfmt [1h]))");
  REQUIRE(!result.has_value());
  CHECK(result.error().code == Code::kLimit);
  CHECK(result.error().text ==
        "maximum number of series (500) reached for a single query; consider reducing query "
        "cardinality by adding "
        "more specific stream selectors, reducing the time range, or aggregating results with "
        "functions like sum(), "
        "count() or topk()");
  CHECK(!f.Run(R"(topk(3, count_over_time({app="x"} | logfmt [1h])))").has_value());
  CHECK(!f.Run(R"(sum by (id) (count_over_time({app="x"} | logfmt [1h])))").has_value());
  // What is aggregated at once is not counted.
  CHECK(f.Text(R"(count(count_over_time({app="x"} | logfmt [1h])))") == "{} 501\n");
  CHECK(f.Text(R"(sum(count_over_time({app="x"} | logfmt [1h])))") == "{} 501\n");
  f.context.max_series = 501;
  CHECK(f.Run(R"(count_over_time({app="x"} | logfmt [1h]))").has_value());
}

TEST_CASE("A query past its deadline stops") {
  QueryFixture f;
  f.Add({{"app", "x"}}, ManyLines(10));
  f.context.deadline_ns = f.clock.MonotonicNs() + 5;
  CHECK(f.Run(R"({app="x"})").has_value());
  f.clock.Advance(5);
  const auto result = f.Run(R"({app="x"})");
  REQUIRE(!result.has_value());
  CHECK(result.error().code == Code::kDeadline);
}

TEST_CASE("A cancelled query stops") {
  QueryFixture f;
  f.Add({{"app", "x"}}, ManyLines(10));
  std::atomic<bool> cancelled = false;
  f.context.cancelled = &cancelled;
  CHECK(f.Run(R"({app="x"})").has_value());
  cancelled = true;
  const auto result = f.Run(R"(sum(rate({app="x"}[1m])))");
  REQUIRE(!result.has_value());
  CHECK(result.error().code == Code::kCancelled);
}

TEST_CASE("A query stops when it has read as many bytes as it may") {
  QueryFixture f;
  f.Add({{"app", "x"}}, ManyLines(100));
  f.context.max_bytes_read = 1000;
  const auto result = f.Run(R"({app="x"} |= "nothing has this")");
  // No line holds the needle, so that none is read.
  CHECK(result.has_value());
  f.context.use_pushdown = false;
  const auto plain = f.Run(R"({app="x"} |= "nothing has this")");
  REQUIRE(!plain.has_value());
  CHECK(plain.error().code == Code::kLimit);
  CHECK(plain.error().text.starts_with("the query would read too many bytes (query: at least "));
}

TEST_CASE("A query that needs more memory than its share fails alone, with a sentence") {
  QueryFixture f;
  f.Add({{"app", "x"}}, std::vector<std::string>(2000, std::string(4096, 'x')), {});
  f.request.limit = 5000;
  f.request.end_ns = 5000 * kTestSecond;
  f.context.max_memory_bytes = 4 << 20;
  const auto result = f.Run(R"({app="x"})");
  REQUIRE(!result.has_value());
  CHECK(result.error().code == Code::kLimit);
  CHECK(result.error().text.starts_with("the query needs more memory than its share of 4.0 MiB"));
  CHECK(query::IsOverMemory(result.error()));
  f.request.limit = 100;
  CHECK(f.Run(R"({app="x"})").has_value());
  // Many series along many steps.
  f.context.max_memory_bytes = 1 << 20;
  f.Add({{"app", "y"}}, ManyLines(400));
  f.request.step_ns = kTestSecond;
  CHECK(!f.Run(R"(count_over_time({app="y"} | logfmt [5s]))").has_value());
}

TEST_CASE("topk takes memory for the series that it keeps, not for all again") {
  QueryFixture f;
  f.Add({{"app", "y"}}, ManyLines(400));
  f.request.end_ns = 5000 * kTestSecond;
  f.request.step_ns = 36 * kTestSecond;
  const std::string all = R"(count_over_time({app="y"} | logfmt [5s]))";
  constexpr uint64_t kSteps = 16 << 10;
  f.context.max_memory_bytes = kSteps;
  while (!f.Run(all)) f.context.max_memory_bytes += kSteps;
  CHECK(f.context.max_memory_bytes > 8 * kSteps);
  CHECK(!f.Run("topk(400, " + all + ")").has_value());
  f.context.max_memory_bytes += kSteps;
  CHECK(f.Run("topk(1, " + all + ")").has_value());
}

TEST_CASE("A result holds its part of the memory of all queries, and gives it back") {
  QueryFixture f;
  f.Add({{"app", "x"}}, std::vector<std::string>(100, std::string(4096, 'x')));
  f.context.memory = std::make_shared<MemoryShare>(64 << 20);
  {
    const auto result = f.Run(R"({app="x"})");
    REQUIRE(result.has_value());
    CHECK(f.context.memory->used_bytes() >= 100 * 4096);
  }
  CHECK(f.context.memory->used_bytes() == 0);
}

TEST_CASE("A range query has at most 11,000 steps") {
  QueryFixture f;
  f.Add({{"app", "x"}}, ManyLines(10));
  f.request.step_ns = kTestSecond;
  f.request.end_ns = 11'000 * kTestSecond;
  CHECK(f.Run(R"(sum(rate({app="x"}[1m])))").has_value());
  f.request.end_ns = 11'001 * kTestSecond;
  CHECK(f.Text(R"(sum(rate({app="x"}[1m])))") ==
        "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of "
        "the step parameter");
  f.request.step_ns = 0;
  CHECK(f.Text("vector(1)") ==
        "zero or negative query resolution step widths are not accepted. Try a positive integer");
}

TEST_CASE("approx_topk is off by default, and counts exactly where it is on") {
  QueryFixture f;
  f.Add({{"app", "x"}}, ManyLines(3));
  f.Add({{"app", "y"}}, ManyLines(2));
  f.request.is_instant = true;
  const char* const query = R"(approx_topk(1, sum by (app) (count_over_time({app=~".+"}[1h]))))";
  const auto off = f.Run(query);
  REQUIRE(!off.has_value());
  CHECK(off.error().code == Code::kInternal);
  CHECK(off.error().text == "approx_topk is not enabled. See -limits.shard_aggregations");
  f.context.approx_topk = true;
  CHECK(f.Text(query) == "{app=\"x\"} 3\n");
  f.request.is_instant = false;
  CHECK(f.Text(query) == "count min sketches are only supported on instant queries");
}

TEST_CASE("A template that costs too much fails its rows, and soon the query") {
  QueryFixture f;
  f.Add({{"app", "x"}}, ManyLines(5));
  const std::string query = R"({app="x"} | line_format `{{ repeat 1000000000 "x" }}`)";
  CHECK(f.Text(query + R"( | __error__="TemplateFormatErr" | keep app)").find("line") !=
        std::string::npos);
  f.Add({{"app", "x"}, {"n", "2"}}, ManyLines(100));
  const auto result = f.Run(query);
  REQUIRE(!result.has_value());
  CHECK(result.error().code == Code::kLimit);
  CHECK(result.error().text.find("the text is larger than 4 MiB") != std::string::npos);
}

TEST_CASE("What a template says of a row is kept short") {
  QueryFixture f;
  f.Add({{"app", "x"}}, ManyLines(3));
  const std::string text =
      f.Text(R"({app="x"} | line_format `{{ range repeat 3000000 "x" }}{{end}}`)");
  CHECK(text.size() < 20'000);
  CHECK(text.find("TemplateFormatErr") != std::string::npos);
}

TEST_CASE("Lines that a template makes do not fill the memory") {
  QueryFixture f;
  f.Add({{"app", "x"}}, ManyLines(40));
  CHECK(f.Text(R"({app="x"} | line_format `{{ repeat 3000000 "x" }}`)") ==
        "the template makes more than 64.0 MiB of text for 40 lines");
  CHECK(f.Text(R"({app="x"} | label_format a=`{{ repeat 3000000 "x" }}`)") ==
        "the template makes more than 64.0 MiB of text for 40 lines");
}

TEST_CASE("What the source says reaches the caller") {
  QueryFixture f;
  f.Add({{"app", "x"}}, ManyLines(3));
  f.source.set_warning("block 7 is damaged");
  const auto result = f.Run(R"({app="x"})");
  REQUIRE(result.has_value());
  CHECK(result->warnings == std::vector<std::string>{"block 7 is damaged"});
  f.source.FailReads({Code::kCorrupt, "segment 1: bad checksum"});
  const auto failed = f.Run(R"(bytes_over_time({app="x"}[1m]))");
  REQUIRE(!failed.has_value());
  CHECK(failed.error().code == Code::kCorrupt);
  CHECK(failed.error().text == "segment 1: bad checksum");
}

TEST_CASE("Over the limit of series, what fits and a warning, for those who ask") {
  QueryFixture f;
  for (const char* n : {"d", "b", "a", "c"}) f.Add({{"app", "x"}, {"n", n}}, {"1"});
  f.context.max_series = 2;
  f.request.is_instant = true;
  f.request.end_ns = 100 * kTestSecond;
  const std::string query = R"(count_over_time({app="x"}[5m]))";
  CHECK(f.Text(query).starts_with("maximum number of series (2) reached for a single query; "));
  f.context.partial_series = true;
  CHECK(f.Text(query) == "{app=\"x\",n=\"a\"} 1\n{app=\"x\",n=\"b\"} 1\n");
  const auto result = f.Run(query);
  REQUIRE(result.has_value());
  CHECK(result->warnings == std::vector<std::string>{"maximum number of series (2) reached for a "
                                                     "single query; 2 of 4 series are shown"});
  // What is small enough in the end is whole.
  CHECK(f.Text("sum(" + query + ")") == "{} 4\n");
}

TEST_CASE("A selector of too many streams is refused") {
  QueryFixture f;
  for (const char* n : {"a", "b", "c"}) f.Add({{"app", "x"}, {"n", n}}, {"1"});
  f.context.max_streams = 2;
  const std::string refused = "cardinality limit exceeded for {}; 3 entries, more than limit of 2";
  CHECK(f.Text(R"({app="x"})") == refused);
  CHECK(f.Text(R"(sum(count_over_time({app="x"}[5m])))") == refused);
  CHECK(f.Run(R"({app="x", n!="a"})").has_value());
}

}  // namespace
}  // namespace narfi::query_test
