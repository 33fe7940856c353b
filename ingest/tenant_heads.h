// One tenant's heads, and the lock that orders its pushes.
//
// A push is judged (out-of-order rule, stream limit), logged and appended under one lock, so that
// sequences, log and heads agree. Sets of heads are flushed oldest first; the last one is being
// filled.
//
// Ownership: readers keep what they read alive. Borrows the page cache and the clock.
// Threads:   safe.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/thread_annotations.h"
#include "ingest/head_set.h"
#include "ingest/push.h"

namespace narfi::ingest {

class RejectReport;

struct HeadStream {
  StreamId id;
  std::shared_ptr<const Labels> labels;
};

class TenantHeads {
 public:
  TenantHeads(std::string tenant, storage::PageCache* cache, const Clock& clock);

  struct Rules {
    std::optional<int64_t> out_of_order_window_ns;  // unset: any order
    uint64_t max_streams = 0;                       // 0: no limit
    bool is_ordered_only = false;                   // unordered_writes: false
  };
  // What the heads do not remember: the newest time of a stream in segments. Called under the lock.
  using NewestLookup = std::function<int64_t(StreamId)>;
  // Takes the next sequence and hands the judged batch to the log; called under the lock, must not
  // block. False: nothing is appended.
  using LogPush = std::function<bool(const std::vector<std::pair<uint32_t, uint32_t>>& accepted,
                                     uint64_t& sequence)>;

  enum class Outcome : uint8_t { kAppended, kNothingLeft, kNotLogged };
  // Drops from `batch` what the rules refuse, into `report`, logs and appends the rest.
  Outcome Push(PushBatch& batch, const Rules& rules, const NewestLookup& newest, const LogPush& log,
               RejectReport& report);

  // Replay appends to a set of its own, which the live pushes of the same time do not touch.
  void Replay(const PushBatch& batch, uint64_t sequence);
  // The replayed set becomes the oldest of those to be flushed.
  void FinishReplay();

  // Sets taken for a flush, and the sequence that they reach.
  struct Taken {
    std::vector<std::shared_ptr<HeadSet>> sets;
    uint64_t covered = 0;
  };
  // Everything but what comes from now on; empty sets when there is nothing.
  Taken TakeForFlush();
  // What was replayed so far and is not in segments; only while the replay runs.
  Taken TakeReplayed();
  // Called while a part is sealed, whenever soon_free() has grown.
  using OnProgress = std::function<void()>;
  // Seals the oldest part that is closed; with `idle_too` those that nothing was appended to lately
  // are closed first. False when there is none.
  bool SealOne(bool idle_too, const OnProgress& on_progress);
  // Everything in what was taken, sealed.
  std::vector<std::shared_ptr<const storage::StoredRowGroup>> SealAll(
      const Taken& taken, const OnProgress& on_progress);
  // The flush is committed: `publish` runs under the lock, and with it the sets go.
  void Flushed(const Taken& taken, const std::function<void()>& publish);

  // All streams in heads, in no order.
  std::shared_ptr<const std::vector<HeadStream>> Streams() const;
  // Readers of `ids` as they stand, and whatever `also` takes, at one moment.
  std::vector<storage::RunRef> Readers(const std::vector<StreamId>& ids,
                                       const std::function<void()>& also) const;

  const std::string& tenant() const { return tenant_; }
  uint64_t bytes() const;
  // Of them, the share of the part being sealed that is encoded: it is free within moments.
  uint64_t soon_free() const { return soon_free_; }
  struct Sizes {
    uint64_t all = 0;
    uint64_t open = 0;    // of rows that are not sealed
    uint64_t closed = 0;  // of those, what can be sealed
  };
  Sizes sizes() const;
  // Of what was replayed and is not flushed yet; only while the replay runs.
  uint64_t replay_bytes() const;
  // Monotonic time at which the oldest set was started; INT64_MAX when all are empty.
  int64_t oldest_ns() const;

 private:
  struct StreamState {
    std::shared_ptr<const Labels> labels;
    int64_t newest_ns = INT64_MIN;
  };
  std::shared_ptr<HeadSet> NewSet() const;
  bool IsIdle(const HeadSet& set) const;
  bool SealPart(HeadSet& set, const OnProgress& on_progress) REQUIRES(seal_mutex_);
  void JudgeStream(PushStream& stream, const Rules& rules, const NewestLookup& newest,
                   RejectReport& report) REQUIRES(mutex_);
  static void JudgeEntries(PushStream& stream, const Rules& rules, int64_t& latest,
                           RejectReport& report);
  void AppendTo(HeadSet& set, const PushBatch& batch) REQUIRES(mutex_);

  const std::string tenant_;
  storage::PageCache* const cache_;
  const Clock& clock_;
  std::atomic<uint64_t> soon_free_ = 0;
  Mutex seal_mutex_;  // whoever seals; taken before mutex_
  mutable Mutex mutex_;
  std::vector<std::shared_ptr<HeadSet>> sets_ GUARDED_BY(mutex_);  // oldest first, never empty
  std::shared_ptr<HeadSet> replay_ GUARDED_BY(mutex_);
  std::unordered_map<StreamId, StreamState> streams_ GUARDED_BY(mutex_);
  mutable std::shared_ptr<const std::vector<HeadStream>> directory_ GUARDED_BY(mutex_);
  uint64_t last_sequence_ GUARDED_BY(mutex_) = 0;
  uint64_t replayed_sequence_ GUARDED_BY(mutex_) = 0;
  std::unordered_set<StreamId> new_streams_ GUARDED_BY(mutex_);  // of the push being judged
};

}  // namespace narfi::ingest
