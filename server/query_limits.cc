#include "server/query_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/duration.h"
#include "query/plan/step_grid.h"
#include "server/tenants_source.h"
#include "server/volume.h"

namespace narfi::server {
namespace {

struct Selectors {
  std::vector<const logql::LogSelector*> all;
  int64_t longest_range_ns = 0;

  void Visit(const logql::SampleExpr& expr) {
    if (const auto* range = std::get_if<logql::RangeAggregation>(&expr.node)) {
      all.push_back(&range->selector);
      longest_range_ns = std::max(longest_range_ns, range->range_ns);
    } else if (const auto* vector = std::get_if<logql::VectorAggregation>(&expr.node)) {
      Visit(*vector->inner);
    } else if (const auto* replace = std::get_if<logql::LabelReplace>(&expr.node)) {
      Visit(*replace->inner);
    } else if (const auto* binary = std::get_if<logql::BinaryOperation>(&expr.node)) {
      Visit(*binary->left);
      Visit(*binary->right);
    }
  }
};

int64_t LengthOf(int64_t start_ns, int64_t end_ns) {
  int64_t length = 0;
  return __builtin_sub_overflow(end_ns, start_ns, &length) ? INT64_MAX : length;
}

Status CheckLength(int64_t length_ns, const config::Limits& limits) {
  if (limits.max_query_length_ns <= 0 || length_ns <= limits.max_query_length_ns) return {};
  return Fail(Code::kLimit,
              fmt::format("the query time range exceeds the limit (query length: {}, limit: {})",
                          FormatGoDuration(length_ns),
                          FormatPrometheusDuration(limits.max_query_length_ns)));
}

// Loki splits a range query by the hour, and what each part reads, its [range] included, is held to
// the limit once more.
Status CheckRange(const query::Request& request, const config::Limits& limits, bool is_log,
                  int64_t longest_range_ns) {
  if (is_log && limits.max_entries_limit_per_query > 0 &&
      request.limit > limits.max_entries_limit_per_query) {
    return Fail(
        Code::kLimit,
        fmt::format(
            "max entries limit per query exceeded, limit > max_entries_limit_per_query ({} > {})",
            request.limit, limits.max_entries_limit_per_query));
  }
  if (request.is_instant) return {};
  const int64_t length = LengthOf(request.start_ns, request.end_ns);
  NARFI_TRY(CheckLength(length, limits));
  if (longest_range_ns == 0) return {};
  return CheckLength(query::SaturatingAdd(std::min(length, kHour), longest_range_ns), limits);
}

std::vector<std::string> NamesOf(const logql::LogSelector& selector) {
  std::vector<std::string> names;
  for (const logql::Matcher& matcher : selector.matchers) names.push_back(matcher.name);
  return names;
}

Status CheckLabels(const logql::LogSelector& selector, const config::Limits& limits) {
  const std::vector<std::string> names = NamesOf(selector);
  std::vector<std::string> missing;
  for (const std::string& label : limits.required_labels) {
    if (std::find(names.begin(), names.end(), label) == names.end()) missing.push_back(label);
  }
  if (!missing.empty()) {
    return Fail(Code::kLimit,
                fmt::format("stream selector is missing required matchers [{}], labels present in "
                            "the query were [{}]",
                            fmt::join(missing, ", "), fmt::join(names, ", ")));
  }
  if (names.size() < limits.minimum_labels_number) {
    return Fail(
        Code::kLimit,
        fmt::format("stream selector has less label matchers than required: (present: [{}], "
                    "number_present: {}, required_number_label_matchers: {})",
                    fmt::join(names, ", "), names.size(), limits.minimum_labels_number));
  }
  return {};
}

}  // namespace

int64_t OldestVisible(const Services& services, const std::string& tenants) {
  int64_t oldest_ns = INT64_MIN;
  for (const std::string& tenant : SplitTenants(tenants)) {
    const int64_t lookback_ns = services.LimitsFor(tenant).max_query_lookback_ns;
    if (lookback_ns > 0) oldest_ns = std::max(oldest_ns, services.clock.NowNs() - lookback_ns);
  }
  return oldest_ns;
}

Result<std::optional<TimeRange>> VisibleRange(const Services& services, const std::string& tenants,
                                              TimeRange range) {
  const int64_t oldest_ns = OldestVisible(services, tenants);
  if (range.end_ns < oldest_ns) return std::nullopt;
  range.start_ns = std::max(range.start_ns, oldest_ns);
  for (const std::string& tenant : SplitTenants(tenants))
    NARFI_TRY(CheckLength(LengthOf(range.start_ns, range.end_ns), services.LimitsFor(tenant)));
  return range;
}

Result<storage::Selector> VisibleSelector(const Services& services, const std::string& tenants,
                                          std::vector<LabelPredicate> predicates, TimeRange range) {
  NARFI_ASSIGN(const auto visible, VisibleRange(services, tenants, range));
  const TimeRange seen = visible.value_or(TimeRange());
  return storage::Selector{tenants, std::move(predicates), seen.start_ns, seen.end_ns};
}

void ClampLookback(query::Request& request, const Services& services) {
  if (request.is_instant) return;
  request.start_ns = std::max(request.start_ns, OldestVisible(services, request.tenant));
  request.end_ns = std::max(request.end_ns, request.start_ns);
}

uint64_t ClampEntries(uint64_t entries, const std::string& tenants, const Services& services) {
  for (const std::string& tenant : SplitTenants(tenants)) {
    if (const uint64_t most = services.LimitsFor(tenant).max_entries_limit_per_query; most > 0)
      entries = std::min(entries, most);
  }
  return entries;
}

bool VolumeIsEnabled(const std::string& tenants, const Services& services) {
  return services.EachAllows(tenants,
                             [](const config::Limits& limits) { return limits.volume_enabled; });
}

uint64_t ClampVolumes(uint64_t sums, const std::string& tenants, const Services& services) {
  for (const std::string& tenant : SplitTenants(tenants))
    sums = ClampVolumeLimit(sums, services.LimitsFor(tenant));
  return sums;
}

Status CheckQueryLimits(const query::Request& request, const config::Limits& limits) {
  Selectors selectors;
  const auto* log = std::get_if<logql::LogSelector>(request.expr.get());
  if (log != nullptr) {
    selectors.all.push_back(log);
  } else {
    selectors.Visit(std::get<logql::SampleExpr>(*request.expr));
  }
  NARFI_TRY(CheckRange(request, limits, log != nullptr, selectors.longest_range_ns));
  if (limits.max_query_range_ns > 0 && selectors.longest_range_ns > limits.max_query_range_ns) {
    return Fail(Code::kLimit, fmt::format("[interval] value exceeds limit: [{}] > [{}]",
                                          FormatPrometheusDuration(selectors.longest_range_ns),
                                          FormatPrometheusDuration(limits.max_query_range_ns)));
  }
  uint64_t matchers = 0;
  for (const logql::LogSelector* selector : selectors.all) {
    NARFI_TRY(CheckLabels(*selector, limits));
    matchers += selector->matchers.size();
  }
  if (limits.max_streams_matchers_per_query > 0 &&
      matchers > limits.max_streams_matchers_per_query) {
    return Fail(Code::kLimit,
                fmt::format("max streams matchers per query exceeded, matchers-count > limit ({} > "
                            "{})",
                            matchers, limits.max_streams_matchers_per_query));
  }
  return {};
}

Status CheckTenantLimits(const query::Request& request, const Services& services) {
  for (const std::string& tenant : SplitTenants(request.tenant))
    NARFI_TRY(CheckQueryLimits(request, services.LimitsFor(tenant)));
  return {};
}

}  // namespace narfi::server
