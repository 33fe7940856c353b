// tail: live entries over a WebSocket.
#include "base/duration.h"
#include "base/go_text.h"
#include "server/answer.h"
#include "server/params.h"
#include "server/services.h"
#include "server/tail_hub.h"
#include "server/write_result.h"

namespace narfi::server {
namespace {

class WebSocketClient final : public TailClient {
 public:
  explicit WebSocketClient(std::shared_ptr<net::WebSocket> socket) : socket_(std::move(socket)) {}
  void Send(std::string message, std::function<void(bool ok)> sent) override {
    socket_->Send(std::move(message), std::move(sent));
  }
  void End(const std::string& reason) override { socket_->Close(net::kCloseInternalError, reason); }
  void GoAway() override { socket_->Close(net::kCloseGoingAway, "the server is going away"); }
  void OnGone(std::function<void()> gone) override { socket_->OnGone(std::move(gone)); }

 private:
  std::shared_ptr<net::WebSocket> socket_;
};

Result<TailRequest> ReadTail(const Services& services, const ReadCall& call, bool is_legacy) {
  const net::HttpRequest& request = *call.request;
  TailRequest tail;
  query::Request& query = tail.query;
  query.tenant = call.tenant;
  query.query = TextParam(request, "query");
  if (const std::string_view regexp = TextParam(request, "regexp"); is_legacy && !regexp.empty())
    query.query += " |~ " + GoQuote(regexp);
  NARFI_ASSIGN(query.limit, ReadLimit(request, kDefaultTailEntries));
  NARFI_ASSIGN(const TimeRange range, ReadRange(request, call.now_ns, kHour));
  query.start_ns = range.start_ns;
  query.end_ns = std::max(call.now_ns, range.start_ns);
  NARFI_ASSIGN(tail.delay_ns, ReadDelayFor(request));
  const TailFormat format{is_legacy, ReadEncodingFlags(request)};
  query.categorize = Categorizes(format.flags);
  tail.make_frames = [format](query::QueryResult result, query::Direction direction,
                              std::vector<DroppedEntry> dropped) {
    return std::make_unique<JsonTailFrames>(format, std::move(result), direction,
                                            std::move(dropped));
  };
  NARFI_TRY(PrepareTail(services, call, tail));
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
    if (NamesSeveralTenants(services.settings, *call.request))
      return respond(TextAnswer(400, "multiple org IDs present"));
    const auto read = MakeReadCall(services, call.request);
    if (!read) return respond(read.error());
    auto request = ReadTail(services, *read, is_legacy);
    if (!request) return respond(ErrorAnswer(request.error()));
    if (!net::IsWebSocketUpgrade(*call.request)) {
      net::HttpResponse refused = TextAnswer(400, "Bad Request\n");
      refused.headers.Add("Sec-Websocket-Version", "13");
      return respond(std::move(refused));
    }
    auto added = hub.Add(std::move(*request));
    if (!added && added.error().code != Code::kLimit) return respond(ErrorAnswer(added.error()));
    if (!added) {
      return respond(Upgraded([reason = added.error().text](const auto& socket) {
        socket->Close(net::kCloseInternalError, "rpc error: code = Code(400) desc = " + reason);
      }));
    }
    (*added)->Begin([tail = *added, respond](const Status& ready) {
      if (!ready) return respond(ErrorAnswer(ready.error()));
      respond(Upgraded(
          [tail](const auto& socket) { tail->Open(std::make_unique<WebSocketClient>(socket)); }));
    });
  };
}

}  // namespace

void AddTailRoutes(Router& router, const Services& services, TailHub& hub) {
  router.Add("GET", "/loki/api/v1/tail", "loki_api_v1_tail", HandleTail(services, hub, false));
  router.Add("GET", "/api/prom/tail", "api_prom_tail", HandleTail(services, hub, true));
}

}  // namespace narfi::server
