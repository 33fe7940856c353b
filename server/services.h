// What handlers may use, and how they are run: on the pool of queries, as a tenant, until a
// deadline.
//
// Ownership: everything is borrowed from App and outlives the HTTP server.
// Threads:   safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/allocator.h"
#include "base/clock.h"
#include "base/memory_share.h"
#include "base/pool.h"
#include "config/narfid_settings.h"
#include "ingest/engine.h"
#include "query/exec/engine.h"
#include "server/router.h"

namespace narfi::server {

class AnswerSpool;
class TailHub;

struct Services {
  const config::NarfidSettings& settings;
  const Clock& clock;
  ingest::Engine& ingest;
  storage::Source& source;  // what is read: of one tenant, or of several as one
  const query::Engine& queries;
  Pool& query_pool;
  Pool& push_pool;
  std::shared_ptr<MemoryShare> query_memory;
  AnswerSpool& spool;  // of answers that wait to be sent
  SpareMemory& spare_memory;
  const std::atomic<bool>& is_stopping;  // what runs goes on, but nobody should come any more

  // Of several tenants those of the first; what bounds a query goes by the limits of each.
  const config::Limits& LimitsFor(const std::string& tenant) const {
    return settings.LimitsFor(std::string_view(tenant).substr(0, tenant.find('|')));
  }
  // True when it holds for the limits of each of them.
  bool EachAllows(const std::string& tenants,
                  const std::function<bool(const config::Limits&)>& holds) const;
};

// One read of one tenant.
struct ReadCall {
  std::shared_ptr<net::HttpRequest> request;
  std::vector<std::string> parts;
  std::string tenant;  // or several: "a|b"
  int64_t now_ns = 0;
  int64_t queued_ns = 0;        // how long it waited for a thread of the pool
  query::QueryContext context;  // deadline, cancellation, limits of the tenant
};
// A call of the tenant that the headers name, with its limits; an answer when they name none, or
// when parameters are no URL encoding.
tl::expected<ReadCall, net::HttpResponse> MakeReadCall(const Services& services,
                                                       std::shared_ptr<net::HttpRequest> request);
using ReadHandler = std::function<Result<net::HttpResponse>(const Services&, const ReadCall&)>;

// Finds the tenant, waits until the server is ready, and runs `handler` on the pool of queries.
RouteHandler OnQueryPool(const Services& services, ReadHandler handler);

// Deadline, limits and memory of a query of this tenant; `request` must outlive it.
query::QueryContext ContextFor(const Services& services, const std::string& tenant,
                               const net::HttpRequest& request);

// What a call goes by while it works or waits: kCancelled once its client is gone, kDeadline with
// `late` once its time is up.
Status GoOn(const Services& services, const query::QueryContext& context,
            std::string_view late = "the query took longer than query_timeout allows");
// GoOn for a call that waits for memory.
Status GoOnWaiting(const Services& services, const query::QueryContext& context);
// Has an answer wait in the spool until it has been sent, and gives back what the query holds:
// `charge`, or null. Where the spool has no room the answer counts as memory of queries; kDeadline
// when others hold on to theirs for too long.
Status HoldUntilSent(const Services& services, const ReadCall& call,
                     std::shared_ptr<MemoryCharge> charge, net::HttpResponse& answer);

// The tenant of a push; an answer when there is none.
tl::expected<std::string, net::HttpResponse> PushTenant(const config::NarfidSettings& settings,
                                                        const net::HttpRequest& request);
// True for "a|b", which a tail cannot have.
bool NamesSeveralTenants(const config::NarfidSettings& settings, const net::HttpRequest& request);

// Adds the routes of one subject; `services` must outlive the router.
void AddPushRoutes(Router& router, const Services& services);
void AddDocumentRoutes(Router& router, const Services& services);
// True where a body is documents or lines, and never a form.
bool TakesDocuments(std::string_view path);
void AddAnalyseRoutes(Router& router, const Services& services);
void AddQueryRoutes(Router& router, const Services& services);
void AddLabelRoutes(Router& router, const Services& services);
void AddDetectedRoutes(Router& router, const Services& services);
void AddPatternRoutes(Router& router, const Services& services);
void AddIndexRoutes(Router& router, const Services& services);
void AddLimitRoutes(Router& router, const Services& services);
void AddExportRoutes(Router& router, const Services& services);
void AddTailRoutes(Router& router, const Services& services, TailHub& hub);
void AddAdminRoutes(Router& router, const Services& services);

}  // namespace narfi::server
