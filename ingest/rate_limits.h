// ingestion_rate_mb and per_stream_rate_limit: token buckets, one a tenant and one a stream.
//
// Order:   the tenant's rate first, which takes the whole push or nothing of it; then each
// stream's,
//          entry by entry.
// Threads: own locking.
// Limits:  kMaxStreams buckets of streams; beyond them those that are full again are forgotten.
// Source:  Loki's limits_config ("ingestion_burst_size_mb", "per_stream_rate_limit_burst").
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "base/labels.h"
#include "base/thread_annotations.h"
#include "config/limits.h"
#include "ingest/push.h"
#include "ingest/reject_report.h"

namespace narfi::ingest {

class RateLimits {
 public:
  static constexpr size_t kMaxStreams = 100'000;

  // Takes out of `batch` what is over a rate at `now_ns` (monotonic), and enters it in `report`.
  void Apply(const config::Limits& limits, int64_t now_ns, PushBatch& batch, RejectReport& report);

 private:
  struct Rate {
    double bytes_per_second;
    double burst_bytes;
  };
  struct Bucket {
    double bytes = 0;  // that may come now
    int64_t filled_ns = 0;

    bool Take(const Rate& rate, int64_t now_ns, double wanted);
  };

  bool TakeAll(const config::Limits& limits, int64_t now_ns, const PushBatch& batch,
               RejectReport& report) REQUIRES(mutex_);
  void TakeStream(const Rate& rate, uint64_t limit_bytes, int64_t now_ns, Bucket& bucket,
                  PushStream& stream, RejectReport& report) REQUIRES(mutex_);
  void ForgetFull(const Rate& rate, int64_t now_ns) REQUIRES(mutex_);

  Mutex mutex_;
  std::map<std::string, Bucket> tenants_ GUARDED_BY(mutex_);
  std::map<std::string, std::unordered_map<StreamId, Bucket>> streams_ GUARDED_BY(mutex_);
  size_t stream_count_ GUARDED_BY(mutex_) = 0;
};

}  // namespace narfi::ingest
