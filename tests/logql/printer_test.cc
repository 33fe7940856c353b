#include "query/logql/printer.h"

#include <doctest/doctest.h>

#include "query/logql/parser.h"
#include "tests/logql/support/parsing.h"

namespace narfi::logql {
namespace {

struct PrintCase {
  std::string_view query;
  std::string_view want;
};

constexpr PrintCase kPrintCases[] = {
    {"{ app = \"x\" , b!=`y\"`}|=\"a\"!~\"b\"", "{app=\"x\", b!=\"y\\\"\"} |= \"a\" !~ \"b\""},
    {"{a=\"b\"} |> \"<_>x\" or \"y\" != ip(\"::1\")",
     "{a=\"b\"} |> \"<_>x\" or \"y\" != ip(\"::1\")"},
    {"{a=\"b\"}|json|json x , y=\"z\"|logfmt --keep-empty --strict",
     "{a=\"b\"} | json | json x=\"x\",y=\"z\" | logfmt --strict --keep-empty"},
    {"{a=\"b\"} | regexp `(?P<x>\\d)` | pattern `<x>` | unpack | decolorize",
     "{a=\"b\"} | regexp \"(?P<x>\\\\d)\" | pattern \"<x>\" | unpack | decolorize"},
    {"{a=\"b\"} | line_format \"{{.x}}\" | label_format a=b, c=\"{{.d}}\"",
     "{a=\"b\"} | line_format \"{{.x}}\" | label_format a=b,c=\"{{.d}}\""},
    {"{a=\"b\"} | drop a, b=\"c\" | keep d=~\"e\"", "{a=\"b\"} | drop a,b=\"c\" | keep d=~\"e\""},
    {"{a=\"b\"} | x>5 and (y<10ms or z!=\"1KB\") , w=2",
     "{a=\"b\"} | ( x>5 , ( ( y<10ms or z!=\"1KB\" ) , w==2 ) )"},
    {"{a=\"b\"} | x>1.5e3 | y>=1.5h | z<1500B | w<=1.5kB | v==ip(\"::1\")",
     "parse error at line 1, col 55: syntax error: unexpected ip"},
    {"{a=\"b\"} | x>1.5e3 | y>=1.5h | z<1500B | w<=1.5kB",
     "{a=\"b\"} | x>1500 | y>=1h30m0s | z<1.5kB | w<=1.5kB"},
    {"sum(rate({app=\"x\"}|=\"e\"[5m]))by(a,b)", "sum by (a,b)(rate({app=\"x\"} |= \"e\"[5m]))"},
    {"max without(a)(avg_over_time({a=\"b\"} | unwrap x[1m]) without(y))",
     "max without (a)(avg_over_time({a=\"b\"} | unwrap x[1m]) without (y))"},
    {"topk(5,sum by(x)(count_over_time({a=\"b\"}[90s])))",
     "topk(5,sum by (x)(count_over_time({a=\"b\"}[1m30s])))"},
    {"quantile_over_time(0.99,{a=\"b\"}|unwrap bytes(l)|e=\"\"[1d] offset -5m)by(h)",
     "quantile_over_time(0.99,{a=\"b\"} | unwrap bytes(l) | e=\"\"[1d] offset -5m0s) by (h)"},
    {"vector(1)/on(x)group_left(y)vector(2.5)",
     "(vector(1.000000) / on (x) group_left (y) vector(2.500000))"},
    {"vector(1) > bool ignoring() vector(0.123456789)",
     "(vector(1.000000) > bool ignoring () vector(0.123456789))"},
    {"label_replace(vector(1),\"d\",\"$1\",\"s\",\"(.*)\")",
     "label_replace(vector(1.000000),\"d\",\"$1\",\"s\",\"(.*)\")"},
    {"1e21 * 1", "1e+21"},
    {"-0.00001", "-1e-05"},
    {"-0.0", "0"},
    {"{a=\"b\"} | x=-0.0", "{a=\"b\"} | x==0"},
};

TEST_CASE("Queries are written as Loki writes them") {
  for (const PrintCase& c : kPrintCases) {
    CAPTURE(std::string(c.query));
    CHECK(Canonical(c.query) == c.want);
  }
}

std::string Pretty(std::string_view query) {
  const auto parsed = ParseToPrint(query);
  REQUIRE(parsed.has_value());
  return PrettyPrint(*parsed);
}

TEST_CASE("What fits into a hundred columns stays on one line") {
  CHECK(Pretty("sum(rate({app=\"x\"}|=\"e\"[5m]))by(a,b)") ==
        "sum by (a,b)(rate({app=\"x\"} |= \"e\"[5m]))");
}

TEST_CASE("A long log query has a line for each stage, line filters together") {
  CHECK(Pretty("{app=\"x\"} |= \"a\" != \"b\" | json | line_format \"{{.a}} {{.b}} {{.c}} {{.d}} "
               "{{.e}} {{.f}} {{.g}} {{.h}} {{.i}}\"") ==
        "{app=\"x\"}\n"
        "  |= \"a\" != \"b\"\n"
        "  | json\n"
        "  | line_format \"{{.a}} {{.b}} {{.c}} {{.d}} {{.e}} {{.f}} {{.g}} {{.h}} {{.i}}\"");
}

TEST_CASE("A long metric query is opened up where it does not fit") {
  CHECK(Pretty("topk(3, quantile_over_time(0.99, {namespace=\"production\", "
               "service=\"checkout-service\"} | json | unwrap "
               "duration(latency) | __error__=\"\" [5m] offset 1h) by (host, pod)) by (host) / "
               "vector(2) > bool 5") ==
        "    topk by (host)(\n"
        "      3,\n"
        "      quantile_over_time(\n"
        "        0.99,\n"
        "        {namespace=\"production\", service=\"checkout-service\"} | json\n"
        "          | unwrap duration(latency)\n"
        "          | __error__=\"\" [5m] offset 1h\n"
        "      ) by (host, pod)\n"
        "    )\n"
        "  /\n"
        "    vector(2.000000)\n"
        "> bool\n"
        "  5");
}

TEST_CASE("An opened operation keeps the parentheses that it needs") {
  const std::string query = "rate({namespace=\"production\", service=\"checkout-service\"}[5m])";
  const std::string sum = query + " + " + query;
  CHECK(Pretty("(" + sum + ") * 2") ==
        "  (\n      " + query + "\n    +\n      " + query + "\n  )\n*\n  2");
  CHECK(Pretty("(" + sum + ") or vector(2)") ==
        "    " + query + "\n  +\n    " + query + "\nor\n  vector(2.000000)");
}

}  // namespace
}  // namespace narfi::logql
