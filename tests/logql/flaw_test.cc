// Queries that are grammatical and mean nothing.
#include <doctest/doctest.h>

#include "query/logql/parser.h"
#include "tests/logql/support/parsing.h"

namespace narfi::logql {
namespace {

constexpr std::string_view kNoMatcher =
    "queries require at least one regexp or equality matcher that does not have an "
    "empty-compatible "
    "value. For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

struct FlawCase {
  std::string_view query;
  std::string_view what;  // behind "parse error : "
};

constexpr FlawCase kFlaws[] = {
    {"{}", kNoMatcher},
    {"{a!=\"b\"}", kNoMatcher},
    {"{a=~\"b|\"}", kNoMatcher},
    {"rate({a=\"\"}[5m])", kNoMatcher},
    {"sum(5)", kNoMatcher},
    {"{a=~\"(\"}", "error parsing regexp: missing closing ): `(`"},
    {"sum_over_time({a=\"b\"}[5m])", "invalid aggregation sum_over_time without unwrap"},
    {"count_over_time({a=\"b\"} | unwrap x [5m])",
     "invalid aggregation count_over_time with unwrap"},
    {"rate({a=\"b\"}[5m]) by (x)", "grouping not allowed for rate aggregation"},
    {"sum_over_time({a=\"b\"} | unwrap x [5m]) by (x)",
     "grouping not allowed for sum_over_time aggregation"},
    {"quantile_over_time({a=\"b\"} | unwrap x [5m])",
     "parameter required for operation quantile_over_time"},
    {"rate(5, {a=\"b\"}[5m])", "parameter 5 not supported for operation rate"},
    {"topk(vector(1))", "parameter required for operation topk"},
    {"topk(1.5, vector(1))", "invalid parameter topk(1.5,"},
    {"topk(0, vector(1))", "invalid parameter (must be greater than 0) topk(0"},
    {"sum(2, vector(1))", "unsupported parameter for operation sum(2,"},
    {"sort by (x) (vector(1))", "sort and sort_desc doesn't allow grouping by "},
    {"approx_topk(1, vector(1)) by (x)", "grouping not allowed for approx_topk aggregation"},
    {"{a=\"b\"} + 1", "unexpected type for left leg of binary operation (+): *syntax.MatchersExpr"},
    {"1 + ({a=\"b\"} | json)",
     "unexpected type for right leg of binary operation (+): *syntax.PipelineExpr"},
    {"1 and 2", "unexpected literal for left leg of logical/set binary operation (and): 1.000000"},
    {"vector(1) or 2",
     "unexpected literal for right leg of logical/set binary operation (or): 2.000000"},
    {"1 + 0x10",
     "unable to parse literal as a float: strconv.ParseFloat: parsing \"0x10\": invalid syntax"},
    {"label_replace(vector(1), \"a\", \"b\", \"c\", \"(\")",
     "invalid regex in label_replace: error parsing regexp: missing closing ): `^(?:()$`"},
};

TEST_CASE("A query that means nothing is refused with Loki's sentence") {
  for (const FlawCase& c : kFlaws) {
    CAPTURE(std::string(c.query));
    CHECK(ErrorOf(c.query) == "parse error : " + std::string(c.what));
  }
}

TEST_CASE("What the text gets wrong counts before what it means") {
  CHECK(ErrorOf("(1 and 2) + }") == "parse error at line 1, col 13: syntax error: unexpected }");
  CHECK(ErrorOf("(1 and 2) + \"") == "parse error at line 1, col 13: literal not terminated");
}

TEST_CASE("A matcher's regex is refused before the rest is read") {
  CHECK(ErrorOf("{a=~\"(\"} }") == "parse error : error parsing regexp: missing closing ): `(`");
}

TEST_CASE("Of several flaws the outermost and leftmost is told") {
  CHECK(ErrorOf("topk(sum(5))") == "parse error : parameter required for operation topk");
  CHECK(ErrorOf("rate({}[5m]) + topk(vector(1))") == "parse error : " + std::string(kNoMatcher));
}

TEST_CASE("Literals where a vector must be are an internal error, as in Loki") {
  for (const std::string_view query :
       {"sort(5)", "topk(1, 5)", "label_replace(5, \"a\", \"b\", \"c\", \"d\")"}) {
    CAPTURE(std::string(query));
    const auto parsed = Parse(query);
    REQUIRE(!parsed);
    CHECK(parsed.error().code == Code::kInternal);
    CHECK(ParseToPrint(query).has_value());
  }
}

TEST_CASE("variants() is known and switched off") {
  CHECK(ErrorOf("variants(rate({a=\"b\"}[5m])) of ({a=\"b\"}[5m])") ==
        "multi variant queries are disabled for this instance");
}

TEST_CASE("Other readers of queries take only what they are for") {
  CHECK(ParseSelector("{a=\"b\"} |= \"x\"").error().text == "only label matchers are supported");
  CHECK(ParseSelector("rate({a=\"b\"}[5m])").error().text == "only label matchers are supported");
  CHECK(ParseSelector("({a=\"b\", c!=\"d\"})")->size() == 2);
  CHECK(!ParseSelector("{}"));
  CHECK(ParseOpenSelector("{ }")->empty());
  CHECK(!ParseOpenSelector("{a=~\".*\"}"));
  CHECK(ParseOpenSelector("{a=\"b\"}")->size() == 1);
  CHECK(ParseLogSelector("{a=\"b\"} | json")->stages.size() == 1);
  CHECK(ParseLogSelector("vector(1)").error().text == "only log selector is supported");
}

TEST_CASE("Open selectors are a flaw, unless they are asked for") {
  for (const char* query :
       {"{}", "{} |= \"x\"", "{app=~\".*\"}", "sum(rate({} | json [1m])) / 2"}) {
    CAPTURE(query);
    const auto refused = Parse(query);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().text.starts_with("parse error : queries require at least one regexp"));
    CHECK(Parse(query, {.open_selectors = true}).has_value());
  }
}

}  // namespace
}  // namespace narfi::logql
