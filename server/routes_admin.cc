// ready, metrics, flush, config, buildinfo and the like.
#include <fmt/format.h>

#include <string_view>

#include "base/allocator.h"
#include "base/go_text.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/metrics.h"
#include "config/load.h"
#include "server/answer.h"
#include "server/params.h"
#include "server/services.h"
#include "server/version.h"

namespace narfi::server {
namespace {

std::string_view StateOf(const Services& services) {
  if (services.is_stopping) return "Stopping";
  return services.ingest.ready() ? "Running" : "Starting";
}

net::HttpResponse ReadyAnswer(const Services& services) {
  if (services.is_stopping) return TextAnswer(503, "the server is stopping\n");
  if (services.ingest.ready()) return TextAnswer(200, "ready\n");
  return TextAnswer(503, "Ingester not ready: the write-ahead log is being replayed\n");
}

net::HttpResponse MetricsAnswer(const Services& services) {
  static auto heads =
      GaugeMetric("narfi_head_bytes", "Memory held by entries that are not in segments yet.");
  static auto cache = GaugeMetric("narfi_block_cache_bytes", "Memory held by the block cache.");
  static auto live = GaugeMetric(
      "narfi_heap_live_bytes", "What all allocated memory holds, beside what the allocator keeps.");
  static auto wal = GaugeMetric("narfi_wal_bytes", "Bytes in the write-ahead log.");
  static auto segments = GaugeMetric("narfi_segments", "Living segments.");
  heads.Set(static_cast<double>(services.ingest.head_bytes()));
  cache.Set(static_cast<double>(services.ingest.pages().bytes()));
  live.Set(static_cast<double>(LiveHeapBytes()));
  wal.Set(static_cast<double>(services.ingest.wal_bytes()));
  segments.Set(static_cast<double>(services.ingest.manifest_state()->segments.size()));
  return {.status = 200,
          .content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = MetricsText()};
}

net::HttpResponse BuildInfoAnswer() {
  std::string out = "{";
  Comma comma;
  const auto put = [&](std::string_view name, std::string_view value) {
    comma(out);
    AppendJsonString(out, name);
    out += ':';
    AppendJsonString(out, value);
  };
  put("version", kLokiVersion);
  put("revision", kVersion);
  put("branch", "narfi");
  put("buildUser", "");
  put("buildDate", "");
  put("goVersion", "");
  return JsonAnswer(out + "}");
}

// Flushing waits for the disk: not on an I/O thread.
void HandleFlush(const Services& services, const Call&, const net::Respond& respond) {
  if (!services.ingest.ready()) return respond(ReadyAnswer(services));
  const bool taken = services.push_pool.Submit([&services, respond] {
    const auto flushed = services.ingest.FlushAll();
    respond(flushed ? net::HttpResponse{.status = 204} : ErrorAnswer(flushed.error()));
  });
  if (!taken) respond(TextAnswer(429, "too many outstanding requests\n"));
}

net::HttpResponse SetLevelAnswer(const net::HttpRequest& request) {
  const std::string level(TextParam(request, "log_level"));
  const bool is_set = SetLogLevel(level);
  std::string out = "{\"message\":";
  AppendJsonString(
      out, is_set ? "Log level set to " + level : "unrecognized log level " + GoQuote(level));
  net::HttpResponse answer =
      JsonAnswer(out + (is_set ? ",\"status\":\"success\"}" : ",\"status\":\"failed\"}"));
  answer.status = is_set ? 200 : 400;
  return answer;
}

// Loki's modes; any other one is none, as there.
net::HttpResponse ConfigAnswer(const config::NarfidSettings& settings, std::string_view mode) {
  net::HttpResponse answer{.status = 200, .content_type = "text/plain; charset=utf-8"};
  if (mode == "diffs") {
    answer.body = config::PrintNarfidDiffs(settings);
  } else {
    answer.body =
        config::PrintNarfidSettings(mode == "defaults" ? config::NarfidSettings{} : settings);
  }
  return answer;
}

RouteHandler At(std::function<net::HttpResponse()> make) {
  return [make = std::move(make)](const Call&, const net::Respond& respond) { respond(make()); };
}

}  // namespace

void AddAdminRoutes(Router& router, const Services& services) {
  router.Add("GET", "/ready", "ready", At([&services] { return ReadyAnswer(services); }));
  router.Add("GET", "/metrics", "metrics", At([&services] { return MetricsAnswer(services); }));
  router.Add("GET", "/loki/api/v1/status/buildinfo", "loki_api_v1_status_buildinfo",
             At(BuildInfoAnswer));
  router.Add("GET", "/config", "config",
             [&services](const Call& call, const net::Respond& respond) {
               respond(ConfigAnswer(services.settings, TextParam(*call.request, "mode")));
             });
  router.Add("GET", "/services", "services", At([&services] {
               return TextAnswer(
                   200, fmt::format("server => Running\ningester => {}\n", StateOf(services)));
             }));
  router.Add("GET", "/log_level", "log_level", At([] {
               return TextAnswer(200, "Current log level is " + std::string(LogLevelName()) + "\n");
             }));
  router.Add("POST", "/log_level", "log_level", [](const Call& call, const net::Respond& respond) {
    respond(SetLevelAnswer(*call.request));
  });
  const auto flush = [&services](const Call& call, const net::Respond& respond) {
    HandleFlush(services, call, respond);
  };
  router.Add("GET POST", "/flush", "flush", flush);
}

}  // namespace narfi::server
