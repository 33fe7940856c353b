// Sends batches to one server, and does not give up while that may help.
//
// Tried again without end: no connection, no name, a timeout, 429, 5xx and redirects; pauses grow
// exponentially with full jitter, and never below what Retry-After asks for. Any other answer but
// 2xx drops the batch, with the server's words in the log: saying it again would not help, and the
// server has taken what was good in it.
//
// Threads: one at a time; each client has a thread of its own (delivery.h).
#pragma once

#include <atomic>
#include <memory>
#include <random>
#include <string>

#include "base/metrics.h"
#include "config/shipper_settings.h"
#include "net/http_client.h"
#include "shipper/batch.h"

namespace narfi::shipper {

// Waits between tries. The seam for tests.
class Pause {
 public:
  virtual ~Pause() = default;
  // False when it is time to stop instead.
  virtual bool Wait(int64_t ns) = 0;
};

class PushClient {
 public:
  // `transport` and `pause` outlive the client. `abort` cuts a request that is under way.
  PushClient(config::ClientSettings settings, net::HttpTransport& transport, Pause& pause,
             const std::atomic<bool>* abort);

  // True when the batch is done with: taken, or dropped for good. False: stopped before that.
  bool Send(const Batch& batch);

 private:
  enum class Verdict : uint8_t { kDone, kDropped, kAgain };
  Verdict Judge(const Result<net::ClientResponse>& answer, const Batch& batch);
  Status Authorize(net::ClientRequest& request) const;
  std::string Tenant(const Batch& batch) const;
  int64_t NextPauseNs();
  void NoteFailure(std::string why, bool no_connection, int64_t retry_after_ns);
  void NoteRecovery();
  void CountSent(const Batch& batch, size_t body_bytes);
  void CountDropped(const Batch& batch, const std::string& reason);

  const config::ClientSettings settings_;
  const std::string host_;  // for metrics
  net::HttpTransport& transport_;
  Pause& pause_;
  const std::atomic<bool>* abort_;
  std::mt19937_64 random_;
  uint64_t failures_ = 0;  // in a row
  std::string last_failure_;
  bool no_connection_ = false;
  int64_t retry_after_ns_ = 0;
};

// The body of a push: snappy-compressed protobuf, labels completed by `external`.
std::string MakePushBody(const Batch& batch, const config::TextMap& external);

}  // namespace narfi::shipper
