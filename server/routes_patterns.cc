// patterns: what the lines of some streams look like, and how many do over time.
#include <algorithm>
#include <memory>

#include "base/duration.h"
#include "base/json_write.h"
#include "query/exec/monitor.h"
#include "query/logql/parser.h"
#include "query/patterns/pattern_scan.h"
#include "server/answer.h"
#include "server/params.h"
#include "server/query_limits.h"
#include "server/services.h"

namespace narfi::server {
namespace {

constexpr int64_t kMinStep = 10 * kSecond;  // Loki counts patterns by ten seconds
constexpr size_t kMaxPatterns = 300;

std::string WritePatterns(const std::vector<query::LogPattern>& patterns) {
  std::string out = "{\"status\":\"success\",\"data\":[";
  Comma comma;
  for (const auto& pattern : patterns) {
    comma(out);
    out += "{\"pattern\":";
    AppendJsonString(out, pattern.text);
    out += ",\"level\":";
    AppendJsonString(out, pattern.level);
    out += ",\"samples\":[";
    Comma inner;
    for (const auto& [time_s, count] : pattern.samples) {
      inner(out);
      out += '[';
      AppendInt(out, time_s);
      out += ',';
      AppendUint(out, count);
      out += ']';
    }
    out += "]}";
  }
  return out + "]}";
}

// Steps of whole seconds.
Result<int64_t> ReadPatternStep(const net::HttpRequest& request, TimeRange range) {
  NARFI_ASSIGN(const int64_t asked_ns, ReadStep(request, range));
  const int64_t step_ns = std::max(asked_ns, kMinStep) / kSecond * kSecond;
  NARFI_TRY(CheckPoints(range, step_ns));
  return step_ns;
}

Result<net::HttpResponse> HandlePatterns(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const TimeRange range, ReadRange(*call.request, call.now_ns, kHour));
  NARFI_ASSIGN(const int64_t step_ns, ReadPatternStep(*call.request, range));
  NARFI_ASSIGN(auto matchers, logql::ParseSelector(TextParam(*call.request, "query")));
  query::Request request;
  request.tenant = call.tenant;
  request.start_ns = range.start_ns;
  request.end_ns = range.end_ns;
  request.limit = 0;
  request.expr = std::make_shared<const logql::Expr>(logql::LogSelector{matchers, {}, {}});
  ClampLookback(request, services);
  NARFI_TRY(CheckTenantLimits(request, services));
  if (request.end_ns <= request.start_ns) return JsonAnswer(WritePatterns({}));
  auto charge = std::make_shared<MemoryCharge>(services.query_memory);
  query::QueryMonitor monitor(call.context, services.clock);
  const auto hold = [&](const query::ScanUse& use) -> Status {
    NARFI_TRY(GoOn(services, call.context));
    NARFI_TRY(monitor.AddBytesRead(use.new_bytes_read));
    return charge->GrowTo(use.held_bytes, [&] { return GoOnWaiting(services, call.context); });
  };
  const query::PatternRequest patterns{
      {call.tenant, logql::ToPredicates(matchers), request.start_ns, request.end_ns},
      step_ns,
      kMaxPatterns};
  NARFI_ASSIGN(const auto found,
               query::FindPatterns(services.source, services.query_pool, patterns, hold));
  net::HttpResponse answer = JsonAnswer(WritePatterns(found));
  NARFI_TRY(HoldUntilSent(services, call, std::move(charge), answer));
  return answer;
}

}  // namespace

void AddPatternRoutes(Router& router, const Services& services) {
  router.Add("GET POST", "/loki/api/v1/patterns", "loki_api_v1_patterns",
             OnQueryPool(services, HandlePatterns));
}

}  // namespace narfi::server
