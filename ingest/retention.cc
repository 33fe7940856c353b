#include "ingest/retention.h"

#include <algorithm>

#include "query/logql/parser.h"

namespace narfi::ingest {

Result<RetentionRules> RetentionRules::Make(const config::Limits& limits) {
  const auto period_of = [](int64_t period_ns) { return period_ns <= 0 ? kForEver : period_ns; };
  RetentionRules rules;
  rules.period_ns_ = period_of(limits.retention_period_ns);
  rules.shortest_ns_ = rules.period_ns_;
  rules.longest_ns_ = rules.period_ns_;
  for (const config::RetentionStream& given : limits.retention_stream) {
    auto matchers = logql::ParseSelector(given.selector);
    if (!matchers)
      return Wrap("retention_stream: selector " + given.selector, std::move(matchers).error());
    const int64_t period_ns = period_of(given.period_ns);
    rules.streams_.push_back({logql::ToPredicates(*matchers), given.priority, period_ns});
    rules.shortest_ns_ = std::min(rules.shortest_ns_, period_ns);
    rules.longest_ns_ = std::max(rules.longest_ns_, period_ns);
  }
  std::stable_sort(
      rules.streams_.begin(), rules.streams_.end(), [](const StreamRule& a, const StreamRule& b) {
        return a.priority != b.priority ? a.priority > b.priority : a.period_ns < b.period_ns;
      });
  return rules;
}

int64_t RetentionRules::Before(int64_t now_ns, int64_t period_ns) {
  int64_t cutoff = 0;
  if (period_ns == kForEver || __builtin_sub_overflow(now_ns, period_ns, &cutoff)) return INT64_MIN;
  return cutoff;
}

int64_t RetentionRules::CutoffOf(const Labels& labels, int64_t now_ns) const {
  for (const StreamRule& rule : streams_) {
    if (Matches(labels, rule.predicates)) return Before(now_ns, rule.period_ns);
  }
  return Before(now_ns, period_ns_);
}

Result<TenantRetention> TenantRetention::Make(const config::TenantLimits& limits) {
  TenantRetention out;
  NARFI_ASSIGN(out.defaults_, RetentionRules::Make(limits.defaults()));
  for (const auto& [tenant, own] : limits.overrides()) {
    auto rules = RetentionRules::Make(own);
    if (!rules) return Wrap("tenant " + tenant, std::move(rules).error());
    out.overrides_.emplace(tenant, std::move(*rules));
  }
  return out;
}

const RetentionRules& TenantRetention::For(std::string_view tenant) const {
  const auto own = overrides_.find(tenant);
  return own == overrides_.end() ? defaults_ : own->second;
}

}  // namespace narfi::ingest
