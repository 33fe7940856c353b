// narfi-shipper: follows log files and pushes their lines to a Loki or to narfid.
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <thread>

#include "base/allocator.h"
#include "base/log.h"
#include "config/load.h"
#include "net/http_server.h"
#include "shipper/glob.h"
#include "shipper/shipper.h"

namespace narfi::shipper {
namespace {

constexpr const char* kVersion = "narfi-shipper, version 0.1.0\n";

Status CheckSettings(const config::ShipperSettings& settings) {
  if (settings.clients.empty()) {
    return Fail(Code::kInvalidArgument, "no client: give -client.url or clients in -config.file");
  }
  if (settings.scrape_configs.empty()) {
    return Fail(Code::kInvalidArgument, "no scrape_configs: give -config.file with at least one");
  }
  for (const config::ScrapeSettings& scrape : settings.scrape_configs) {
    NARFI_TRY(MakePipeline(scrape, {&SystemClock(), scrape.job_name, settings.limits}));
    for (const config::TargetSettings& target : scrape.targets) {
      NARFI_TRY(CheckGlob(target.path));
      NARFI_TRY(CheckGlob(target.path_exclude));
    }
  }
  return {};
}

// /ready and /metrics.
Result<std::unique_ptr<net::HttpServer>> Serve(const config::ShipperServerSettings& settings,
                                               const Shipper& shipper) {
  net::HttpServerOptions options;
  options.address = settings.http_listen_address;
  options.port = settings.http_listen_port;
  options.threads = 1;
  options.max_connections = 100;
  options.max_body_bytes = 1 << 10;
  return net::HttpServer::Start(
      options, [&shipper](std::shared_ptr<net::HttpRequest> request, net::Respond respond) {
        const std::string text = "text/plain; charset=utf-8";
        if (request->path == "/metrics") {
          respond({.status = 200,
                   .content_type = "text/plain; version=0.0.4; charset=utf-8",
                   .body = MetricsText()});
        } else if (request->path == "/ready") {
          const bool ready = shipper.ready();
          respond({.status = ready ? 200 : 503,
                   .content_type = text,
                   .body = ready ? "Ready\n" : "Not ready\n"});
        } else {
          respond({.status = 404,
                   .content_type = text,
                   .body = "narfi-shipper serves /ready and /metrics\n"});
        }
      });
}

// SIGINT and SIGTERM, blocked in every thread, waited for here.
sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

int Fatal(const std::string& text) {
  std::fprintf(stderr, "narfi-shipper: %s\n", text.c_str());
  return 1;
}

int RunShipper(const config::ShipperSettings& settings) {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  Shipper* woken = nullptr;
  std::atomic<bool> running = false;
  Delivery delivery(
      settings.clients, [] { return std::make_unique<net::HttpClient>(); },
      [&] {
        if (running.load()) woken->Wake();
      },
      settings.limits.reject_old_samples_max_age_ns);
  auto shipper = Shipper::Make(settings, delivery, MachineFileSystem(), SystemClock());
  if (!shipper) return Fatal(shipper.error().text);
  woken = shipper->get();
  running = true;
  std::unique_ptr<net::HttpServer> server;
  if (!settings.server.disable) {
    auto started = Serve(settings.server, **shipper);
    if (!started) return Fatal(started.error().text);
    server = std::move(*started);
    Log(LogLevel::kInfo, "listening", {{"http", server->port()}});
  }
  std::atomic<bool> stop = false;
  std::thread reader([&] { (*shipper)->Run(stop); });
  int received = 0;
  sigwait(&signals, &received);
  Log(LogLevel::kInfo, "stopping", {{"signal", received}});
  stop = true;
  (*shipper)->Wake();
  reader.join();
  (*shipper)->StopReading();
  delivery.WaitIdle(settings.server.graceful_shutdown_timeout_ns);
  delivery.Stop();
  (*shipper)->Settle();
  if (server != nullptr) server->Stop(kSecond);
  Log(LogLevel::kInfo, "stopped",
      {{"unsent_batches", delivery.idle() ? 0 : 1}, {"refused_bytes", delivery.held_bytes()}});
  return 0;
}

int Main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const auto loaded = config::LoadShipperSettings(args);
  if (!loaded) return Fatal(loaded.error().text);
  const config::Invocation& invocation = loaded->invocation;
  if (invocation.help) return std::fputs(loaded->help_text.c_str(), stdout) < 0 ? 1 : 0;
  if (invocation.version) return std::fputs(kVersion, stdout) < 0 ? 1 : 0;
  const config::ShipperSettings& settings = loaded->settings;
  ConfigureLog(settings.server.log_level, settings.server.log_format);
  for (const std::string& warning : loaded->warnings) Log(LogLevel::kWarn, warning);
  if (const auto checked = CheckSettings(settings); !checked) return Fatal(checked.error().text);
  if (invocation.print_config) std::fputs(config::PrintShipperSettings(settings).c_str(), stdout);
  if (invocation.verify_config) Log(LogLevel::kInfo, "the configuration is valid");
  if (invocation.print_config || invocation.verify_config) return 0;
  return RunShipper(settings);
}

}  // namespace
}  // namespace narfi::shipper

int main(int argc, char** argv) {
  narfi::TuneAllocator();
  return narfi::shipper::Main(argc, argv);
}
