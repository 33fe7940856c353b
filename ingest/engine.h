// The engine of narfid: takes pushes, keeps them, and hands out snapshots of what it has.
//
//   Push() -> decode -> validate -> WAL + heads -> Done(204)
//   sealer thread: rows of the heads -> row groups in memory
//   flusher thread: heads -> segments -> index -> manifest -> WAL files dropped
//   merger thread: small segments -> larger ones; what is deleted or expired -> gone
//   TakeSnapshot(): heads and living segments at one moment, without what is deleted or expired
//
// At Open() writes are taken at once; queries wait for ready(), which is when the WAL of the last
// start has been replayed.
//
// Ownership: borrows the FileSystem, the Clock and the limits; all must outlive it. Snapshots must
//            be let go of before it is destroyed.
// Threads:   everything is safe from any thread. Push() does its decoding on the caller's thread
//            and answers from the log's; Done must not block.
// Limits:    Options::memory_budget: half for heads and pushes under way, a quarter for unpacked
//            pages. Over the share of pushes, or of heads, a push waits for sealing and flushing to
//            make room; what is being sealed counts as free by what is done, so that for moments
//            heads take of the pushes' share what these leave free. After five seconds of waiting a
//            push gets 429 with Retry-After. Push() may block for so long: call it on
//            a thread of a pool.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/thread_annotations.h"
#include "config/limits.h"
#include "index/footer_cache.h"
#include "index/label_index.h"
#include "ingest/hidden_entries.h"
#include "ingest/merge_choice.h"
#include "ingest/otlp_mapping.h"
#include "ingest/push.h"
#include "ingest/push_memory.h"
#include "ingest/quarantine.h"
#include "ingest/rate_limits.h"
#include "ingest/retention.h"
#include "ingest/store_root.h"
#include "ingest/tenant_heads.h"
#include "ingest/volume_table.h"
#include "ingest/wal.h"
#include "storage/manifest.h"
#include "storage/object_store.h"
#include "storage/source.h"

namespace narfi::ingest {

class Follower;
class RejectReport;

struct ReplayReport;
struct WalPush;

class Engine final : public storage::Source {
 public:
  struct Options {
    std::string root;
    std::string index_folder;  // empty: <root>/index
    uint64_t memory_budget = 192 << 20;
    int64_t max_head_age_ns = 30LL * 60 * 1'000'000'000;
    std::optional<int64_t> out_of_order_window_ns;  // unset: entries come in any order
    uint64_t max_body_bytes = 100 << 20;
    uint64_t max_unpacked_bytes = 256 << 20;
    uint64_t wal_file_bytes = 64 << 20;
    uint64_t wal_max_bytes = 256 << 20;
    // Tests that cut the power at every operation drive flushes themselves.
    bool has_flusher = true;  // and a merger
    MergeRules merge_rules;
    uint64_t merge_bytes_per_second = 32 << 20;  // written; 0: as fast as it goes
    uint64_t merge_sync_bytes = 4 << 20;         // a merge syncs what it wrote after so many
    uint64_t retention_disk_bytes = 0;           // of all segments; 0: no limit
  };

  static Result<std::unique_ptr<Engine>> Open(Options options, const config::TenantLimits& limits,
                                              FileSystem& fs, const Clock& clock);
  // Waits for the log to write out what was taken; flushes nothing (see FlushAll).
  ~Engine() override;

  using Done = std::function<void(PushAnswer)>;
  // `done` is called exactly once, maybe before Push() returns.
  void Push(const std::string& tenant, const std::string& content_type,
            const std::string& content_encoding, std::string body, Done done);

  // Tells `follower`, which must outlive the engine's last push, of every push from now on; null:
  // nobody. Replayed pushes are not told.
  void Follow(Follower* follower) { follower_ = follower; }

  // Memory for a body on its way in, from the share of the heads: false when there is none now.
  // What was granted is given back when the push is answered. Never blocks.
  bool ReserveBody(uint64_t bytes);
  void ReleaseBody(uint64_t bytes);

  // Hides the entries from every answer at once; merging drops them from the files. Gives the id.
  // kInvalidArgument when it does not make sense, kLimit when there are kMaxDeletes.
  Result<Hash128> Delete(storage::DeletePredicate what);
  static constexpr size_t kMaxDeletes = 1000;

  // One step of what the merger does: drops expired segments, rewrites one that holds deleted
  // entries, merges some. False when there was nothing to do. Tests without a merger call it.
  Result<bool> Upkeep();

  // Everything that was answered is in segments when this returns without an error.
  Status FlushAll();

  // True once queries may be asked.
  bool ready() const { return is_ready_.load(); }
  // Blocks until ready() or until the deadline (monotonic); kUnavailable with a sentence then.
  Status WaitReady(int64_t deadline_monotonic_ns) const;

  Result<storage::Snapshot> TakeSnapshot(const storage::Selector& selector) override;
  Result<storage::CountedSnapshot> TakeCounts(const storage::Selector& selector) override;
  Result<std::vector<Labels>> Series(const storage::Selector& selector) override;
  std::vector<std::string> Tenants() override;
  bool Quarantine(const storage::RowGroupReader& group, const Error& error) override {
    quarantine_.Add(group, error);
    return true;
  }

  // What stands in /metrics and in tests.
  uint64_t head_bytes() const;
  // The cache of blocks and of what is made of them: a quarter of the memory budget.
  storage::PageCache& pages() const { return *pages_; }
  uint64_t wal_bytes() const { return wal_->bytes(); }
  std::shared_ptr<const storage::ManifestState> manifest_state() const {
    return manifest_->state();
  }

 private:
  // The living segments, and which days of a tenant they lie on.
  struct LiveView {
    std::shared_ptr<const storage::ManifestState> state;
    std::map<std::string, std::map<int64_t, std::pair<int64_t, int64_t>>>
        days;  // tenant -> day -> [min, max] time
    // Of each tenant, in the order in which they were flushed.
    std::map<std::string, std::vector<std::shared_ptr<const storage::SegmentInfo>>> by_age;
    std::map<std::string, EntryDeletes> deletes;  // of each tenant
    const EntryDeletes* DeletesOf(const std::string& tenant) const;
  };

  Engine(Options options, const config::TenantLimits& limits, FileSystem& fs, const Clock& clock);
  Status Start();
  Status OpenManifest();
  Status CatchUpIndex();
  Status RepairIndex(uint64_t seen_remakes, const Error& error) REQUIRES(flush_mutex_);

  std::shared_ptr<TenantHeads> HeadsOf(const std::string& tenant);
  std::shared_ptr<TenantHeads> FindHeads(const std::string& tenant) const;
  std::vector<std::shared_ptr<TenantHeads>> AllHeads() const;
  bool HasRoomInHeads() const;
  std::optional<PushAnswer> Refusal() const;
  std::optional<PushAnswer> RefusalAfterWaiting();
  void WakeFlusher();
  void LogAndAnswer(TenantHeads& heads, PushBatch& batch, RejectReport& report, WalPush about,
                    std::shared_ptr<const std::string> body, Done done);
  TenantHeads::Rules RulesFor(const std::string& tenant) const;

  // Replay (engine_replay.cc).
  void ReplayAll();
  Result<ReplayReport> ReplayOldFile(const Wal::OldFile& file, uint64_t& undecodable);
  void KeepDamaged(const Wal::OldFile& file);
  Status ReplayPush(const WalPush& push);
  Status MakeRoomInReplay();
  Status FlushReplayed();

  // Flush (engine_flush.cc).
  void RunFlusher();
  void RunSealer();
  void FlushWhatIsDue();
  std::set<std::string> TenantsDue() const;
  Status FlushTenant(TenantHeads& heads);
  Status FlushTaken(TenantHeads& heads, const TenantHeads::Taken& taken) REQUIRES(flush_mutex_);
  Status FlushNotEmpty(TenantHeads& heads, const TenantHeads::Taken& taken) REQUIRES(flush_mutex_);
  Status AddToIndex(const std::vector<storage::SegmentInfo>& segments) REQUIRES(flush_mutex_);
  void RepairSuspectIndex();
  void DropUnnamed(std::vector<storage::SegmentInfo>& segments) REQUIRES(flush_mutex_);
  Result<std::shared_ptr<const storage::ManifestState>> CommitEdit(storage::ManifestEdit edit)
      REQUIRES(flush_mutex_);
  void Publish(std::shared_ptr<const storage::ManifestState> state);
  static void CompileDeletes(const LiveView* before, LiveView& view);

  // Merging (engine_merge.cc).
  void RunMerger();
  Status WaitToWrite(uint64_t bytes);
  Status ReplaceSegments(const SegmentList& parts, uint8_t level) REQUIRES(upkeep_mutex_);
  Status WriteMerged(const SegmentList& parts, storage::SegmentInfo& info);
  Status CommitMerged(const SegmentList& parts, const storage::SegmentInfo& info);
  void Abandon(std::vector<storage::SegmentInfo> segments);
  Status RemoveSegments(const SegmentList& segments);
  void DropRemovedFiles();
  Result<bool> MergeSome() REQUIRES(upkeep_mutex_);

  // Retention and deletes (engine_retention.cc).
  Result<bool> DropExpired() REQUIRES(upkeep_mutex_);
  Result<bool> DropOverDisk() REQUIRES(upkeep_mutex_);
  Result<bool> RewriteExpired() REQUIRES(upkeep_mutex_);
  bool IsMostlyExpired(const storage::SegmentInfo& info, int64_t now_ns) REQUIRES(upkeep_mutex_);
  Result<bool> WorkOffDeletes() REQUIRES(upkeep_mutex_);
  Result<bool> WorkOff(const EntryDelete& one) REQUIRES(upkeep_mutex_);
  bool IsInHeads(const EntryDelete& one, std::shared_ptr<const LiveView>& live) const;

  // Queries (engine_query.cc).
  std::shared_ptr<const LiveView> Live() const;
  // A snapshot whose runs are not marked.
  Result<storage::Snapshot> CollectRuns(const storage::Selector& selector);
  static Result<std::vector<storage::RunRef>> ReadHeads(const TenantHeads& heads,
                                                        const storage::Selector& selector,
                                                        const std::function<void()>& also);
  Result<bool> TrySnapshot(const storage::Selector& selector, storage::Snapshot& out);
  Result<std::vector<index::RunLocation>> FindLivingRuns(const storage::Selector& selector,
                                                         const LiveView& live);
  Status AddSegmentRuns(const storage::Selector& selector, const LiveView& live,
                        storage::Snapshot& out);
  // Likewise without the index: all row groups of the range are looked at, those that the selector
  // rules out aside.
  bool IsCheapToWalk(const storage::Selector& selector, const LiveView& live);
  using OpenSegments = std::vector<std::shared_ptr<const storage::SegmentReader>>;
  // Of each of their row groups, in turn, whether the selector's filter wants it.
  Result<std::vector<uint8_t>> AskSegments(const storage::Selector& selector,
                                           const OpenSegments& segments);
  bool MakeLookups(const storage::Selector& selector, OpenSegments segments);
  Status WalkSegments(const storage::Selector& selector, const LiveView& live,
                      storage::Snapshot& out);
  Result<std::shared_ptr<const storage::SegmentReader>> OpenLiving(
      const storage::SegmentInfo& info);
  static void DropOutOfRange(const storage::Selector& selector, std::vector<storage::RunRef>& runs);
  void NoteUnreadable(const storage::SegmentInfo& info, const Error& error);
  void AddWarnings(const storage::Selector& selector, const LiveView& live,
                   storage::Snapshot& out) const;
  void Hide(const storage::Selector& selector, const LiveView& live, storage::Snapshot& out);

  // Counts (engine_counts.cc).
  Result<bool> TryCounts(const storage::Selector& selector, storage::CountedSnapshot& out);
  bool IsWorthCounting(const storage::Selector& selector, const LiveView& live);
  Result<std::shared_ptr<const VolumeTable>> TableOf(const std::string& tenant,
                                                     const LiveView& live);
  Status AddPlaces(const std::string& tenant, const LiveView& live,
                   const std::vector<VolumeTable::Place>& places, storage::Snapshot& out);

  // Of the memory budget.
  uint64_t HeadShare() const { return options_.memory_budget / 2 - options_.memory_budget / 8; }

  const Options options_;
  const config::TenantLimits& limits_;
  FileSystem& fs_;
  const Clock& clock_;
  // Fixed after Start(), own locking.
  StoreRoot root_;
  std::unique_ptr<storage::PageCache> pages_;
  std::unique_ptr<storage::ObjectStore> objects_;
  std::unique_ptr<storage::Manifest> manifest_;
  std::unique_ptr<index::FooterCache> footers_;
  std::unique_ptr<index::LabelIndex> index_;
  std::unique_ptr<Wal> wal_;
  RateLimits rates_;
  TenantRetention retention_;
  TenantOtlp otlp_;
  std::atomic<uint64_t> next_sequence_ = 0;

  std::atomic<Follower*> follower_ = nullptr;
  std::atomic<bool> is_ready_ = false;
  std::atomic<bool> is_stopping_ = false;
  // Found to be damaged where it cannot be repaired at once; the flusher does.
  std::atomic<bool> is_index_suspect_ = false;
  PushMemory push_memory_;  // an eighth of the budget: bodies under way and what they unpack to
  mutable std::atomic<uint64_t> head_bytes_ = 0;

  mutable Mutex mutex_;
  mutable CondVar wake_;
  CondVar room_;  // for pushes: heads have shrunk, or will soon
  CondVar seal_wake_;
  CondVar merge_wake_;  // for stopping
  std::map<std::string, std::shared_ptr<TenantHeads>> tenants_ GUARDED_BY(mutex_);
  bool flush_now_ GUARDED_BY(mutex_) = false;

  mutable Mutex live_mutex_;
  std::shared_ptr<const LiveView> live_ GUARDED_BY(live_mutex_);

  Mutex flush_mutex_;              // one flush at a time; held over I/O
  std::atomic<int> flushing_ = 0;  // merges wait meanwhile
  // Their files are removed, which the manifest does not know yet.
  std::vector<Hash128> gone_ GUARDED_BY(flush_mutex_);
  // Written, but the edit that names them failed: they go when another edit has passed.
  std::vector<storage::SegmentInfo> abandoned_ GUARDED_BY(flush_mutex_);
  ingest::Quarantine quarantine_;  // own locking
  std::atomic<bool> is_making_lookups_ = false;
  mutable Mutex unreadable_mutex_;
  std::map<Hash128, std::string> unreadable_
      GUARDED_BY(unreadable_mutex_);  // segments that cannot be opened

  Mutex upkeep_mutex_;  // one step of upkeep at a time; held over I/O, taken before flush_mutex_
  std::set<Hash128> unmergeable_ GUARDED_BY(upkeep_mutex_);  // segments that could not be merged
  // Delete -> segments that were found to hold nothing of it.
  std::map<Hash128, std::set<Hash128>> clean_ GUARDED_BY(upkeep_mutex_);
  // When a segment's streams were last asked whether they are expired.
  std::map<Hash128, int64_t> asked_ns_ GUARDED_BY(upkeep_mutex_);

  int64_t next_replay_flush_ns_ = INT64_MIN;  // touched by the replay only
  std::thread replayer_;
  std::thread flusher_;
  std::thread sealer_;
  std::thread merger_;
};

}  // namespace narfi::ingest
