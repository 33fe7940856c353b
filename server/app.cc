#include "server/app.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/cores.h"
#include "base/log.h"
#include "base/metrics.h"
#include "server/answer_spool.h"
#include "server/grpc_api.h"
#include "server/version.h"

namespace narfi::server {
namespace {

constexpr size_t kMaxHeadBytes = 1 << 20;  // as Go's servers take it
constexpr size_t kQueuedQueries = 1000;
constexpr size_t kQueuedPushes = 4000;
// Of a stop: for live tails to send what waits for them.
constexpr int64_t kTailGraceNs = 2'000'000'000;

ingest::Engine::Options EngineOptions(const config::NarfidSettings& settings) {
  ingest::Engine::Options options;
  options.root = settings.ResolveStorageRoot().path;
  options.memory_budget = settings.MemoryBudgetBytes();
  options.merge_bytes_per_second = settings.storage_merge_bytes_per_second;
  options.retention_disk_bytes = settings.storage_retention_disk_bytes;
  options.max_head_age_ns = settings.ingester.chunk_idle_period_ns;
  if (settings.ingester.max_chunk_age_ns)
    options.out_of_order_window_ns = *settings.ingester.max_chunk_age_ns / 2;
  // A body that could not fit into the heads' share beside what it unpacks to is refused for good,
  // rather than for now.
  const uint64_t most = options.memory_budget / 12;
  options.max_body_bytes = std::min(settings.distributor.max_recv_msg_size, most);
  options.max_unpacked_bytes = std::min(settings.distributor.max_decompressed_size, 2 * most);
  return options;
}

// As Loki takes it: "x" and "/x/" are "/x".
std::string PathPrefix(std::string prefix) {
  while (prefix.ends_with('/')) prefix.pop_back();
  return prefix.empty() || prefix.starts_with('/') ? prefix : "/" + prefix;
}

}  // namespace

App::App(config::NarfidSettings settings)
    : settings_(std::move(settings)), router_(PathPrefix(settings_.server.http_path_prefix)) {}

App::~App() {
  if (http_ != nullptr) http_->Stop(0);
  grpc_.reset();
  otlp_grpc_.reset();
  // Pools first: what they run uses everything else.
  query_pool_.reset();
  push_pool_.reset();
  tails_.reset();
  // Then the log, whose last answers still go through the router.
  queries_.reset();
  ingest_.reset();
}

Result<std::unique_ptr<App>> App::Start(config::NarfidSettings settings) {
  std::unique_ptr<App> app(new App(std::move(settings)));
  NARFI_TRY(app->Open());
  return app;
}

// Segments, connections and logs are files: as many as the machine lets us have.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    Log(LogLevel::kWarn, "the limit of open files cannot be raised", {{"files", limit.rlim_max}});
}

Status App::Open() {
  RaiseFileLimit();
  const config::StorageRoot root = settings_.ResolveStorageRoot();
  Log(LogLevel::kInfo, "storage root", {{"path", root.path}, {"from", root.reason}});
  NARFI_ASSIGN(ingest_, ingest::Engine::Open(EngineOptions(settings_), settings_.limits,
                                             MachineFileSystem(), SystemClock()));
  push_pool_ = std::make_unique<Pool>("push", Cores(), kQueuedPushes);
  const size_t query_threads =
      settings_.querier.max_concurrent > 0 ? settings_.querier.max_concurrent : 2 * Cores();
  query_pool_ = std::make_unique<Pool>("query", query_threads, kQueuedQueries);
  source_ = std::make_unique<TenantsSource>(*ingest_);
  queries_ = std::make_unique<query::Engine>(*source_, *query_pool_, SystemClock());
  NARFI_ASSIGN(spool_,
               AnswerSpool::Open(MachineFileSystem(),
                                 {.folder = JoinPath(root.path, "index"),  // all in it may go
                                  .memory_bytes = settings_.MemoryBudgetBytes() / 24}));
  services_.reset(new Services{settings_, SystemClock(), *ingest_, *source_, *queries_,
                               *query_pool_, *push_pool_,
                               std::make_shared<MemoryShare>(settings_.MemoryBudgetBytes() / 4),
                               *spool_, spare_memory_, is_stopping_});
  tails_ = std::make_unique<TailHub>(
      *services_, TailHub::Options{.max_total_bytes = settings_.MemoryBudgetBytes() / 16});
  // Before HTTP, whose /ready speaks for both.
  NARFI_TRY(ListenForGrpc());
  AddPushRoutes(router_, *services_);
  AddDocumentRoutes(router_, *services_);
  AddAnalyseRoutes(router_, *services_);
  AddQueryRoutes(router_, *services_);
  AddExportRoutes(router_, *services_);
  AddLabelRoutes(router_, *services_);
  AddDetectedRoutes(router_, *services_);
  AddPatternRoutes(router_, *services_);
  AddIndexRoutes(router_, *services_);
  AddLimitRoutes(router_, *services_);
  AddAdminRoutes(router_, *services_);
  AddTailRoutes(router_, *services_, *tails_);
  NARFI_ASSIGN(
      http_, net::HttpServer::Start(HttpOptions(), [this](std::shared_ptr<net::HttpRequest> request,
                                                          net::Respond respond) {
        router_.Handle(std::move(request), std::move(respond));
      }));
  GaugeMetric("loki_build_info", "A metric with a constant '1' value labeled by version.",
              {{"version", std::string(kLokiVersion)}})
      .Set(1);
  Log(LogLevel::kInfo, "listening",
      {{"address", settings_.server.http_listen_address},
       {"port", http_->port()},
       {"grpc_port", grpc_->port()},
       {"version", kVersion}});
  if (otlp_grpc_ != nullptr)
    Log(LogLevel::kInfo, "listening for OTLP over gRPC", {{"port", otlp_grpc_->port()}});
  return {};
}

net::GrpcServerOptions App::GrpcOptions(uint16_t port) {
  net::GrpcServerOptions options;
  options.address = settings_.server.grpc_listen_address;
  options.port = port;
  options.max_receive_bytes = settings_.server.grpc_server_max_recv_msg_size;
  options.max_send_bytes = settings_.server.grpc_server_max_send_msg_size;
  if (settings_.server.grpc_server_max_concurrent_streams > 0)
    options.max_concurrent_calls = static_cast<int>(
        std::min<uint64_t>(settings_.server.grpc_server_max_concurrent_streams, INT32_MAX));
  options.memory_bytes = settings_.MemoryBudgetBytes() / 4;
  options.reserve_body = [this](uint64_t bytes) { return ingest_->ReserveBody(bytes); };
  options.release_body = [this](uint64_t bytes) { ingest_->ReleaseBody(bytes); };
  return options;
}

Status App::ListenForGrpc() {
  NARFI_ASSIGN(grpc_, net::GrpcServer::Start(GrpcOptions(settings_.server.grpc_listen_port),
                                             LokiGrpcMethods(*services_, *tails_)));
  if (settings_.otlp.grpc_listen_port == 0) return {};
  NARFI_ASSIGN(otlp_grpc_, net::GrpcServer::Start(GrpcOptions(settings_.otlp.grpc_listen_port),
                                                  OtlpGrpcMethods(*services_)));
  return {};
}

net::HttpServerOptions App::HttpOptions() {
  net::HttpServerOptions options;
  options.address = settings_.server.http_listen_address;
  options.port = settings_.server.http_listen_port;
  options.max_head_bytes = kMaxHeadBytes;
  options.max_body_bytes = EngineOptions(settings_).max_body_bytes;
  const int64_t read_ns = settings_.server.http_server_read_timeout_ns;
  if (read_ns > 0) {
    options.header_timeout_ns = std::min(options.header_timeout_ns, read_ns);
    options.body_timeout_ns = std::min(options.body_timeout_ns, read_ns);
  }
  options.idle_timeout_ns = settings_.server.http_server_idle_timeout_ns;
  options.write_timeout_ns = settings_.server.http_server_write_timeout_ns;
  if (settings_.server.http_listen_conn_limit > 0)
    options.max_connections = settings_.server.http_listen_conn_limit;
  options.admit = [](const net::HttpRequest& head) {
    return net::BodyDecision{.may_be_form = !TakesDocuments(head.path)};
  };
  options.reserve_body = [this](uint64_t bytes) { return ingest_->ReserveBody(bytes); };
  options.release_body = [this](uint64_t bytes) { ingest_->ReleaseBody(bytes); };
  options.reserve_head = [this](uint64_t bytes) { return ReserveHead(bytes); };
  options.release_head = [this](uint64_t bytes) { ReleaseHead(bytes); };
  options.on_refusal = Router::NameRefusal;
  return options;
}

// Of the memory for bodies, but never so much that queries with long texts keep pushes out.
bool App::ReserveHead(uint64_t bytes) {
  const uint64_t most = settings_.MemoryBudgetBytes() / 16;
  if (long_head_bytes_.fetch_add(bytes) + bytes <= most && ingest_->ReserveBody(bytes)) return true;
  long_head_bytes_.fetch_sub(bytes);
  return false;
}

void App::ReleaseHead(uint64_t bytes) {
  long_head_bytes_.fetch_sub(bytes);
  ingest_->ReleaseBody(bytes);
}

Status App::Stop() {
  is_stopping_ = true;
  const int64_t deadline =
      SystemClock().MonotonicNs() + settings_.server.graceful_shutdown_timeout_ns;
  const auto left = [deadline] {
    return std::max<int64_t>(0, deadline - SystemClock().MonotonicNs());
  };
  tails_->Stop(std::min(left(), kTailGraceNs));
  http_->Stop(left());
  grpc_->Stop(left());
  if (otlp_grpc_ != nullptr) otlp_grpc_->Stop(left());
  return ingest_->FlushAll();
}

}  // namespace narfi::server
