// narfid put together: engine, pools, routes, HTTP server.
//
// Threads: Start() and Stop() from one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/file.h"
#include "base/pool.h"
#include "config/narfid_settings.h"
#include "ingest/engine.h"
#include "net/grpc/server.h"
#include "net/http_server.h"
#include "query/exec/engine.h"
#include "server/router.h"
#include "server/services.h"
#include "server/tail_hub.h"
#include "server/tenants_source.h"

namespace narfi::server {

class App {
 public:
  // Opens the storage root and listens. Writes are taken from then on; queries when the write-ahead
  // log has been replayed.
  static Result<std::unique_ptr<App>> Start(config::NarfidSettings settings);
  // Drains requests, flushes heads into segments, closes. An error is what a flush could not do;
  // nothing is lost by it, since the write-ahead log still has it.
  Status Stop();
  ~App();

  uint16_t port() const { return http_->port(); }
  uint16_t grpc_port() const { return grpc_->port(); }

 private:
  explicit App(config::NarfidSettings settings);
  Status Open();
  net::HttpServerOptions HttpOptions();
  net::GrpcServerOptions GrpcOptions(uint16_t port);
  Status ListenForGrpc();
  bool ReserveHead(uint64_t bytes);
  void ReleaseHead(uint64_t bytes);

  const config::NarfidSettings settings_;
  std::unique_ptr<ingest::Engine> ingest_;
  std::unique_ptr<Pool> push_pool_;
  std::unique_ptr<Pool> query_pool_;
  std::unique_ptr<TenantsSource> source_;
  std::unique_ptr<query::Engine> queries_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<uint64_t> long_head_bytes_ = 0;
  SpareMemory spare_memory_{SystemClock(), 32 << 20};
  std::unique_ptr<AnswerSpool> spool_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<TailHub> tails_;
  Router router_;
  std::unique_ptr<net::HttpServer> http_;
  std::unique_ptr<net::GrpcServer> grpc_;
  std::unique_ptr<net::GrpcServer> otlp_grpc_;  // null: not served
};

}  // namespace narfi::server
