// Pushes: Loki's own and OTLP.
#include "base/bytes.h"
#include "ingest/push_otlp.h"
#include "server/answer.h"
#include "server/services.h"

namespace narfi::server {
namespace {

net::HttpResponse FromPushAnswer(const ingest::PushAnswer& answer) {
  if (answer.status == 204) return {.status = 204};
  net::HttpResponse response = TextAnswer(answer.status, answer.text);
  if (answer.retry_after_seconds > 0)
    response.headers.Add("Retry-After", std::to_string(answer.retry_after_seconds));
  return response;
}

// google.rpc.Status, which is what OTLP's clients read: 1 the code, 2 the message. Loki gives the
// HTTP status as the code.
net::HttpResponse OtlpError(int status, std::string_view text) {
  if (status == 500) status = 503;  // for clients that try again only then
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string body;
  PutVarint(body, 1 << 3);
  PutVarint(body, static_cast<uint64_t>(status));
  PutVarint(body, 2 << 3 | 2);
  PutString(body, text);
  return {.status = status,
          .content_type = "application/octet-stream",
          .headers = {{"X-Content-Type-Options", "nosniff"}},
          .body = std::move(body)};
}

net::HttpResponse FromOtlpAnswer(const ingest::PushAnswer& answer) {
  if (answer.status == 204) return {.status = 204};
  net::HttpResponse response = OtlpError(answer.status, answer.text);
  if (answer.retry_after_seconds > 0)
    response.headers.Add("Retry-After", std::to_string(answer.retry_after_seconds));
  return response;
}

// How a protocol marks the content type of its bodies, and answers.
struct PushProtocol {
  std::string_view mark;
  net::HttpResponse (*answer)(const ingest::PushAnswer&);
};

void HandlePush(const Services& services, PushProtocol protocol, Call call, net::Respond respond) {
  auto tenant = PushTenant(services.settings, *call.request);
  if (!tenant) return respond(std::move(tenant).error());
  const bool taken = services.push_pool.Submit(
      [&services, protocol, request = call.request, tenant = std::move(*tenant), respond] {
        services.ingest.Push(
            tenant, std::string(protocol.mark) + std::string(request->headers.Get("Content-Type")),
            std::string(request->headers.Get("Content-Encoding")), std::move(request->body),
            [respond, protocol](const ingest::PushAnswer& answer) {
              respond(protocol.answer(answer));
            });
      });
  if (!taken) respond(protocol.answer({429, "too many outstanding requests\n", 1}));
}

}  // namespace

void AddPushRoutes(Router& router, const Services& services) {
  const auto by = [&services](PushProtocol protocol) {
    return [&services, protocol](Call call, net::Respond respond) {
      HandlePush(services, protocol, std::move(call), std::move(respond));
    };
  };
  const auto push = by({"", FromPushAnswer});
  const auto otlp = by({ingest::kOtlpMark, FromOtlpAnswer});
  router.Add("POST", "/otlp/v1/logs", "otlp_v1_logs", otlp);
  // Where exporters send that are told the address alone.
  router.Add("POST", "/v1/logs", "otlp_v1_logs", otlp);
  router.Add("POST", "/loki/api/v1/push", "loki_api_v1_push", push);
  router.Add("POST", "/api/prom/push", "api_prom_push", push);
}

}  // namespace narfi::server
