#include "server/query_limits.h"

#include <doctest/doctest.h>

#include "base/duration.h"
#include "query/logql/parser.h"

namespace narfi::server {
namespace {

std::string Judge(const std::string& text, const config::Limits& limits) {
  query::Request request;
  auto expr = logql::Parse(text);
  REQUIRE(expr.has_value());
  request.expr = std::make_shared<const logql::Expr>(std::move(*expr));
  request.end_ns = kHour;
  const auto status = CheckQueryLimits(request, limits);
  return status ? "" : status.error().text;
}

TEST_CASE("a query within its limits passes") {
  CHECK(Judge(R"({app="x"})", {}).empty());
  CHECK(Judge(R"(sum(rate({app="x"}[1h])) / sum(rate({app="y"}[1d])))", {}).empty());
}

TEST_CASE("each limit of a query refuses what is over it") {
  config::Limits limits;
  limits.max_streams_matchers_per_query = 2;
  CHECK(Judge(R"({app="x", env="y"})", limits).empty());
  CHECK(Judge(R"({app="x", env="y", zone="z"})", limits) ==
        "max streams matchers per query exceeded, matchers-count > limit (3 > 2)");
  CHECK(Judge(R"(rate({app="x", env="y"}[1m]) + rate({app="x"}[1m]))", limits) ==
        "max streams matchers per query exceeded, matchers-count > limit (3 > 2)");
  limits = {};
  limits.max_query_range_ns = kMinute;
  CHECK(Judge(R"(rate({app="x"}[1m]))", limits).empty());
  CHECK(Judge(R"(1 + sum(rate({app="x"}[1h])))", limits) ==
        "[interval] value exceeds limit: [1h] > [1m]");
  limits = {};
  limits.required_labels = {"app", "env"};
  CHECK(Judge(R"({env="y", app="x"})", limits).empty());
  CHECK(Judge(R"({zone="z", app="x"})", limits) ==
        "stream selector is missing required matchers [env], labels present in the query were "
        "[zone, app]");
  limits = {};
  limits.minimum_labels_number = 2;
  CHECK(Judge(R"({app="x"})", limits) ==
        "stream selector has less label matchers than required: (present: [app], number_present: "
        "1, required_number_label_matchers: 2)");
  limits = {};
  limits.max_query_length_ns = kMinute;
  CHECK(Judge(R"({app="x"})", limits) ==
        "the query time range exceeds the limit (query length: 1h0m0s, limit: 1m)");
  limits = {};
  CHECK(Judge(R"(rate({app="x"}[30d]))", limits).empty());
  CHECK(Judge(R"(sum(rate({app="x"}[31d])) + 1)", limits) ==
        "the query time range exceeds the limit (query length: 745h0m0s, limit: 30d1h)");
  limits.max_entries_limit_per_query = 99;
  CHECK(Judge(R"({app="x"})", limits) ==
        "max entries limit per query exceeded, limit > max_entries_limit_per_query (100 > 99)");
}

}  // namespace
}  // namespace narfi::server
