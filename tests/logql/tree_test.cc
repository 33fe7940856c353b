// The trees that queries become.
#include <doctest/doctest.h>

#include "query/logql/parser.h"
#include "query/logql/printer.h"
#include "tests/logql/support/parsing.h"

namespace narfi::logql {
namespace {

template <class T>
T StageOf(std::string_view stages) {
  auto selector = ParseLogSelector("{a=\"b\"} " + std::string(stages));
  REQUIRE(selector.has_value());
  REQUIRE(selector->stages.size() == 1);
  REQUIRE(std::holds_alternative<T>(selector->stages[0]));
  return std::move(std::get<T>(selector->stages[0]));
}

template <class T>
T NodeOf(std::string_view query) {
  auto parsed = Parse(query);
  REQUIRE_MESSAGE(parsed.has_value(), ErrorOf(query));
  auto& sample = std::get<SampleExpr>(*parsed);
  REQUIRE(std::holds_alternative<T>(sample.node));
  return std::move(std::get<T>(sample.node));
}

TEST_CASE("A selector keeps its matchers in order") {
  const auto selector = ParseLogSelector("  {a=\"1\", b!=\"2\", c=~\"3.*\", d!~\"4\"}");
  REQUIRE(selector.has_value());
  REQUIRE(selector->matchers.size() == 4);
  CHECK(selector->matchers[1].op == MatchOp::kNotEqual);
  CHECK(selector->matchers[2].regex != nullptr);
  CHECK(selector->matchers[3].value == "4");
  CHECK(selector->position.column == 3);
}

TEST_CASE("Line filters keep their alternatives") {
  const auto filter = StageOf<LineFilterStage>("|= \"x\" or ip(\"1.1.1.1\")");
  CHECK(filter.op == LineOp::kContains);
  REQUIRE(filter.needles.size() == 2);
  CHECK(!filter.needles[0].is_ip);
  CHECK(filter.needles[1].is_ip);
  const auto regex = StageOf<LineFilterStage>("!~ \"x+\"");
  CHECK(IsNegative(regex.op));
  CHECK(regex.needles[0].regex != nullptr);
}

TEST_CASE("Parsers keep their parameters") {
  CHECK(StageOf<JsonStage>("| json").extractions.empty());
  const auto json = StageOf<JsonStage>("| json x, y=\"a.b[3][\\\"k y\\\"]\"");
  REQUIRE(json.extractions.size() == 2);
  CHECK(json.extractions[0].path[0].field == "x");
  REQUIRE(json.extractions[1].path.size() == 4);
  CHECK(json.extractions[1].path[2].is_index);
  CHECK(json.extractions[1].path[2].index == 3);
  CHECK(json.extractions[1].path[3].field == "k y");
  const auto logfmt = StageOf<LogfmtStage>("| logfmt --strict --keep-empty x=\"y\"");
  CHECK(logfmt.strict);
  CHECK(logfmt.keep_empty);
  CHECK(logfmt.extractions[0].path[0].field == "y");
  const auto regexp = StageOf<RegexpStage>("| regexp `(?P<a>x)(y)(?P<b>z)`");
  CHECK(regexp.names == std::vector<std::string>{"a", "", "b"});
  CHECK(StageOf<PatternStage>("| pattern `<x> y`").pattern == "<x> y");
}

TEST_CASE("Formats, drop and keep keep their names") {
  const auto formats = StageOf<LabelFormatStage>("| label_format x=y, z=\"{{.w}}\"");
  REQUIRE(formats.formats.size() == 2);
  CHECK(formats.formats[0].is_rename);
  CHECK(!formats.formats[1].is_rename);
  const auto drop = StageOf<DropStage>("| drop a, b=\"c\", d=~\"e\"");
  REQUIRE(drop.labels.size() == 3);
  CHECK(!drop.labels[0].matcher);
  CHECK(drop.labels[2].matcher->op == MatchOp::kRegex);
  CHECK(StageOf<KeepStage>("| keep a").labels[0].name == "a");
}

TEST_CASE("Label filters have the type of their value") {
  const auto filter_of = [](std::string_view text) {
    return StageOf<LabelFilterStage>("| " + std::string(text)).filter;
  };
  CHECK(std::get<StringFilter>(filter_of("x!=\"y\"").node).matcher.op == MatchOp::kNotEqual);
  CHECK(std::get<NumberFilter>(filter_of("x>=-1.5").node).value == -1.5);
  CHECK(std::get<DurationFilter>(filter_of("x<1.5s").node).value_ns == 1'500'000'000);
  CHECK(std::get<BytesFilter>(filter_of("x==10KiB").node).value_bytes == 10'000);
  CHECK(std::get<IpFilter>(filter_of("x!=ip(\"::1\")").node).negated);
}

struct PrecedenceCase {
  std::string_view query;
  std::string_view want;
};

constexpr PrecedenceCase kFilterTrees[] = {
    {"a=1 and b=2 and c=3", "( ( a==1 , b==2 ) , c==3 )"},
    {"a=1 or b=2 or c=3", "( ( a==1 or b==2 ) or c==3 )"},
    {"a=1 or b=2 and c=3", "( a==1 or ( b==2 , c==3 ) )"},
    {"a=1 and b=2 or c=3", "( ( a==1 , b==2 ) or c==3 )"},
    {"a=1, b=2, c=3", "( a==1 , ( b==2 , c==3 ) )"},
    {"a=1 b=2 or c=3", "( a==1 , ( b==2 or c==3 ) )"},
    {"a=1 and b=2, c=3 or d=4", "( a==1 , ( b==2 , ( c==3 or d==4 ) ) )"},
    {"(a=1 or b=2) and c=3", "( ( a==1 or b==2 ) , c==3 )"},
};

TEST_CASE("Commas take all that follows, and binds closer than or") {
  for (const PrecedenceCase& c : kFilterTrees) {
    CAPTURE(std::string(c.query));
    CHECK(Canonical("{a=\"b\"} | " + std::string(c.query)) == "{a=\"b\"} | " + std::string(c.want));
  }
}

constexpr PrecedenceCase kSampleTrees[] = {
    {"vector(1) + vector(2) * vector(3) ^ vector(4)",
     "(vector(1.000000) + (vector(2.000000) * (vector(3.000000) ^ vector(4.000000))))"},
    {"vector(1) - vector(2) - vector(3)",
     "((vector(1.000000) - vector(2.000000)) - vector(3.000000))"},
    {"vector(1) ^ vector(2) ^ vector(3)",
     "(vector(1.000000) ^ (vector(2.000000) ^ vector(3.000000)))"},
    {"vector(1) or vector(2) unless vector(3) == vector(4) + 1",
     "(vector(1.000000) or (vector(2.000000) unless (vector(3.000000) == (vector(4.000000) + "
     "1))))"},
    {"1 + 2 * 3 - -1", "8"},
    {"2 ^ 3 ^ 2", "512"},
    {"1 == 2", "0"},
    {"7 % 4 + (1 > bool 0)", "4"},
    {"1 / 0", "NaN"},
};

TEST_CASE("Operators bind as in Prometheus, and literals are computed at once") {
  for (const PrecedenceCase& c : kSampleTrees) {
    CAPTURE(std::string(c.query));
    CHECK(Canonical(c.query) == c.want);
  }
}

TEST_CASE("Vector matching is kept") {
  const auto plain = NodeOf<BinaryOperation>("vector(1) + vector(2)");
  CHECK(!plain.matching);
  const auto node =
      NodeOf<BinaryOperation>("vector(1) > bool ignoring (a, b) group_right (c) vector(2)");
  CHECK(node.return_bool);
  REQUIRE(node.matching);
  CHECK(!node.matching->on);
  CHECK(node.matching->labels.size() == 2);
  CHECK(node.matching->cardinality == Cardinality::kOneToMany);
  CHECK(node.matching->include == std::vector<std::string>{"c"});
}

TEST_CASE("The range may stand at each of its legal places") {
  constexpr std::string_view kSame[] = {
      "sum_over_time({a=\"b\"} | json | unwrap duration(x) | y=1 [5m] offset 1h)",
      "sum_over_time({a=\"b\"}[5m] offset 1h | json | unwrap duration(x) | y=1)",
      "sum_over_time(({a=\"b\"} | json | unwrap duration(x) | y=1)[5m] offset 1h)",
      "sum_over_time((({a=\"b\"}[5m] offset 1h | json | unwrap duration(x) | y=1)))",
  };
  for (const std::string_view query : kSame) {
    CAPTURE(std::string(query));
    CHECK(Canonical(query) ==
          "sum_over_time({a=\"b\"} | json | unwrap duration(x) | y==1[5m] offset 1h0m0s)");
    const auto node = NodeOf<RangeAggregation>(query);
    CHECK(node.range_ns == 300'000'000'000);
    CHECK(node.offset_ns == 3'600'000'000'000);
    REQUIRE(node.unwrap);
    CHECK(node.unwrap->conversion == Conversion::kDuration);
    CHECK(node.unwrap->filters.size() == 1);
  }
  for (const std::string_view query :
       {"rate(({a=\"b\"})[5m])", "rate({a=\"b\"}[5m])", "rate(({a=\"b\"}[5m]))"}) {
    CHECK(Canonical(query) == "rate({a=\"b\"}[5m])");
  }
}

TEST_CASE("Aggregations keep parameter and grouping, before or behind") {
  const auto range =
      NodeOf<RangeAggregation>("quantile_over_time(0.5, {a=\"b\"} | unwrap x [1m]) without (y)");
  CHECK(range.param == 0.5);
  CHECK(range.grouping->without);
  const auto before = NodeOf<VectorAggregation>("topk by (x) (3, vector(1))");
  CHECK(before.param == 3);
  CHECK(before.grouping->labels.size() == 1);
  const auto behind = NodeOf<VectorAggregation>("sum(vector(1) + 2) by ()");
  CHECK(behind.grouping->labels.empty());
  CHECK(!NodeOf<VectorAggregation>("max(3 + vector(1))").grouping);
  const auto replace =
      NodeOf<LabelReplace>("label_replace(vector(1), \"d\", \"$1\", \"s\", \"(.*)\")");
  CHECK(replace.destination == "d");
  CHECK(replace.regex != nullptr);
}

}  // namespace
}  // namespace narfi::logql
