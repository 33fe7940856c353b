// labels, label values, series.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/duration.h"
#include "base/json_write.h"
#include "query/logql/parser.h"
#include "server/answer.h"
#include "server/params.h"
#include "server/services.h"
#include "server/write_result.h"

namespace narfi::server {
namespace {

constexpr int64_t kDefaultSince = 6 * kHour;

// The streams on the days of the range that `query` selects; all of them without one.
Result<std::vector<Labels>> SelectSeries(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const TimeRange range, ReadRange(*call.request, call.now_ns, kDefaultSince));
  // Loki's words for a range that ends before it starts.
  if (range.end_ns < range.start_ns) {
    return Fail(
        Code::kInvalidArgument,
        fmt::format(
            "this data is no longer available, it is past now - max_query_lookback ({})",
            FormatPrometheusDuration(services.LimitsFor(call.tenant).max_query_lookback_ns)));
  }
  const TimeRange days = ToWholeDays(range);
  storage::Selector selector{call.tenant, {}, days.start_ns, days.end_ns};
  if (const std::string_view query = TextParam(*call.request, "query"); !query.empty()) {
    NARFI_ASSIGN(const auto matchers, logql::ParseSelector(query));
    selector.predicates = logql::ToPredicates(matchers);
  }
  return services.source.Series(selector);
}

Result<net::HttpResponse> HandleLabels(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const auto series, SelectSeries(services, call));
  std::set<std::string> names;
  for (const Labels& labels : series) {
    for (const Label& label : labels) names.insert(label.name);
  }
  return JsonAnswer(WriteNames({names.begin(), names.end()}));
}

Result<net::HttpResponse> HandleLabelValues(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const auto series, SelectSeries(services, call));
  std::set<std::string> values;
  for (const Labels& labels : series) {
    if (const std::string_view value = labels.Get(call.parts.front()); !value.empty())
      values.emplace(value);
  }
  return JsonAnswer(WriteNames({values.begin(), values.end()}));
}

// Every `match[]` (or `match`) of the request.
std::vector<std::string> MatchParams(const net::HttpRequest& request) {
  std::vector<std::string> out;
  for (const auto& [name, value] : request.params) {
    if (name == "match[]" || name == "match") out.push_back(value);
  }
  return out;
}

std::string WriteSeries(const std::set<Labels>& series) {
  std::string out = "{\"status\":\"success\",\"data\":[";
  Comma comma;
  for (const Labels& labels : series) {
    comma(out);
    AppendLabels(out, labels);
  }
  return out + "]}";
}

Result<net::HttpResponse> HandleSeries(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const TimeRange range, ReadOrderedRange(*call.request, call.now_ns, kDefaultSince));
  std::vector<storage::Selector> selectors;
  for (const std::string& match : MatchParams(*call.request)) {
    NARFI_ASSIGN(const auto matchers, logql::ParseOpenSelector(match));
    selectors.push_back({call.tenant, logql::ToPredicates(matchers), range.start_ns, range.end_ns});
  }
  if (selectors.empty()) selectors.push_back({call.tenant, {}, range.start_ns, range.end_ns});
  std::set<Labels> found;
  for (const storage::Selector& selector : selectors) {
    NARFI_ASSIGN(auto series, services.source.Series(selector));
    found.insert(std::make_move_iterator(series.begin()), std::make_move_iterator(series.end()));
  }
  return JsonAnswer(WriteSeries(found));
}

}  // namespace

void AddLabelRoutes(Router& router, const Services& services) {
  const auto labels = OnQueryPool(services, HandleLabels);
  const auto values = OnQueryPool(services, HandleLabelValues);
  const auto series = OnQueryPool(services, HandleSeries);
  router.Add("GET POST", "/loki/api/v1/labels", "loki_api_v1_labels", labels);
  router.Add("GET POST", "/loki/api/v1/label", "loki_api_v1_label", labels);
  router.Add("GET POST", "/loki/api/v1/label/{name}/values", "loki_api_v1_label_name_values",
             values);
  router.Add("GET POST", "/loki/api/v1/series", "loki_api_v1_series", series);
  router.Add("GET POST", "/api/prom/label", "api_prom_label", labels);
  router.Add("GET POST", "/api/prom/label/{name}/values", "api_prom_label_name_values", values);
  router.Add("GET POST", "/api/prom/series", "api_prom_series", series);
}

}  // namespace narfi::server
