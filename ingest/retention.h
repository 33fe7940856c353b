// How long a tenant's streams are kept: retention_period and retention_stream of its limits.
//
// As in Loki, of the rules whose selector a stream passes the one of the highest priority counts,
// and among those of equal priority the shortest period; without one, the tenant's own period.
//
// Threads: immutable.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "config/limits.h"

namespace narfi::ingest {

class RetentionRules {
 public:
  RetentionRules() = default;
  // kInvalidArgument when a selector is none.
  static Result<RetentionRules> Make(const config::Limits& limits);

  // Nothing ever expires.
  bool keeps_all() const { return shortest_ns_ == kForEver; }
  // Entries of the stream before this moment are expired; INT64_MIN: none is.
  int64_t CutoffOf(const Labels& labels, int64_t now_ns) const;
  // Bounds of what CutoffOf() says of any stream.
  int64_t EarliestCutoff(int64_t now_ns) const { return Before(now_ns, longest_ns_); }
  int64_t LatestCutoff(int64_t now_ns) const { return Before(now_ns, shortest_ns_); }
  bool has_stream_rules() const { return !streams_.empty(); }

 private:
  static constexpr int64_t kForEver = INT64_MAX;
  struct StreamRule {
    std::vector<LabelPredicate> predicates;
    int64_t priority = 0;
    int64_t period_ns = kForEver;
  };
  static int64_t Before(int64_t now_ns, int64_t period_ns);

  int64_t period_ns_ = kForEver;
  int64_t shortest_ns_ = kForEver;  // of all rules and the period
  int64_t longest_ns_ = kForEver;
  std::vector<StreamRule> streams_;  // the one that counts first
};

// The rules of every tenant.
class TenantRetention {
 public:
  TenantRetention() = default;
  static Result<TenantRetention> Make(const config::TenantLimits& limits);
  const RetentionRules& For(std::string_view tenant) const;

 private:
  RetentionRules defaults_;
  std::map<std::string, RetentionRules, std::less<>> overrides_;
};

}  // namespace narfi::ingest
