#include <doctest/doctest.h>

#include <algorithm>

#include "query/plan/step_grid.h"
#include "tests/query/support/query_fixture.h"

namespace narfi::query_test {
namespace {

TEST_CASE("A window holds its end and not its beginning") {
  query::Windows windows{{100, 10, 5}, 20, 0};
  const auto steps = [&](int64_t time) {
    const query::StepSpan span = windows.StepsOf(time);
    return span.empty() ? std::string("none")
                        : std::to_string(span.first) + "-" + std::to_string(span.last);
  };
  CHECK(steps(80) == "none");
  CHECK(steps(81) == "0-0");
  CHECK(steps(100) == "0-1");
  CHECK(steps(101) == "1-2");
  CHECK(steps(140) == "4-4");
  CHECK(steps(141) == "none");
  CHECK(steps(INT64_MAX) == "none");
  CHECK(steps(INT64_MIN) == "none");
  windows.offset_ns = 30;
  CHECK(steps(70) == "0-1");
}

TEST_CASE("Range queries round start down and end up to the step") {
  QueryFixture f;
  f.request.start_ns = 17 * kTestSecond;
  f.request.end_ns = 31 * kTestSecond;
  CHECK(f.Text("vector(1)") == "{} 10s=1 20s=1 30s=1 40s=1\n");
  CHECK(f.Text("1 + 1") == "{} 10s=2 20s=2 30s=2 40s=2\n");
  f.request.end_ns = 20 * kTestSecond;
  f.request.start_ns = 20 * kTestSecond;
  CHECK(f.Text("vector(1)") == "{} 20s=1\n");
}

TEST_CASE("An entry with an error fails a metric query that sees the error") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {R"({"a":1})", "no json"});
  f.request.is_instant = true;
  f.request.end_ns = 100 * kTestSecond;
  CHECK(f.Text(R"(count_over_time({app="x"} | json [5m]))") ==
        "pipeline error: 'JSONParserErr' for series: '{__error__=\"JSONParserErr\", "
        "__error_details__=\"Value looks like "
        "object, but can't find closing '}' symbol\", app=\"x\"}'.\nUse a label filter to "
        "intentionally skip this error. "
        "(e.g | __error__!=\"JSONParserErr\").\nTo skip all potential errors you can match empty "
        "errors.(e.g "
        "__error__=\"\")\nThe label filter can also be specified after unwrap. (e.g | unwrap "
        "latency | __error__=\"\" )\n");
  CHECK(f.Text(R"(count_over_time({app="x"} | json | __error__="" [5m]))") ==
        "{a=\"1\",app=\"x\"} 1\n");
  // Nobody looks at a field, so that nothing is parsed.
  CHECK(f.Text(R"(sum(count_over_time({app="x"} | json [5m])))") == "{} 2\n");
  CHECK(f.Text(R"(sum by (app) (count_over_time({app="x"} | json | drop __error__ [5m])))") ==
        "{app=\"x\"} 2\n");
}

TEST_CASE("What comes first at one time does not hang on who is read first") {
  const std::vector<std::string> apps = {"a", "b", "c", "d", "e"};
  const auto ask = [&](const std::string& op, bool backwards) {
    QueryFixture f;
    for (size_t i = 0; i < apps.size(); ++i) {
      const std::string& app = apps[backwards ? apps.size() - 1 - i : i];
      const std::string value(1, static_cast<char>('1' + app[0] - 'a'));
      f.Add({{"app", app}}, {"v=" + value, "v=" + value + "0"});
    }
    f.request.is_instant = true;
    f.request.end_ns = 100 * kTestSecond;
    return f.Text(op + R"(({app=~".+"} | logfmt | unwrap v [5m]) by (none))");
  };
  for (const std::string op : {"first_over_time", "last_over_time"}) {
    CAPTURE(op);
    CHECK(ask(op, false) == ask(op, true));
  }
  // Of one of the streams its first or its last value.
  const auto is_one_of = [&](const std::string& got, const std::string& behind) {
    return std::any_of(apps.begin(), apps.end(), [&](const std::string& app) {
      return got == "{} " + std::string(1, static_cast<char>('1' + app[0] - 'a')) + behind + "\n";
    });
  };
  CHECK(is_one_of(ask("first_over_time", false), ""));
  CHECK(is_one_of(ask("last_over_time", false), "0"));
}

TEST_CASE("Details of an error that was dropped still tell series apart") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {"=1", "", ""});
  f.request.is_instant = true;
  CHECK(f.Text(R"(count_over_time({app="x"} | logfmt --strict | drop __error__ [1h]))") ==
        "{__error_details__=\"logfmt syntax error at pos 1 : unexpected '='\",app=\"x\"} 1\n"
        "{app=\"x\"} 2\n");
}

TEST_CASE("Parsers stop when they have what is asked, before a flaw") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {R"({"level":"info","broken)"});
  f.request.is_instant = true;
  f.request.end_ns = 100 * kTestSecond;
  CHECK(f.Text(R"(sum by (level) (count_over_time({app="x"} | json [5m])))") ==
        "{level=\"info\"} 1\n");
  CHECK(f.Text(R"(sum by (other) (count_over_time({app="x"} | json [5m])))")
            .starts_with("pipeline error"));
}

struct EvalCase {
  std::string query;
  std::string want;
};

const std::vector<EvalCase> kInstant = {
    {R"(sum by (n) (count_over_time({app="x"}[1h])))", "{n=\"1\"} 3\n{n=\"2\"} 2\n"},
    {R"(sum without (n) (count_over_time({app="x"}[1h])))", "{app=\"x\"} 5\n"},
    {R"(avg(count_over_time({app="x"}[1h])))", "{} 2.5\n"},
    {R"(stddev(count_over_time({app="x"}[1h])))", "{} 0.5\n"},
    {R"(topk(1, count_over_time({app="x"}[1h])))", "{app=\"x\",n=\"1\"} 3\n"},
    {R"(bottomk(1, count_over_time({app="x"}[1h])))", "{app=\"x\",n=\"2\"} 2\n"},
    {R"(sort(count_over_time({app="x"}[1h])))", "{app=\"x\",n=\"2\"} 2\n{app=\"x\",n=\"1\"} 3\n"},
    {R"(bytes_over_time({app="x"}[1h]))", "{app=\"x\",n=\"1\"} 9\n{app=\"x\",n=\"2\"} 6\n"},
    {R"(sum(rate({app="x"}[50s])))", "{} 0.1\n"},
    {R"(sum(sum_over_time({app="x"} | logfmt | unwrap v [1h])))", "{} 15\n"},
    {R"(max by (n) (max_over_time({app="x"} | logfmt | unwrap v [1h])))",
     "{n=\"1\"} 5\n{n=\"2\"} 4\n"},
    {R"(quantile_over_time(0.5, {app="x"} | logfmt | unwrap v [1h]) by (n))",
     "{n=\"1\"} 3\n{n=\"2\"} 3\n"},
    {R"(first_over_time({app="x",n="1"} | logfmt | unwrap v [1h]) by (n))", "{n=\"1\"} 1\n"},
    {R"(absent_over_time({app="y", n=~"a"}[1h]))", "{app=\"y\"} 1\n"},
    {R"(absent_over_time({app="x"}[1h]))", ""},
    {R"(sum(count_over_time({app="x"}[1h])) / 0)", "{} NaN\n"},
    {R"(2 < sum by (n) (count_over_time({app="x"}[1h])))", "{n=\"1\"} 3\n"},
    {R"(2 < bool sum by (n) (count_over_time({app="x"}[1h])))", "{n=\"1\"} 1\n{n=\"2\"} 0\n"},
    {R"(sum(count_over_time({app="y"}[1h])) or vector(7))", "{} 7\n"},
    {R"(sum by (n) (count_over_time({app="x"}[1h])) / ignoring (n) group_left sum(count_over_time({app="x"}[1h])))",
     "{n=\"1\"} 0.6\n{n=\"2\"} 0.4\n"},
    {R"(sum by (n) (count_over_time({app="x"}[1h])) / on () sum(count_over_time({app="x"}[1h])))",
     "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"},
    {R"q(label_replace(sum by (n) (count_over_time({app="x", n="1"}[1h])), "m", "${who}-$1", "n", "(?P<who>.*)"))q",
     "{m=\"1-1\",n=\"1\"} 3\n"},
    {"vector(2) ^ 3", "{} 8\n"},
    {"1 > bool 2", "0\n"},
};

TEST_CASE("Metric expressions at one point in time") {
  QueryFixture f;
  f.Add({{"app", "x"}, {"n", "1"}}, {"v=1", "v=3", "v=5"});
  f.Add({{"app", "x"}, {"n", "2"}}, {"v=2", "v=4"});
  f.request.is_instant = true;
  f.request.end_ns = 30 * kTestSecond;
  for (const EvalCase& c : kInstant) {
    CAPTURE(c.query);
    CHECK(f.Text(c.query) == c.want);
  }
}

}  // namespace
}  // namespace narfi::query_test
