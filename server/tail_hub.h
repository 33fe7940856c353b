// All live tails: brings them what is pushed, and has them send it.
//
// A push costs what it takes to copy the entries of tailed streams, once, however many tails there
// are; without a tail of its tenant nothing. Entries that repeat one of the last kSeenEntries of
// the tenant are left out: a sender tries again when an answer is lost.
//
// Ownership: borrows everything; the pools and the HTTP server are stopped before it is destroyed.
// Threads:   safe. A thread of its own looks every kTickNs what is due; a small pool runs
// pipelines.
// Limits:    limits_config.max_concurrent_tail_requests of a tenant; Options.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/pool.h"
#include "base/thread_annotations.h"
#include "ingest/follower.h"
#include "server/services.h"
#include "server/tail.h"

namespace narfi::server {

class RecentEntries;

class TailHub final : public ingest::Follower {
 public:
  static constexpr int64_t kTickNs = 50'000'000;
  static constexpr size_t kSeenEntries = 65'536;

  struct Options {
    uint64_t max_queue_bytes = 4 << 20;   // of one tail
    uint64_t max_total_bytes = 12 << 20;  // of all: who has most of them loses it
  };

  TailHub(const Services& services, Options options);
  ~TailHub() override;

  // A new tail, to which pushes are brought for as long as it lives and is not over. kLimit, in
  // Loki's words, when the tenant has as many as it may; kUnavailable when the server stops.
  Result<std::shared_ptr<Tail>> Add(TailRequest request);
  // Has every tail send what waits for it, and then end; returns when all have, or after
  // `grace_ns`. No tail is added from then on.
  void Stop(int64_t grace_ns);
  // How many the tenant has.
  size_t CountOf(const std::string& tenant) const;

  void Taken(const std::string& tenant, const ingest::PushBatch& batch) override;

 private:
  using Tails = std::vector<std::shared_ptr<Tail>>;
  using KnownTails = std::vector<std::weak_ptr<Tail>>;
  struct TenantTails {
    KnownTails tails;
    std::shared_ptr<RecentEntries> seen;  // touched under the tenant's lock of ingest alone
  };

  static Tails Living(const KnownTails& tails);
  void Forget() REQUIRES(mutex_);
  void Bring(const ingest::PushStream& stream, const Tails& tails, RecentEntries& seen);
  void MakeRoom();
  Tails All() const;
  void RunTicks();

  const Services& services_;
  const Options options_;
  const std::shared_ptr<std::atomic<uint64_t>> total_bytes_;
  std::atomic<bool> has_tails_ = false;

  mutable Mutex mutex_;
  CondVar wake_;
  CondVar forgot_;  // tells of tails that have ended
  bool refuses_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::map<std::string, TenantTails> tenants_ GUARDED_BY(mutex_);

  Pool pool_;
  std::thread ticker_;
};

}  // namespace narfi::server
