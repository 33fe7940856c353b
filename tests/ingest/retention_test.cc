#include "ingest/retention.h"

#include <doctest/doctest.h>

#include "base/duration.h"

namespace narfi::ingest {
namespace {

constexpr int64_t kNow = 100 * kDay;

TEST_CASE("the period of a stream is that of the rule with the highest priority, as in Loki") {
  config::Limits limits;
  limits.retention_period_ns = 10 * kDay;
  limits.retention_stream = {
      {R"({app="web"})", 1, 20 * kDay},
      {R"({env="dev"})", 5, 2 * kDay},
      {R"({env=~"d.*"})", 5, 3 * kDay},
      {R"({audit="yes"})", 9, 0},
  };
  const auto rules = RetentionRules::Make(limits);
  REQUIRE(rules.has_value());
  const auto days = [&](std::vector<Label> labels) {
    const int64_t cutoff = rules->CutoffOf(Labels(std::move(labels)), kNow);
    return cutoff == INT64_MIN ? -1 : (kNow - cutoff) / kDay;
  };
  CHECK(days({{"app", "db"}}) == 10);
  CHECK(days({{"app", "web"}}) == 20);
  CHECK(days({{"app", "web"}, {"env", "dev"}}) == 2);
  CHECK(days({{"app", "web"}, {"env", "demo"}}) == 3);
  CHECK(days({{"app", "web"}, {"env", "dev"}, {"audit", "yes"}}) == -1);
  CHECK(rules->LatestCutoff(kNow) == kNow - 2 * kDay);
  CHECK(rules->EarliestCutoff(kNow) == INT64_MIN);
}

TEST_CASE("without a period everything is kept") {
  const auto rules = RetentionRules::Make({});
  REQUIRE(rules.has_value());
  CHECK(rules->keeps_all());
  CHECK(rules->CutoffOf({}, kNow) == INT64_MIN);
  CHECK(rules->LatestCutoff(kNow) == INT64_MIN);
}

TEST_CASE("tenants have rules of their own, and a selector that is none says whose it is") {
  config::Limits own;
  own.retention_period_ns = kDay;
  config::Limits defaults;
  defaults.retention_period_ns = 5 * kDay;
  const auto all = TenantRetention::Make(config::TenantLimits(defaults, {{"a", own}}));
  REQUIRE(all.has_value());
  CHECK(all->For("a").LatestCutoff(kNow) == kNow - kDay);
  CHECK(all->For("b").LatestCutoff(kNow) == kNow - 5 * kDay);
  own.retention_stream = {{"{app=", 1, kDay}};
  const auto bad = TenantRetention::Make(config::TenantLimits({}, {{"a", own}}));
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().text.find("tenant a: retention_stream: selector {app=") == 0);
}

}  // namespace
}  // namespace narfi::ingest
