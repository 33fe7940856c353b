// labels, label values, series.
#include <fmt/format.h>

#include <set>

#include "base/duration.h"
#include "base/json_write.h"
#include "server/answer.h"
#include "server/params.h"
#include "server/services.h"
#include "server/stream_labels.h"
#include "server/write_result.h"

namespace narfi::server {
namespace {

Result<TimeRange> ReadLabelRange(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const TimeRange range, ReadRange(*call.request, call.now_ns, kMetadataSince));
  if (range.end_ns >= range.start_ns) return range;
  // Loki's words for a range that ends before it starts.
  return Fail(
      Code::kInvalidArgument,
      fmt::format("this data is no longer available, it is past now - max_query_lookback ({})",
                  FormatPrometheusDuration(services.LimitsFor(call.tenant).max_query_lookback_ns)));
}

Result<net::HttpResponse> HandleLabels(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const TimeRange range, ReadLabelRange(services, call));
  NARFI_ASSIGN(const auto names,
               FindLabelNames(services, call.tenant, range, TextParam(*call.request, "query")));
  return JsonAnswer(WriteNames({names.begin(), names.end()}));
}

Result<net::HttpResponse> HandleLabelValues(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const TimeRange range, ReadLabelRange(services, call));
  NARFI_ASSIGN(const auto values,
               FindLabelValues(services, call.tenant, range, TextParam(*call.request, "query"),
                               call.parts.front()));
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
  NARFI_ASSIGN(const TimeRange range, ReadOrderedRange(*call.request, call.now_ns, kMetadataSince));
  NARFI_ASSIGN(const auto found,
               FindSeries(services, call.tenant, range, MatchParams(*call.request)));
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
