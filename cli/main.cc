// The program `narfi`: signals, the terminal, and nothing else.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <string>
#include <vector>

#include "cli/args.h"
#include "cli/run.h"

namespace narfi::cli {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // or no signal handler may set it

// The second Ctrl-C ends the process whatever it does.
extern "C" void OnInterrupt(int signal_number) {
  if (interrupted.exchange(true)) {
    std::signal(signal_number, SIG_DFL);
    std::raise(signal_number);
  }
}

void HandleSignals() {
  struct sigaction action {};
  action.sa_handler = OnInterrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a write tells
}

// A signal ends poll() at once; one that comes just before it is noticed within the slice.
void WaitOrInterrupt(int64_t ns) {
  constexpr int64_t kSliceMs = 100;
  for (int64_t left_ms = ns / kMillisecond; left_ms > 0 && !interrupted.load();
       left_ms -= kSliceMs) {
    poll(nullptr, 0, static_cast<int>(std::min(left_ms, kSliceMs)));
  }
}

int Main(const std::vector<std::string>& args) {
  HandleSignals();
  FdOutput out(STDOUT_FILENO);
  FdOutput err(STDERR_FILENO);
  const ParsedArgs parsed = ParseArgs(args);
  Console console{out, err};
  if (!parsed.options) {
    (parsed.exit_status == kExitOk ? out : err).Write(parsed.text);
    return parsed.exit_status == kExitOk ? CheckWritten(console) : parsed.exit_status;
  }
  console.color = parsed.options->printing.colored || WantsColor(STDOUT_FILENO);
  console.progress = isatty(STDERR_FILENO) == 1 && !parsed.options->printing.quiet;
  net::HttpClient client;
  net::WebSocketClient sockets;
  Surroundings around{client, console, SystemClock(), interrupted, WaitOrInterrupt, &sockets};
  return Run(*parsed.options, around);
}

}  // namespace
}  // namespace narfi::cli

int main(int argc, char** argv) {
  return narfi::cli::Main(std::vector<std::string>(argv + 1, argv + argc));
}
