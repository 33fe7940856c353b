// query and query_range.
#include "base/duration.h"
#include "base/go_text.h"
#include "query/exec/monitor.h"
#include "query/logql/parser.h"
#include "server/answer.h"
#include "server/extensions.h"
#include "server/hints.h"
#include "server/params.h"
#include "server/query_limits.h"
#include "server/query_stream.h"
#include "server/services.h"
#include "server/write_result.h"

namespace narfi::server {
namespace {

bool IsEmpty(const query::QueryData& data) {
  if (const auto* streams = std::get_if<query::StreamsResult>(&data))
    return streams->streams.empty();
  if (const auto* matrix = std::get_if<query::MatrixResult>(&data)) return matrix->series.empty();
  if (const auto* vector = std::get_if<query::VectorResult>(&data)) return vector->samples.empty();
  return false;
}

// How the answer is written.
enum class Form : uint8_t { kV1, kLegacy };

Result<net::HttpResponse> RunQuery(const Services& services, const ReadCall& call,
                                   query::Request request, Form form = Form::kV1) {
  request.tenant = call.tenant;
  NARFI_ASSIGN(auto expr, logql::Parse(request.query, ParseOptionsOf(services, call)));
  if (form == Form::kLegacy && !std::holds_alternative<logql::LogSelector>(expr)) {
    return Fail(Code::kInternal,
                "legacy endpoints only support streams result type, current type is matrix");
  }
  request.expr = std::make_shared<const logql::Expr>(std::move(expr));
  ClampLookback(request, services);
  NARFI_TRY(CheckTenantLimits(request, services));
  const std::vector<std::string> flags = ReadEncodingFlags(*call.request);
  request.categorize = Categorizes(flags);
  const bool is_log = std::holds_alternative<logql::LogSelector>(*request.expr);
  const bool can_stream =
      is_log && !request.is_instant && form == Form::kV1 && request.interval_ns == 0;
  if (can_stream && request.limit > kStreamedEntries)
    return StreamLogQuery(services, call, std::move(request), flags);
  auto executed = services.queries.Execute(request, call.context);
  // What is too much for its memory in one go may be given page by page.
  if (!executed && can_stream && query::IsOverMemory(executed.error()))
    return StreamLogQuery(services, call, std::move(request), flags);
  NARFI_ASSIGN(query::QueryResult result, std::move(executed));
  const auto* matchers = FirstMatchers(*request.expr);
  if (IsEmpty(result.data) && result.stats.streams == 0 && matchers != nullptr &&
      result.warnings.empty()) {
    const TimeRange looked_at = LookedAt(request);
    result.warnings = ExplainEmpty(services, call, *matchers, looked_at.start_ns, looked_at.end_ns);
  }
  // The text is about as large as what it is made from; both are there for a moment.
  if (result.memory != nullptr) {
    const uint64_t held = result.memory->bytes();
    NARFI_TRY(result.memory->GrowTo(2 * held, [&] { return GoOnWaiting(services, call.context); }));
  }
  net::HttpResponse answer = JsonAnswer(
      form == Form::kLegacy ? WriteLegacyStreams(std::get<query::StreamsResult>(result.data))
                            : WriteQueryResult(result, flags, call.queued_ns));
  NARFI_TRY(HoldUntilSent(services, call, std::move(result.memory), answer));
  return answer;
}

Result<net::HttpResponse> HandleQueryRange(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(auto request, ReadRangeQuery(*call.request, call.now_ns));
  return RunQuery(services, call, std::move(request));
}

Result<net::HttpResponse> HandleQuery(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(auto request, ReadInstantQuery(*call.request, call.now_ns));
  return RunQuery(services, call, std::move(request));
}

// The API before version 1: log queries over a range, with a filter of its own.
Result<net::HttpResponse> HandleLegacyQuery(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(auto request, ReadRangeQuery(*call.request, call.now_ns));
  if (const std::string_view regexp = TextParam(*call.request, "regexp"); !regexp.empty())
    request.query += " |~ " + GoQuote(regexp);
  return RunQuery(services, call, std::move(request), Form::kLegacy);
}

}  // namespace

void AddQueryRoutes(Router& router, const Services& services) {
  router.Add("GET POST", "/loki/api/v1/query_range", "loki_api_v1_query_range",
             OnQueryPool(services, HandleQueryRange));
  router.Add("GET POST", "/loki/api/v1/query", "loki_api_v1_query",
             OnQueryPool(services, HandleQuery));
  router.Add("GET POST", "/api/prom/query", "api_prom_query",
             OnQueryPool(services, HandleLegacyQuery));
}

}  // namespace narfi::server
