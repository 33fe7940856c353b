// tail: live entries over a WebSocket.
#include "base/duration.h"
#include "base/go_text.h"
#include "query/logql/parser.h"
#include "server/answer.h"
#include "server/params.h"
#include "server/query_limits.h"
#include "server/services.h"
#include "server/tail_hub.h"
#include "server/write_result.h"

namespace narfi::server {
namespace {

constexpr uint64_t kDefaultEntries = 100;

Result<TailRequest> ReadTail(const Services& services, const ReadCall& call, bool is_legacy) {
  const net::HttpRequest& request = *call.request;
  TailRequest tail;
  query::Request& query = tail.query;
  query.tenant = call.tenant;
  query.query = TextParam(request, "query");
  if (const std::string_view regexp = TextParam(request, "regexp"); is_legacy && !regexp.empty())
    query.query += " |~ " + GoQuote(regexp);
  NARFI_ASSIGN(query.limit, ReadLimit(request, kDefaultEntries));
  NARFI_ASSIGN(const TimeRange range, ReadRange(request, call.now_ns, kHour));
  query.start_ns = range.start_ns;
  query.end_ns = std::max(call.now_ns, range.start_ns);
  NARFI_ASSIGN(tail.delay_ns, ReadDelayFor(request));
  NARFI_ASSIGN(auto selector, logql::ParseLogSelector(query.query));
  query.expr = std::make_shared<const logql::Expr>(std::move(selector));
  NARFI_TRY(CheckTenantLimits(query, services));
  tail.format = {is_legacy, ReadEncodingFlags(request)};
  query.categorize = Categorizes(tail.format.flags);
  // The request is gone when its query runs: what it says of the client stays behind.
  tail.context = call.context;
  tail.context.cancelled = nullptr;
  return tail;
}

net::HttpResponse Upgraded(std::function<void(std::shared_ptr<net::WebSocket>)> opened) {
  net::HttpResponse answer;
  answer.status = 101;
  answer.web_socket = std::move(opened);
  return answer;
}

RouteHandler HandleTail(const Services& services, TailHub& hub, bool is_legacy) {
  return [&services, &hub, is_legacy](const Call& call, const net::Respond& respond) {
    const auto read = MakeReadCall(services, call.request);
    if (!read) return respond(read.error());
    // Loki tails one tenant at a time, too.
    if (read->tenant.find('|') != std::string::npos)
      return respond(TextAnswer(500, "multiple org IDs present"));
    auto request = ReadTail(services, *read, is_legacy);
    if (!request) return respond(ErrorAnswer(request.error()));
    if (!net::IsWebSocketUpgrade(*call.request)) {
      net::HttpResponse refused = TextAnswer(400, "Bad Request\n");
      refused.headers.Add("Sec-Websocket-Version", "13");
      return respond(std::move(refused));
    }
    auto added = hub.Add(std::move(*request));
    if (!added) {
      return respond(Upgraded([reason = added.error().text](const auto& socket) {
        socket->Close(net::kCloseInternalError, "rpc error: code = Code(400) desc = " + reason);
      }));
    }
    (*added)->Begin([tail = *added, respond](const Status& ready) {
      if (!ready) return respond(ErrorAnswer(ready.error()));
      respond(Upgraded([tail](const auto& socket) { tail->Open(socket); }));
    });
  };
}

}  // namespace

void AddTailRoutes(Router& router, const Services& services, TailHub& hub) {
  router.Add("GET", "/loki/api/v1/tail", "loki_api_v1_tail", HandleTail(services, hub, false));
  router.Add("GET", "/api/prom/tail", "api_prom_tail", HandleTail(services, hub, true));
}

}  // namespace narfi::server
