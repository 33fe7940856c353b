// narfid: the server.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/allocator.h"
#include "base/file.h"
#include "base/log.h"
#include "config/load.h"
#include "ingest/rebuild_manifest.h"
#include "ingest/verify_store.h"
#include "server/app.h"
#include "server/version.h"

namespace {

using narfi::LogLevel;

int Refuse(const std::string& text) {
  std::fprintf(stderr, "narfid: %s\n", text.c_str());
  return 1;
}

// -storage.verify: 0 when all is sound.
int VerifyStorage(const narfi::config::NarfidSettings& settings, bool rebuild) {
  auto& files = narfi::MachineFileSystem();
  const std::string root = settings.ResolveStorageRoot().path;
  const auto say = [](const std::string& line) { std::puts(line.c_str()); };
  say("storage root " + root);
  if (rebuild) {
    if (const auto done = narfi::ingest::RebuildManifest(files, root, say); !done)
      return Refuse(done.error().text);
  }
  const auto is_sound = narfi::ingest::VerifyStore(files, root, say);
  if (!is_sound) return Refuse(is_sound.error().text);
  say(*is_sound ? "sound" : "damaged");
  return *is_sound ? 0 : 1;
}

// SIGINT or SIGTERM, waited for rather than handled.
int WaitForSignal(const sigset_t& signals) {
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  return signal;
}

int Serve(const narfi::config::NarfidSettings& settings, const sigset_t& signals) {
  auto app = narfi::server::App::Start(settings);
  if (!app) return Refuse(app.error().text);
  const int signal = WaitForSignal(signals);
  narfi::Log(LogLevel::kInfo, "stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
  // Whoever cannot wait for the flush may ask again: the write-ahead log has everything.
  sigset_t second = signals;
  pthread_sigmask(SIG_UNBLOCK, &second, nullptr);
  if (const auto stopped = (*app)->Stop(); !stopped) {
    narfi::Log(LogLevel::kWarn, "not everything could be flushed; the write-ahead log keeps it",
               {{"reason", stopped.error().text}});
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  narfi::TuneAllocator();
  // Before any thread, so that none of them takes the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  const std::vector<std::string> args(argv + 1, argv + argc);
  auto loaded = narfi::config::LoadNarfidSettings(args);
  if (!loaded) return Refuse(loaded.error().text);
  const auto& invocation = loaded->invocation;
  if (invocation.help) {
    std::fputs(loaded->help_text.c_str(), stdout);
    return 0;
  }
  if (invocation.version) {
    std::printf("narfid %s (speaks the API of Loki %s)\n",
                std::string(narfi::server::kVersion).c_str(),
                std::string(narfi::server::kLokiVersion).c_str());
    return 0;
  }
  narfi::ConfigureLog(loaded->settings.server.log_level, loaded->settings.server.log_format);
  for (const std::string& warning : loaded->warnings) narfi::Log(LogLevel::kWarn, warning);
  if (invocation.print_config) {
    std::fputs(narfi::config::PrintNarfidSettings(loaded->settings).c_str(), stdout);
    return 0;
  }
  if (invocation.verify_config) {
    std::puts("config is valid");
    return 0;
  }
  if (invocation.verify_storage) {
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    return VerifyStorage(loaded->settings, invocation.rebuild_manifest);
  }
  return Serve(loaded->settings, signals);
}
