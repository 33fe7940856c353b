// What a request gets beyond Loki, which never changes an answer that Loki gives:
//   - {} and other selectors that leave every stream open;
//   - of too many series what fits and a warning, instead of an error.
// A request asks with the header X-Narfi-Extensions: 1, a tenant's limits allow it for all with
// narfi_extensions. Logs Drilldown, known by its query tag, gets partial series as from Loki.
//
// Threads: pure.
#pragma once

#include "config/limits.h"
#include "net/http_server.h"
#include "query/exec/engine.h"
#include "query/logql/parser.h"
#include "server/services.h"

namespace narfi::server {

bool HasExtensions(const config::Limits& limits, const net::HttpRequest& request);
// True when too many series shall be cut with a warning.
bool WantsPartialSeries(const config::Limits& limits, const net::HttpRequest& request);
logql::ParseOptions ParseOptionsOf(const Services& services, const ReadCall& call);

}  // namespace narfi::server
