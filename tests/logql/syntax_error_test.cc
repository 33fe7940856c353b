// What stands where nothing may stand, and what Loki says was expected there. A place lists what it
// expects when that are four tokens or fewer and it cannot simply end; each row is one such place.
#include <doctest/doctest.h>

#include "tests/logql/support/parsing.h"

namespace narfi::logql {
namespace {

struct SyntaxCase {
  std::string_view query;
  std::string_view where;  // "line 1, col 2"; empty for none
  std::string_view what;   // behind "syntax error: unexpected "
};

void CheckAll(const SyntaxCase* begin, const SyntaxCase* end) {
  for (const SyntaxCase* c = begin; c != end; ++c) {
    CAPTURE(std::string(c->query));
    std::string want = "parse error ";
    if (!c->where.empty()) want += "at " + std::string(c->where);
    want += ": syntax error: unexpected " + std::string(c->what);
    CHECK(ErrorOf(c->query) == want);
  }
}

constexpr SyntaxCase kSelectors[] = {
    {"", "", "$end"},
    {"  \n ", "line 2, col 2", "$end"},
    {"app", "line 1, col 1", "IDENTIFIER"},
    {"{", "line 1, col 2", "$end, expecting IDENTIFIER or }"},
    {"{5", "line 1, col 2", "NUMBER, expecting IDENTIFIER or }"},
    {"{a", "line 1, col 3", "$end, expecting = or =~ or !~ or !="},
    {"{a==\"b\"}", "line 0, col 3", "==, expecting = or =~ or !~ or !="},
    {"{a=b}", "line 1, col 4", "IDENTIFIER, expecting STRING"},
    {"{a=\"b\"", "line 1, col 7", "$end, expecting } or ,"},
    {"{a=\"b\",}", "line 1, col 8", "}, expecting IDENTIFIER"},
    {"{a=\"b\"}}", "line 1, col 8", "}"},
    {"{a=\"b\"} \"c\"", "line 1, col 9", "STRING"},
    {"({a=\"b\"}", "line 1, col 9", "$end"},
    {"({a=\"b\"}) |= \"x\"", "line 0, col 11", "|="},
    {"{a=\"b\"}[5m]", "line 0, col 8", "RANGE"},
};

constexpr SyntaxCase kStages[] = {
    {"{a=\"b\"} |", "line 1, col 10", "$end"},
    {"{a=\"b\"} |= 5", "line 1, col 12", "NUMBER, expecting STRING or ip"},
    {"{a=\"b\"} |= \"x\" or 5", "line 1, col 19", "NUMBER, expecting STRING or ip"},
    {"{a=\"b\"} |= ip(5)", "line 1, col 15", "NUMBER, expecting STRING"},
    {"{a=\"b\"} |= ip(\"x\"", "line 1, col 18", "$end, expecting )"},
    {"{a=\"b\"} | json x=", "line 1, col 18", "$end, expecting STRING"},
    {"{a=\"b\"} | json x=\"y\",", "line 1, col 22", "$end, expecting IDENTIFIER"},
    {"{a=\"b\"} | json --strict", "line 0, col 16", "FUNCTION_FLAG"},
    {"{a=\"b\"} | logfmt --nope", "line 1, col 20", "IDENTIFIER, expecting NUMBER"},
    {"{a=\"b\"} | regexp x", "line 1, col 18", "IDENTIFIER, expecting STRING"},
    {"{a=\"b\"} | pattern", "line 1, col 18", "$end, expecting STRING"},
    {"{a=\"b\"} | line_format x", "line 1, col 23", "IDENTIFIER, expecting STRING"},
    {"{a=\"b\"} | label_format \"x\"", "line 1, col 24", "STRING, expecting IDENTIFIER"},
    {"{a=\"b\"} | label_format x", "line 1, col 25", "$end, expecting ="},
    {"{a=\"b\"} | label_format x=5", "line 1, col 26", "NUMBER, expecting IDENTIFIER or STRING"},
    {"rate({a=\"b\"}[5m] | label_format x=y z)", "line 1, col 37", "IDENTIFIER"},
    {"{a=\"b\"} | drop 5", "line 1, col 16", "NUMBER, expecting IDENTIFIER"},
    {"{a=\"b\"} | keep x=", "line 1, col 18", "$end, expecting STRING"},
    {"{a=\"b\"} | unpack x", "line 1, col 18", "IDENTIFIER"},
    {"{a=\"b\"} | unwrap x", "line 1, col 11", "unwrap"},
};

constexpr SyntaxCase kLabelFilters[] = {
    {"{a=\"b\"} | x", "line 1, col 12", "$end"},
    {"{a=\"b\"} | x=", "line 1, col 13", "$end"},
    {"{a=\"b\"} | x>\"y\"", "line 1, col 13", "STRING"},
    {"{a=\"b\"} | x=~5", "line 1, col 14", "NUMBER, expecting STRING"},
    {"{a=\"b\"} | x>-y", "line 1, col 14", "IDENTIFIER, expecting NUMBER"},
    {"{a=\"b\"} | x=1 or", "line 1, col 17", "$end, expecting IDENTIFIER or ("},
    {"{a=\"b\"} | x=1,", "line 1, col 15", "$end, expecting IDENTIFIER or ("},
    {"{a=\"b\"} | (x=1", "line 1, col 15", "$end"},
    {"{a=\"b\"} | (5", "line 1, col 12", "NUMBER, expecting IDENTIFIER or ("},
    {"{a=\"b\"} | x>ip(\"y\")", "line 1, col 13", "ip"},
    {"{a=\"b\"} | x=ip 5", "line 1, col 13", "IDENTIFIER"},
    {"{a=\"b\"} | size > 5QB", "line 1, col 21", "$end"},
};

constexpr SyntaxCase kRanges[] = {
    {"rate()", "line 1, col 6", "), expecting NUMBER or { or ("},
    {"rate(5)", "line 1, col 7", "), expecting ,"},
    {"rate(5, 5)", "line 1, col 9", "NUMBER, expecting { or ("},
    {"rate({a=\"b\"})", "line 1, col 13", ")"},
    {"rate({a=\"b\"}[5m]", "line 1, col 17", "$end, expecting )"},
    {"rate({a=\"b\"}[5m] @ 1)", "line 1, col 18", "IDENTIFIER, expecting )"},
    {"rate({a=\"b\"}[5m] offset 5)", "line 1, col 25", "NUMBER, expecting DURATION"},
    {"rate(({a=\"b\"}) 5)", "line 1, col 16", "NUMBER, expecting RANGE"},
    {"rate(({a=\"b\"})[5m] | json)", "line 1, col 22", "json, expecting unwrap"},
    {"rate(({a=\"b\"} | unwrap x)", "line 1, col 26", "$end, expecting RANGE"},
    {"rate(({a=\"b\"} | unwrap x 5", "line 1, col 26", "NUMBER, expecting RANGE or ) or |"},
    {"rate({a=\"b\"} | unwrap x", "line 1, col 24", "$end, expecting RANGE or |"},
    {"rate({a=\"b\"} | unwrap 5", "line 1, col 23",
     "NUMBER, expecting IDENTIFIER or BYTES_CONV or DURATION_CONV or DURATION_SECONDS_CONV"},
    {"rate({a=\"b\"} | unwrap bytes(5", "line 1, col 29", "NUMBER, expecting IDENTIFIER"},
    {"rate({a=\"b\"} | unwrap x | json", "line 1, col 27", "json, expecting IDENTIFIER or ("},
    {"rate by (x) ({a=\"b\"}[5m])", "line 1, col 6", "by, expecting ("},
    {"rate(rate({a=\"b\"}[5m]))", "line 1, col 6", "RATE, expecting NUMBER or { or ("},
};

constexpr SyntaxCase kSamples[] = {
    {"sum()", "line 1, col 5", ")"},
    {"sum({a=\"b\"})", "line 1, col 12", ")"},
    {"sum by (x)", "line 1, col 11", "$end, expecting ("},
    {"sum by (x,) (vector(1))", "line 1, col 11", "), expecting IDENTIFIER"},
    {"sum by (x y) (vector(1))", "line 1, col 11", "IDENTIFIER, expecting , or )"},
    {"sum by (5) (vector(1))", "line 1, col 9", "NUMBER, expecting IDENTIFIER or )"},
    {"sum by x (vector(1))", "line 1, col 1", "IDENTIFIER"},
    {"sum by (x) (vector(1)) by (y)", "line 1, col 24", "by"},
    {"topk(-1, vector(1))", "line 1, col 8", ","},
    {"- -5", "line 1, col 3", "-, expecting NUMBER"},
    {"-rate({a=\"b\"}[5m])", "line 1, col 2", "RATE, expecting NUMBER"},
    {"1 +", "line 1, col 4", "$end"},
    {"1 + on x 2", "line 1, col 8", "IDENTIFIER, expecting ("},
    {"1 + group_left 2", "line 1, col 5", "group_left"},
    {"1 + on (x) group_left (sum(1))", "line 1, col 24", "SUM, expecting IDENTIFIER or )"},
    {"vector(-1)", "line 1, col 8", "-, expecting NUMBER"},
    {"vector(1", "line 1, col 9", "$end, expecting )"},
    {"label_replace({a=\"b\"}, \"x\")", "line 1, col 22", ","},
    {"label_replace(vector(1), x)", "line 1, col 26", "IDENTIFIER, expecting STRING"},
    {"label_replace(vector(1), \"a\", \"b\")", "line 1, col 34", "), expecting ,"},
    {"variants(1) (1)", "line 1, col 13", "(, expecting of"},
    {"-5m", "line 0, col 1", "DURATION"},
};

TEST_CASE("Selectors say what they expect") {
  CheckAll(std::begin(kSelectors), std::end(kSelectors));
}
TEST_CASE("Stages say what they expect") { CheckAll(std::begin(kStages), std::end(kStages)); }
TEST_CASE("Label filters say what they expect") {
  CheckAll(std::begin(kLabelFilters), std::end(kLabelFilters));
}
TEST_CASE("Range aggregations say what they expect") {
  CheckAll(std::begin(kRanges), std::end(kRanges));
}
TEST_CASE("Vector queries say what they expect") {
  CheckAll(std::begin(kSamples), std::end(kSamples));
}

}  // namespace
}  // namespace narfi::logql
