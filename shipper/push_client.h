// Sends batches to one server, and does not give up while that may help.
//
// Tried again without end: no connection, no name, a timeout, 5xx and redirects; pauses grow
// exponentially with full jitter, and never below what Retry-After asks for. So is 429, but only
// for so long: when it speaks of the limit of streams, or comes again and again, the streams are
// sent apart, so that what the server takes is not held up by what it refuses; those it refuses
// alone are given back, for the caller to keep and to try later (delivery.h). Any other answer but
// 2xx drops the lines, with the server's words in the log: saying it again would not help, and the
// server has taken what was good in them.
//
// A batch that waited so long that the server would refuse the times of its lines (max_age_ns)
// sends them with the time of sending, unless the configuration's stages made them.
//
// Threads: one at a time; each client has a thread of its own (delivery.h).
#pragma once

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "config/shipper_settings.h"
#include "net/http_client.h"
#include "shipper/batch.h"

namespace narfi::shipper {

// What a time that is not configured becomes when it is older than `oldest_ns`.
struct TimeFloor {
  int64_t oldest_ns = INT64_MIN;
  int64_t instead_ns = 0;  // of the first such entry; 1 ns more for each further one
};
struct PushBody {
  std::string bytes;
  size_t entries = 0;
  size_t retimed = 0;  // of them
};
// The body of a push of these streams: snappy-compressed protobuf, labels completed by `external`.
PushBody MakePushBody(const Batch& batch, const std::vector<size_t>& streams,
                      const config::TextMap& external, const TimeFloor& floor = {});
// 0, 1, 2, ...: every stream.
std::vector<size_t> AllStreams(const Batch& batch);

// Waits between tries. The seam for tests.
class Pause {
 public:
  virtual ~Pause() = default;
  // False when it is time to stop instead.
  virtual bool Wait(int64_t ns) = 0;
};

class PushClient {
 public:
  // So many answers of 429 in a row before the streams of a batch are sent apart.
  static constexpr int kTriesTogether = 10;

  // `transport`, `pause` and `clock` outlive the client. `abort` cuts a request that is under way.
  // `max_age_ns`: of lines that the server takes; 0: any.
  PushClient(config::ClientSettings settings, net::HttpTransport& transport, Pause& pause,
             const std::atomic<bool>* abort, const Clock& clock = SystemClock(),
             int64_t max_age_ns = 0);

  // Sends these streams of the batch. True when those that are not left in `streams` are done with:
  // taken, or dropped for good; what is left is refused for now. False: stopped before that.
  // `tries`: of 429, before it sends them apart, or leaves a single one.
  bool Send(const Batch& batch, std::vector<size_t>& streams, int tries = kTriesTogether);
  const std::string& last_failure() const { return last_failure_; }

 private:
  // Of one push.
  enum class Outcome : uint8_t { kDone, kRefused, kStopped };
  Outcome Push(const Batch& batch, const std::vector<size_t>& streams, int tries);
  enum class Verdict : uint8_t { kDone, kDropped, kAgain, kLimited, kTooManyStreams };
  Verdict Judge(const Result<net::ClientResponse>& answer, const Batch& batch,
                const std::vector<size_t>& streams);
  Verdict Try(net::ClientRequest& request, const Batch& batch, const std::vector<size_t>& streams);
  void Describe(net::ClientRequest& request, const Batch& batch) const;
  TimeFloor FloorFor(const Batch& batch) const;
  Status Authorize(net::ClientRequest& request) const;
  std::string Tenant(const Batch& batch) const;
  int64_t NextPauseNs();
  void NoteFailure(std::string why, bool no_connection, int64_t retry_after_ns);
  void NoteRecovery();
  void CountSent(size_t entries, size_t body_bytes);
  void CountDropped(const Batch& batch, const std::vector<size_t>& streams,
                    const std::string& reason);
  void CountRetimed(size_t entries);

  const config::ClientSettings settings_;
  const std::string host_;  // for metrics
  net::HttpTransport& transport_;
  Pause& pause_;
  const std::atomic<bool>* abort_;
  const Clock& clock_;
  const int64_t max_age_ns_;
  std::mt19937_64 random_;
  uint64_t failures_ = 0;  // in a row
  std::string last_failure_;
  bool no_connection_ = false;
  int64_t retry_after_ns_ = 0;
  size_t retimed_ = 0;  // not yet in the log
  int64_t said_retimed_ns_ = INT64_MIN / 2;
};

}  // namespace narfi::shipper
