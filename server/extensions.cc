#include "server/extensions.h"

namespace narfi::server {

bool HasExtensions(const config::Limits& limits, const net::HttpRequest& request) {
  return limits.narfi_extensions || request.headers.Get("X-Narfi-Extensions") == "1";
}

bool WantsPartialSeries(const config::Limits& limits, const net::HttpRequest& request) {
  constexpr std::string_view kDrilldown = "Source=grafana-lokiexplore-app";
  return HasExtensions(limits, request) ||
         request.headers.Get("X-Query-Tags").find(kDrilldown) != std::string_view::npos;
}

logql::ParseOptions ParseOptionsOf(const Services& services, const ReadCall& call) {
  return {.open_selectors = services.EachAllows(call.tenant, [&call](const config::Limits& limits) {
    return HasExtensions(limits, *call.request);
  })};
}

}  // namespace narfi::server
