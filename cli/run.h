// Runs a command of narfi against a server and says how to exit.
#pragma once

#include <atomic>
#include <functional>

#include "base/clock.h"
#include "cli/console.h"
#include "cli/options.h"
#include "net/http_client.h"
#include "net/web_socket_client.h"

namespace narfi::cli {

// What a command may use; all borrowed.
struct Surroundings {
  net::HttpTransport& transport;
  Console& console;
  const Clock& clock;
  const std::atomic<bool>& interrupted;  // Ctrl-C
  // Waits, but no longer than until `interrupted` is set.
  std::function<void(int64_t ns)> wait;
  net::SocketTransport* sockets = nullptr;  // to follow with; null: by asking again and again
};

// kExitFailed, with a message, when part of the answer could not be written; a reader that left is
// no failure.
int CheckWritten(Console& console);
// The exit status.
int Run(const Options& options, Surroundings& surroundings);

}  // namespace narfi::cli
