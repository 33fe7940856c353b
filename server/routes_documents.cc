// Documents and lines: Elasticsearch's _bulk with what its clients ask before they push, and lines
// of text.
#include "base/duration.h"
#include "base/json_write.h"
#include "ingest/push_documents.h"
#include "server/answer.h"
#include "server/bulk_answer.h"
#include "server/document_params.h"
#include "server/services.h"

namespace narfi::server {
namespace {

// The version that clients are told: what they may send to it is a superset of what is taken here.
constexpr std::string_view kElasticVersion = "8.17.0";

// How a protocol of documents marks its bodies, and answers.
struct DocumentProtocol {
  std::string_view mark;
  net::HttpResponse (*error)(int status, std::string_view text);
  net::HttpResponse (*answer)(const ingest::PushAnswer& answer, int64_t took_ms);
};

void HandleDocuments(const Services& services, DocumentProtocol protocol, const Call& call,
                     const net::Respond& respond) {
  auto tenant = PushTenant(services.settings, *call.request);
  if (!tenant) return respond(protocol.error(tenant.error().status, tenant.error().body));
  auto options = ReadDocumentOptions(*call.request);
  if (!options) return respond(protocol.error(400, options.error().text));
  if (!call.parts.empty()) options->index = call.parts.front();
  auto type = ingest::EncodeDocumentType(protocol.mark, *options);
  if (!type) return respond(protocol.error(400, type.error().text));
  const int64_t started = services.clock.MonotonicNs();
  const bool taken = services.push_pool.Submit([&services, protocol, started,
                                                request = call.request, tenant = std::move(*tenant),
                                                type = std::move(*type), respond] {
    services.ingest.Push(tenant, type, std::string(request->headers.Get("Content-Encoding")),
                         std::move(request->body),
                         [&services, protocol, started, respond](const ingest::PushAnswer& answer) {
                           const int64_t took = services.clock.MonotonicNs() - started;
                           respond(protocol.answer(answer, took / kMillisecond));
                         });
  });
  if (!taken) respond(protocol.error(429, "too many outstanding requests"));
}

// ---- lines

// {"lines":3,"accepted":2,"error":"..."}
net::HttpResponse LinesAnswer(const ingest::PushAnswer& answer, int64_t) {
  std::string body = "{\"lines\":";
  AppendUint(body, answer.entries);
  body += ",\"accepted\":";
  AppendUint(body, ingest::CountAccepted(answer));
  if (answer.status == 204) return JsonAnswer(body + "}\n");
  std::string_view text = answer.text;
  if (answer.status == 422) text = "there is no line in it";
  while (text.ends_with('\n')) text.remove_suffix(1);
  body += ",\"error\":";
  AppendJsonString(body, text);
  net::HttpResponse response = JsonAnswer(body + "}\n");
  response.status = answer.status == 422 ? 400 : answer.status;
  if (answer.retry_after_seconds > 0)
    response.headers.Add("Retry-After", std::to_string(answer.retry_after_seconds));
  return response;
}

net::HttpResponse LinesError(int status, std::string_view text) {
  return LinesAnswer({.status = status, .text = std::string(text)}, 0);
}

// ---- what Elasticsearch's clients ask

RouteHandler Fixed(std::string body, std::string content_type = "application/json") {
  return [body = std::move(body), content_type = std::move(content_type)](
             const Call&, const net::Respond& respond) {
    net::HttpResponse response = ElasticAnswer(200, body);
    response.content_type = content_type;
    respond(std::move(response));
  };
}

const std::string kBuild = R"("build_flavor":"default","build_type":"tar","build_hash":"narfi",)"
                           R"("build_date":"2024-12-11T12:08:05Z","build_snapshot":false)";

std::string ClusterText() {
  return R"({"name":"narfi","cluster_name":"narfi","cluster_uuid":"narfi","version":{"number":")" +
         std::string(kElasticVersion) + R"(",)" + kBuild +
         R"(,"lucene_version":"9.12.0","minimum_wire_compatibility_version":"7.17.0",)"
         R"("minimum_index_compatibility_version":"7.0.0"},"tagline":"You Know, for Search"})"
         "\n";
}

// In an order in which patterns of the same length do not hide each other.
void AddProbes(Router& router, const std::string& prefix) {
  const std::string license = R"("license":{"uid":"narfi","type":"basic","mode":"basic",)"
                              R"("status":"active","expiry_date_in_millis":4102444800000})";
  const auto add = [&](std::string_view methods, const std::string& path, RouteHandler handler) {
    router.Add(methods, prefix + path, "elasticsearch_probe", std::move(handler));
  };
  add("GET", "/_license", Fixed('{' + license + '}'));
  add("GET", "/_xpack", Fixed('{' + license + R"(,"features":{}})"));
  add("GET", "/_cluster/health",
      Fixed(R"({"cluster_name":"narfi","status":"green","timed_out":false,"number_of_nodes":1,)"
            R"("number_of_data_nodes":1,"active_primary_shards":1,"active_shards":1,)"
            R"("relocating_shards":0,"initializing_shards":0,"unassigned_shards":0})"));
  add("GET", "/_cat/health", Fixed("narfi green 1 1\n", "text/plain; charset=UTF-8"));
  add("GET", "/_cluster/settings", Fixed(R"({"persistent":{},"transient":{}})"));
  for (const char* nodes : {"/_nodes", "/_nodes/http", "/_nodes/_all/http"})
    add("GET", nodes,
        Fixed(R"({"_nodes":{"total":0,"successful":0,"failed":0},"cluster_name":"narfi",)"
              R"("nodes":{}})"));
  // Templates, policies and pipelines have no meaning here: whatever is set up is in force.
  for (const char* kind : {"/_ilm/policy", "/_index_template", "/_component_template", "/_template",
                           "/_ingest/pipeline", "/_data_stream"}) {
    add("GET", kind, Fixed("{}"));
    add("GET", kind + std::string("/{name}"), Fixed("{}"));
    add("PUT POST", kind + std::string("/{name}"), Fixed(R"({"acknowledged":true})"));
  }
}

}  // namespace

bool TakesDocuments(std::string_view path) {
  return path.ends_with("/_bulk") || path.ends_with("/api/v1/lines");
}

void AddDocumentRoutes(Router& router, const Services& services) {
  const auto by = [&services](DocumentProtocol protocol) {
    return [&services, protocol](const Call& call, const net::Respond& respond) {
      HandleDocuments(services, protocol, call, respond);
    };
  };
  const auto bulk = by({ingest::kBulkMark, ElasticError, BulkAnswer});
  for (const std::string prefix : {"/elasticsearch", ""}) {
    router.Add("POST PUT", prefix + "/_bulk", "elasticsearch_bulk", bulk);
    AddProbes(router, prefix);
    router.Add("POST PUT", prefix + "/{index}/_bulk", "elasticsearch_bulk", bulk);
  }
  // Clients that know no more than host and port look at the root before they push to /_bulk.
  for (const char* root : {"/elasticsearch", "/elasticsearch/", "/"})
    router.Add("GET", root, "elasticsearch_probe", Fixed(ClusterText()));
  router.Add("POST PUT", "/api/v1/lines", "api_v1_lines",
             by({ingest::kLinesMark, LinesError, LinesAnswer}));
}

}  // namespace narfi::server
