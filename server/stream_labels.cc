#include "server/stream_labels.h"

#include <iterator>

#include "query/logql/parser.h"
#include "server/query_limits.h"

namespace narfi::server {
namespace {

Result<std::vector<Labels>> SeriesOfDays(const Services& services, const std::string& tenant,
                                         TimeRange range, std::string_view text) {
  storage::Selector selector{tenant, {}};
  if (!text.empty()) {
    NARFI_ASSIGN(const auto matchers, logql::ParseSelector(text));
    selector.predicates = logql::ToPredicates(matchers);
  }
  NARFI_ASSIGN(const auto visible, VisibleRange(services, tenant, range));
  if (!visible) return std::vector<Labels>();
  const TimeRange days = ToWholeDays(*visible);
  selector.start_ns = days.start_ns;
  selector.end_ns = days.end_ns;
  return services.source.Series(selector);
}

}  // namespace

Result<std::set<std::string>> FindLabelNames(const Services& services, const std::string& tenant,
                                             TimeRange range, std::string_view selector) {
  NARFI_ASSIGN(const auto series, SeriesOfDays(services, tenant, range, selector));
  std::set<std::string> names;
  for (const Labels& labels : series) {
    for (const Label& label : labels) names.insert(label.name);
  }
  return names;
}

Result<std::set<std::string>> FindLabelValues(const Services& services, const std::string& tenant,
                                              TimeRange range, std::string_view selector,
                                              std::string_view name) {
  NARFI_ASSIGN(const auto series, SeriesOfDays(services, tenant, range, selector));
  std::set<std::string> values;
  for (const Labels& labels : series) {
    if (const std::string_view value = labels.Get(name); !value.empty()) values.emplace(value);
  }
  return values;
}

Result<std::set<Labels>> FindSeries(const Services& services, const std::string& tenant,
                                    TimeRange range, const std::vector<std::string>& selectors) {
  std::vector<storage::Selector> wanted;
  for (const std::string& text : selectors) {
    NARFI_ASSIGN(const auto matchers, logql::ParseOpenSelector(text));
    wanted.push_back({tenant, logql::ToPredicates(matchers)});
  }
  if (wanted.empty()) wanted.push_back({tenant, {}});
  std::set<Labels> found;
  NARFI_ASSIGN(const auto visible, VisibleRange(services, tenant, range));
  if (!visible) return found;
  for (storage::Selector& selector : wanted) {
    selector.start_ns = visible->start_ns;
    selector.end_ns = visible->end_ns;
    NARFI_ASSIGN(auto series, services.source.Series(selector));
    found.insert(std::make_move_iterator(series.begin()), std::make_move_iterator(series.end()));
  }
  return found;
}

}  // namespace narfi::server
