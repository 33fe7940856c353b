#include "server/services.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/tenant.h"
#include "server/answer.h"
#include "server/answer_spool.h"
#include "server/extensions.h"
#include "server/query_limits.h"
#include "server/tenants_source.h"

namespace narfi::server {
namespace {

constexpr std::string_view kTenantHeader = "X-Scope-OrgID";

// To the limits of one of the tenants that a query reads.
void Tighten(const config::Limits& limits, int64_t now_monotonic_ns, query::QueryContext& context) {
  if (limits.query_timeout_ns > 0)
    context.deadline_ns = std::min(context.deadline_ns, now_monotonic_ns + limits.query_timeout_ns);
  if (limits.max_query_bytes_read > 0)
    context.max_bytes_read = std::min(context.max_bytes_read, limits.max_query_bytes_read);
  context.max_series = std::min(context.max_series, limits.max_query_series);
  if (limits.cardinality_limit > 0)
    context.max_streams = std::min(context.max_streams, limits.cardinality_limit);
}

net::HttpResponse RunRead(const Services& services, const ReadHandler& handler, ReadCall call) {
  if (const auto ready = services.ingest.WaitReady(call.context.deadline_ns); !ready)
    return ErrorAnswer(ready.error());
  auto answer = handler(services, call);
  if (!answer) return ErrorAnswer(answer.error());
  if (answer->hold == nullptr) {
    if (const auto held = HoldUntilSent(services, call, nullptr, *answer); !held)
      return ErrorAnswer(held.error());
  }
  return std::move(*answer);
}

}  // namespace

bool Services::EachAllows(const std::string& tenants,
                          const std::function<bool(const config::Limits&)>& holds) const {
  const std::vector<std::string> all = SplitTenants(tenants);
  return std::all_of(all.begin(), all.end(),
                     [&](const std::string& tenant) { return holds(LimitsFor(tenant)); });
}

query::QueryContext ContextFor(const Services& services, const std::string& tenant,
                               const net::HttpRequest& request) {
  query::QueryContext context;
  context.max_series = UINT64_MAX;
  context.cancelled = &request.client_gone;
  context.max_memory_bytes = services.query_memory->limit_bytes();
  context.memory = services.query_memory;
  for (const std::string& one : SplitTenants(tenant))
    Tighten(services.LimitsFor(one), services.clock.MonotonicNs(), context);
  context.oldest_ns = OldestVisible(services, tenant);
  context.partial_series = services.EachAllows(tenant, [&request](const config::Limits& limits) {
    return WantsPartialSeries(limits, request);
  });
  context.approx_topk = services.EachAllows(tenant, [](const config::Limits& limits) {
    const std::vector<std::string>& sharded = limits.shard_aggregations;
    return std::find(sharded.begin(), sharded.end(), "approx_topk") != sharded.end();
  });
  return context;
}

Status GoOn(const Services& services, const query::QueryContext& context, std::string_view late) {
  if (context.cancelled != nullptr && context.cancelled->load(std::memory_order_relaxed))
    return Fail(Code::kCancelled, "the query was cancelled");
  if (services.clock.MonotonicNs() < context.deadline_ns) return {};
  return Fail(Code::kDeadline, std::string(late));
}

Status GoOnWaiting(const Services& services, const query::QueryContext& context) {
  return GoOn(services, context,
              "other queries hold the memory that the answer needs; ask again in a moment");
}

Status HoldUntilSent(const Services& services, const ReadCall& call,
                     std::shared_ptr<MemoryCharge> charge, net::HttpResponse& answer) {
  const size_t bytes = answer.body.capacity();
  if (bytes <= AnswerSpool::kSmallBytes) return {};
  if (auto held = services.spool.TryHold(bytes)) {
    answer.hold = std::move(held);
    return {};
  }
  auto put = services.spool.Put(answer.body);
  if (put) {
    std::string().swap(answer.body);  // with its memory
    answer.piece_source = [text = *put](const net::GivePiece& give) { give(NextPiece(*text)); };
    return {};
  }
  Log(LogLevel::kWarn, "an answer waits in memory", {{"error", put.error().text}});
  if (charge == nullptr) charge = std::make_shared<MemoryCharge>(services.query_memory);
  NARFI_TRY(charge->GrowTo(bytes, [&] { return GoOnWaiting(services, call.context); }));
  charge->ShrinkTo(bytes);
  answer.hold = std::move(charge);
  return {};
}

tl::expected<std::string, net::HttpResponse> PushTenant(const config::NarfidSettings& settings,
                                                        const net::HttpRequest& request) {
  if (!settings.auth_enabled) return settings.no_auth_tenant;
  auto tenant = ParseTenant(request.headers.Get(kTenantHeader));
  if (tenant) return std::move(*tenant);
  return tl::unexpected(
      TextAnswer(tenant.error().code == Code::kNotFound ? 401 : 400, tenant.error().text + "\n"));
}

bool NamesSeveralTenants(const config::NarfidSettings& settings, const net::HttpRequest& request) {
  if (!settings.auth_enabled) return false;
  const auto tenants = ParseTenants(request.headers.Get(kTenantHeader));
  return tenants && tenants->size() > 1;
}

namespace {

// The tenant of a read, with the texts that Loki's read path has.
tl::expected<std::string, net::HttpResponse> ReadTenant(const config::NarfidSettings& settings,
                                                        const net::HttpRequest& request) {
  if (!settings.auth_enabled) return settings.no_auth_tenant;
  auto tenants = ParseTenants(request.headers.Get(kTenantHeader));
  if (!tenants && tenants.error().code == Code::kNotFound)
    return tl::unexpected(TextAnswer(401, tenants.error().text + "\n"));
  if (!tenants)
    return tl::unexpected(
        TextAnswer(400, "rpc error: code = Code(400) desc = " + tenants.error().text));
  if (tenants->size() == 1) return std::move(tenants->front());
  if (!settings.querier.multi_tenant_queries_enabled)
    return tl::unexpected(TextAnswer(500, "multiple org IDs present"));
  return fmt::format("{}", fmt::join(*tenants, "|"));
}

}  // namespace

tl::expected<ReadCall, net::HttpResponse> MakeReadCall(const Services& services,
                                                       std::shared_ptr<net::HttpRequest> request) {
  auto tenant = ReadTenant(services.settings, *request);
  if (!tenant) return tl::unexpected(std::move(tenant).error());
  if (!request->params_error.empty()) return tl::unexpected(TextAnswer(400, request->params_error));
  ReadCall read;
  read.request = std::move(request);
  read.tenant = std::move(*tenant);
  read.now_ns = services.clock.NowNs();
  read.context = ContextFor(services, read.tenant, *read.request);
  return read;
}

RouteHandler OnQueryPool(const Services& services, ReadHandler handler) {
  return [&services, handler = std::move(handler)](Call call, net::Respond respond) {
    auto read = MakeReadCall(services, call.request);
    if (!read) return respond(std::move(read).error());
    read->parts = std::move(call.parts);
    const int64_t asked_ns = services.clock.MonotonicNs();
    const bool taken = services.query_pool.Submit(
        [&services, handler, read = std::move(*read), respond, asked_ns]() mutable {
          read.queued_ns = services.clock.MonotonicNs() - asked_ns;
          respond(RunRead(services, handler, std::move(read)));
          services.spare_memory.Look();
        });
    if (!taken) respond(TextAnswer(429, "too many outstanding requests\n"));
  };
}

}  // namespace narfi::server
