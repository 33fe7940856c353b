// index/stats, index/volume and index/volume_range.
#include <algorithm>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/json_write.h"
#include "base/size.h"
#include "query/logql/parser.h"
#include "server/answer.h"
#include "server/params.h"
#include "server/query_limits.h"
#include "server/services.h"
#include "server/volume.h"
#include "server/volume_range.h"
#include "server/write_result.h"

namespace narfi::server {
namespace {

// {"streams":..,"chunks":..,"bytes":..,"entries":..} of a selector.
Result<std::string> MeasureSelector(const Services& services, const ReadCall& call) {
  // Loki reads all parameters of a range query here, and judges them.
  NARFI_ASSIGN(const query::Request asked, ReadRangeQuery(*call.request, call.now_ns));
  NARFI_ASSIGN(const auto matchers, logql::ParseSelector(asked.query));
  NARFI_ASSIGN(const storage::Selector selector,
               VisibleSelector(services, call.tenant, logql::ToPredicates(matchers),
                               {asked.start_ns, asked.end_ns}));
  NARFI_ASSIGN(const auto streams, MeasureStreams(services.source, selector));
  const StreamVolume total = TotalOf(streams);
  std::string out = "{\"streams\":";
  AppendUint(out, streams.size());
  out += ",\"chunks\":";
  AppendUint(out, total.runs);
  out += ",\"bytes\":";
  AppendUint(out, total.bytes);
  out += ",\"entries\":";
  AppendUint(out, total.entries);
  return out + "}";
}

Result<net::HttpResponse> HandleStats(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(std::string out, MeasureSelector(services, call));
  return JsonAnswer(std::move(out));
}

// One shard with all of it: a query is spread over the processors without being cut up by its
// client.
Result<net::HttpResponse> HandleShards(const Services& services, const ReadCall& call) {
  if (const auto target = TextParam(*call.request, "targetBytesPerShard"); !target.empty()) {
    NARFI_TRY(ParseHumanBytes(target));
  }
  NARFI_ASSIGN(const std::string stats, MeasureSelector(services, call));
  return JsonAnswer("{\"shards\":[{\"bounds\":{\"min\":0,\"max\":18446744073709551615},\"stats\":" +
                    stats + "}],\"statistics\":{}}");
}

Result<VolumeGrouping> ReadGrouping(const net::HttpRequest& request,
                                    const std::vector<logql::Matcher>& matchers) {
  const std::string_view by = TextParam(request, "aggregateBy");
  if (!by.empty() && by != "series" && by != "labels")
    return Fail(Code::kInvalidArgument, "invalid aggregation option");
  std::vector<std::string> labels;
  std::string_view targets = TextParam(request, "targetLabels");
  while (!targets.empty()) {
    const size_t end = std::min(targets.find(','), targets.size());
    labels.emplace_back(targets.substr(0, end));
    targets.remove_prefix(std::min(end + 1, targets.size()));
  }
  return MakeGrouping(std::move(labels), by == "labels", matchers);
}

void AppendPoint(std::string& out, int64_t time_ms, uint64_t bytes) {
  out += '[' + FormatSample(static_cast<double>(time_ms) / 1000) + ",\"";
  AppendUint(out, bytes);
  out += "\"]";
}

std::string WriteVolumes(const std::vector<VolumeSum>& sums, int64_t end_ns) {
  std::string out = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[";
  Comma comma;
  for (const VolumeSum& sum : sums) {
    comma(out);
    out += "{\"metric\":";
    AppendLabels(out, sum.labels);
    out += ",\"value\":";
    AppendPoint(out, end_ns / kMillisecond, sum.bytes);
    out += '}';
  }
  return out + "]}}";
}

// Loki calls an answer without series a vector.
std::string WriteVolumeSteps(const std::vector<VolumeSeries>& all, const StepGrid& grid) {
  if (all.empty()) return WriteVolumes({}, 0);
  std::string out = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[";
  Comma comma;
  for (const VolumeSeries& series : all) {
    comma(out);
    out += "{\"metric\":";
    AppendLabels(out, series.labels);
    out += ",\"values\":[";
    Comma inner;
    for (const auto& [step, bytes] : series.bytes) {
      inner(out);
      AppendPoint(out, grid.LabelMs(step), bytes);
    }
    out += "]}";
  }
  return out + "]}}";
}

struct VolumeCall {
  storage::Selector selector;
  VolumeGrouping grouping;
  uint64_t limit = 0;
  int64_t step_ns = 0;
};

// What both endpoints take; `step` only where it is asked for.
Result<VolumeCall> ReadVolumeCall(const Services& services, const ReadCall& call, bool has_step) {
  // Loki reads all parameters of a range query or an instant one here, and judges them.
  NARFI_TRY(has_step ? ReadRangeQuery(*call.request, call.now_ns)
                     : ReadInstantQuery(*call.request, call.now_ns));
  NARFI_ASSIGN(const TimeRange range, ReadOrderedRange(*call.request, call.now_ns, kHour));
  VolumeCall out;
  NARFI_ASSIGN(const uint64_t limit, ReadLimit(*call.request, kDefaultVolumeLimit));
  out.limit = ClampVolumes(limit, call.tenant, services);
  if (has_step) {
    NARFI_ASSIGN(out.step_ns, ReadStep(*call.request, range));
  }
  NARFI_ASSIGN(const auto matchers, logql::ParseOpenSelector(TextParam(*call.request, "query")));
  NARFI_ASSIGN(out.grouping, ReadGrouping(*call.request, matchers));
  NARFI_ASSIGN(out.selector,
               VisibleSelector(services, call.tenant, logql::ToPredicates(matchers), range));
  return out;
}

net::HttpResponse VolumeIsDisabled() {
  return TextAnswer(404, "volume is disabled (limits_config.volume_enabled)\n");
}

Result<net::HttpResponse> HandleVolume(const Services& services, const ReadCall& call) {
  if (!VolumeIsEnabled(call.tenant, services)) return VolumeIsDisabled();
  NARFI_ASSIGN(const VolumeCall volume, ReadVolumeCall(services, call, false));
  NARFI_ASSIGN(const auto streams, MeasureStreams(services.source, volume.selector));
  return JsonAnswer(
      WriteVolumes(SumVolumes(streams, volume.grouping, volume.limit), volume.selector.end_ns));
}

Result<net::HttpResponse> HandleVolumeRange(const Services& services, const ReadCall& call) {
  if (!VolumeIsEnabled(call.tenant, services)) return VolumeIsDisabled();
  NARFI_ASSIGN(const VolumeCall volume, ReadVolumeCall(services, call, true));
  const StepGrid grid(volume.selector.start_ns, volume.selector.end_ns, volume.step_ns);
  NARFI_ASSIGN(const auto series,
               MeasureSteps(services.source, volume.selector, volume.grouping, grid, volume.limit,
                            [&] { return GoOn(services, call.context); }));
  return JsonAnswer(WriteVolumeSteps(series, grid));
}

}  // namespace

void AddIndexRoutes(Router& router, const Services& services) {
  router.Add("GET POST", "/loki/api/v1/index/stats", "loki_api_v1_index_stats",
             OnQueryPool(services, HandleStats));
  router.Add("GET POST", "/loki/api/v1/index/shards", "loki_api_v1_index_shards",
             OnQueryPool(services, HandleShards));
  router.Add("GET POST", "/loki/api/v1/index/volume", "loki_api_v1_index_volume",
             OnQueryPool(services, HandleVolume));
  router.Add("GET POST", "/loki/api/v1/index/volume_range", "loki_api_v1_index_volume_range",
             OnQueryPool(services, HandleVolumeRange));
}

}  // namespace narfi::server
