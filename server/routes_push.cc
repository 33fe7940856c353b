// Pushes.
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

void HandlePush(const Services& services, Call call, net::Respond respond) {
  auto tenant = PushTenant(services.settings, *call.request);
  if (!tenant) return respond(std::move(tenant).error());
  const bool taken = services.push_pool.Submit(
      [&services, request = call.request, tenant = std::move(*tenant), respond] {
        services.ingest.Push(
            tenant, std::string(request->headers.Get("Content-Type")),
            std::string(request->headers.Get("Content-Encoding")), std::move(request->body),
            [respond](const ingest::PushAnswer& answer) { respond(FromPushAnswer(answer)); });
      });
  if (!taken)
    respond({.status = 429,
             .content_type = "text/plain; charset=utf-8",
             .headers = {{"Retry-After", "1"}},
             .body = "too many outstanding requests\n"});
}

}  // namespace

void AddPushRoutes(Router& router, const Services& services) {
  const auto push = [&services](Call call, net::Respond respond) {
    HandlePush(services, std::move(call), std::move(respond));
  };
  router.Add("POST", "/loki/api/v1/push", "loki_api_v1_push", push);
  router.Add("POST", "/api/prom/push", "api_prom_push", push);
}

}  // namespace narfi::server
