// index/stats and index/volume.
#include <algorithm>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/json_write.h"
#include "query/logql/parser.h"
#include "server/answer.h"
#include "server/params.h"
#include "server/services.h"
#include "server/volume.h"

namespace narfi::server {
namespace {

constexpr uint64_t kDefaultVolumeLimit = 100;

Result<net::HttpResponse> HandleStats(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const TimeRange range, ReadOrderedRange(*call.request, call.now_ns, kHour));
  NARFI_ASSIGN(const auto matchers, logql::ParseSelector(TextParam(*call.request, "query")));
  NARFI_ASSIGN(const auto streams,
               MeasureStreams(services.ingest, {call.tenant, logql::ToPredicates(matchers),
                                                range.start_ns, range.end_ns}));
  StreamVolume total;
  for (const auto& [labels, volume] : streams) {
    total.runs += volume.runs;
    total.entries += volume.entries;
    total.bytes += volume.bytes;
  }
  std::string out = "{\"streams\":";
  AppendUint(out, streams.size());
  out += ",\"chunks\":";
  AppendUint(out, total.runs);
  out += ",\"bytes\":";
  AppendUint(out, total.bytes);
  out += ",\"entries\":";
  AppendUint(out, total.entries);
  return JsonAnswer(out + "}");
}

Result<VolumeGrouping> ReadGrouping(const net::HttpRequest& request,
                                    const std::vector<logql::Matcher>& matchers) {
  VolumeGrouping grouping;
  const std::string_view by = TextParam(request, "aggregateBy");
  if (!by.empty() && by != "series" && by != "labels")
    return Fail(Code::kInvalidArgument, "invalid aggregation option");
  grouping.by_label_name = by == "labels";
  std::string_view targets = TextParam(request, "targetLabels");
  while (!targets.empty()) {
    const size_t end = std::min(targets.find(','), targets.size());
    grouping.target_labels.emplace_back(targets.substr(0, end));
    targets.remove_prefix(std::min(end + 1, targets.size()));
  }
  if (grouping.target_labels.empty() && !grouping.by_label_name) {
    for (const logql::Matcher& matcher : matchers) grouping.target_labels.push_back(matcher.name);
  }
  return grouping;
}

std::string WriteVolumes(const std::vector<VolumeSum>& sums, int64_t end_ns) {
  std::string out = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[";
  Comma comma;
  for (const VolumeSum& sum : sums) {
    comma(out);
    out += "{\"metric\":{";
    Comma inner;
    for (const Label& label : sum.labels) {
      inner(out);
      AppendJsonString(out, label.name);
      out += ':';
      AppendJsonString(out, label.value);
    }
    out +=
        "},\"value\":[" + FormatSample(static_cast<double>(end_ns / kMillisecond) / 1000) + ",\"";
    AppendUint(out, sum.bytes);
    out += "\"]}";
  }
  return out + "]}}";
}

Result<net::HttpResponse> HandleVolume(const Services& services, const ReadCall& call) {
  if (!services.LimitsFor(call.tenant).volume_enabled)
    return TextAnswer(404, "volume is disabled (limits_config.volume_enabled)\n");
  NARFI_ASSIGN(const TimeRange range, ReadOrderedRange(*call.request, call.now_ns, kHour));
  NARFI_ASSIGN(uint64_t limit, ReadLimit(*call.request, kDefaultVolumeLimit));
  if (const uint64_t most = services.LimitsFor(call.tenant).volume_max_series; most > 0)
    limit = std::min(limit, most);
  const std::string_view query = TextParam(*call.request, "query");
  NARFI_ASSIGN(const auto matchers, logql::ParseOpenSelector(query));
  NARFI_ASSIGN(const VolumeGrouping grouping, ReadGrouping(*call.request, matchers));
  NARFI_ASSIGN(const auto streams,
               MeasureStreams(services.ingest, {call.tenant, logql::ToPredicates(matchers),
                                                range.start_ns, range.end_ns}));
  return JsonAnswer(WriteVolumes(SumVolumes(streams, grouping, limit), range.end_ns));
}

}  // namespace

void AddIndexRoutes(Router& router, const Services& services) {
  router.Add("GET POST", "/loki/api/v1/index/stats", "loki_api_v1_index_stats",
             OnQueryPool(services, HandleStats));
  router.Add("GET POST", "/loki/api/v1/index/volume", "loki_api_v1_index_volume",
             OnQueryPool(services, HandleVolume));
}

}  // namespace narfi::server
