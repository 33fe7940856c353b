// detected_labels, detected_fields and detected_field/{name}/values: what Logs Drilldown shows of a
// service before anybody wrote a query.
#include <algorithm>
#include <map>
#include <set>

#include "base/duration.h"
#include "base/json_write.h"
#include "line/value_type.h"
#include "query/logql/parser.h"
#include "server/answer.h"
#include "server/detected_fields.h"
#include "server/extensions.h"
#include "server/params.h"
#include "server/query_limits.h"
#include "server/services.h"

namespace narfi::server {
namespace {

constexpr uint64_t kDefaultFieldLimit = 1000;
constexpr uint64_t kDefaultLineLimit = 100;
constexpr size_t kMaxLabelValues = 50;  // a label with more is no group to start from

// The labels that are shown whatever their values are.
bool IsUsualGroup(std::string_view name) {
  constexpr std::string_view kNames[] = {"cluster", "namespace", "instance", "pod"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

bool TellsGroupsApart(std::string_view name, const std::set<std::string_view>& values) {
  if (IsUsualGroup(name)) return true;
  if (values.size() > kMaxLabelValues) return false;
  return values.size() < 2 || !std::all_of(values.begin(), values.end(), line::IsId);
}

Result<net::HttpResponse> HandleDetectedLabels(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const TimeRange range, ReadOrderedRange(*call.request, call.now_ns, kHour));
  storage::Selector selector{call.tenant, {}};
  if (const std::string_view query = TextParam(*call.request, "query"); !query.empty()) {
    NARFI_ASSIGN(const auto matchers, logql::ParseSelector(query));
    selector.predicates = logql::ToPredicates(matchers);
  }
  NARFI_ASSIGN(const auto visible, VisibleRange(services, call.tenant, range));
  if (!visible) return JsonAnswer("{}");
  const TimeRange days = ToWholeDays(*visible);
  selector.start_ns = days.start_ns;
  selector.end_ns = days.end_ns;
  NARFI_ASSIGN(const auto series, services.source.Series(selector));
  std::map<std::string_view, std::set<std::string_view>> values;
  for (const Labels& labels : series) {
    for (const Label& label : labels) values[label.name].insert(label.value);
  }
  std::erase_if(values,
                [](const auto& label) { return !TellsGroupsApart(label.first, label.second); });
  if (values.empty()) return JsonAnswer("{}");
  std::string out = "{\"detectedLabels\":[";
  Comma comma;
  for (const auto& [name, different] : values) {
    comma(out);
    out += "{\"label\":";
    AppendJsonString(out, name);
    out += ",\"cardinality\":";
    AppendUint(out, different.size());
    out += '}';
  }
  return JsonAnswer(out + "]}");
}

// The newest lines that the query gives, at most line_limit of them.
Result<query::QueryResult> ReadLines(const Services& services, const ReadCall& call,
                                     uint64_t& limit) {
  NARFI_ASSIGN(const TimeRange range, ReadOrderedRange(*call.request, call.now_ns, kHour));
  // The older name of it.
  const bool is_old = TextParam(*call.request, "limit").empty();
  NARFI_ASSIGN(limit,
               ReadCount(*call.request, is_old ? "field_limit" : "limit", kDefaultFieldLimit));
  NARFI_ASSIGN(const int64_t step_ns, ReadStep(*call.request, range));
  NARFI_TRY(CheckPoints(range, step_ns));  // Loki judges it, although no answer has steps
  query::Request request;
  request.tenant = call.tenant;
  request.start_ns = range.start_ns;
  request.end_ns = range.end_ns;
  request.categorize = true;
  NARFI_ASSIGN(const uint64_t lines, ReadCount(*call.request, "line_limit", kDefaultLineLimit));
  request.limit = ClampEntries(lines, call.tenant, services);
  request.query = TextParam(*call.request, "query");
  NARFI_ASSIGN(auto expr, logql::Parse(request.query, ParseOptionsOf(services, call)));
  if (!std::holds_alternative<logql::LogSelector>(expr))
    return Fail(Code::kInvalidArgument, "only log selector is supported");
  request.expr = std::make_shared<const logql::Expr>(std::move(expr));
  ClampLookback(request, services);
  NARFI_TRY(CheckTenantLimits(request, services));
  return services.queries.Execute(request, call.context);
}

// Answers with what the query holds of memory, and `more` bytes beside it.
Status HoldBeside(const Services& services, const ReadCall& call, query::QueryResult& result,
                  uint64_t held, uint64_t more) {
  if (result.memory == nullptr)
    result.memory = std::make_shared<MemoryCharge>(services.query_memory);
  return result.memory->GrowTo(held + more, [&] { return GoOnWaiting(services, call.context); });
}

Result<net::HttpResponse> HandleDetectedFields(const Services& services, const ReadCall& call) {
  uint64_t limit = 0;
  NARFI_ASSIGN(auto result, ReadLines(services, call, limit));
  const uint64_t held = result.memory == nullptr ? 0 : result.memory->bytes();
  DetectedFields fields(limit);
  for (const query::LogStream& stream : std::get<query::StreamsResult>(result.data).streams) {
    for (const query::LogEntry& entry : stream.entries) {
      NARFI_TRY(GoOn(services, call.context));
      fields.Add(stream.labels, entry);
      NARFI_TRY(HoldBeside(services, call, result, held, fields.bytes()));
    }
  }
  net::HttpResponse answer = JsonAnswer(fields.Write());
  NARFI_TRY(HoldUntilSent(services, call, std::move(result.memory), answer));
  return answer;
}

Result<net::HttpResponse> HandleDetectedValues(const Services& services, const ReadCall& call) {
  uint64_t limit = 0;
  NARFI_ASSIGN(auto result, ReadLines(services, call, limit));
  const uint64_t held = result.memory == nullptr ? 0 : result.memory->bytes();
  const std::string& name = call.parts.front();
  EntryFields reader;
  std::set<std::string, std::less<>> values;
  uint64_t bytes = 0;
  for (const query::LogStream& stream : std::get<query::StreamsResult>(result.data).streams) {
    for (const query::LogEntry& entry : stream.entries) {
      NARFI_TRY(GoOn(services, call.context));
      for (const EntryFields::Field& field : reader.Read(stream.labels, entry)) {
        if (field.name != name || values.size() >= limit || values.contains(field.value)) continue;
        values.emplace(field.value);
        bytes += 2 * field.value.size() + 64;  // once more in the answer
      }
      NARFI_TRY(HoldBeside(services, call, result, held, bytes));
    }
  }
  if (values.empty()) return JsonAnswer("{}");
  std::string out = "{\"limit\":";
  AppendUint(out, limit);
  out += ",\"values\":[";
  Comma comma;
  for (const std::string& value : values) {
    comma(out);
    AppendJsonString(out, value);
  }
  net::HttpResponse answer = JsonAnswer(out + "]}");
  NARFI_TRY(HoldUntilSent(services, call, std::move(result.memory), answer));
  return answer;
}

}  // namespace

void AddDetectedRoutes(Router& router, const Services& services) {
  router.Add("GET POST", "/loki/api/v1/detected_labels", "loki_api_v1_detected_labels",
             OnQueryPool(services, HandleDetectedLabels));
  router.Add("GET POST", "/loki/api/v1/detected_fields", "loki_api_v1_detected_fields",
             OnQueryPool(services, HandleDetectedFields));
  router.Add("GET POST", "/loki/api/v1/detected_field/{name}/values",
             "loki_api_v1_detected_field_name_values", OnQueryPool(services, HandleDetectedValues));
}

}  // namespace narfi::server
