// Engine: heads become segments.
#include <algorithm>

#include "base/allocator.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/metrics.h"
#include "ingest/engine.h"
#include "ingest/flush.h"

namespace narfi::ingest {
namespace {

constexpr std::chrono::seconds kFlushCheck{1};
constexpr std::chrono::milliseconds kSealCheck{250};
// A tenant's sealed heads become segments when they take this part of the memory budget.
constexpr uint64_t kSealedShare = 10;
// Of a flush that frees so much, what the allocator keeps is worth returning.
constexpr uint64_t kTrimBytes = 8 << 20;

}  // namespace

void Engine::RunFlusher() {
  for (;;) {
    {
      const MutexLock lock(mutex_);
      if (!is_stopping_ && !flush_now_) wake_.wait_for(mutex_, kFlushCheck);
      flush_now_ = false;
    }
    if (is_stopping_) return;
    if (is_index_suspect_.exchange(false)) RepairSuspectIndex();
    if (is_ready_) FlushWhatIsDue();
  }
}

void Engine::RepairSuspectIndex() {
  const MutexLock lock(flush_mutex_);
  const auto repaired = RepairIndex(
      index_->remakes(), Error{Code::kCorrupt, "the newest time of a stream could not be read"});
  if (!repaired)
    Log(LogLevel::kError, "the index could not be made anew", {{"reason", repaired.error().text}});
}

// By memory, by size of the log, by age.
std::set<std::string> Engine::TenantsDue() const {
  std::set<std::string> due;
  std::vector<std::pair<uint64_t, std::string>> by_size;
  uint64_t total = 0;
  for (const auto& heads : AllHeads()) {
    const TenantHeads::Sizes sizes = heads->sizes();
    // What waits for being sealed gives its memory back by itself.
    const uint64_t held = sizes.all - sizes.closed;
    total += held;
    by_size.emplace_back(held, heads->tenant());
    if (sizes.all - sizes.open > options_.memory_budget / kSealedShare) due.insert(heads->tenant());
    const int64_t oldest = heads->oldest_ns();
    if (oldest != INT64_MAX && clock_.MonotonicNs() - oldest > options_.max_head_age_ns)
      due.insert(heads->tenant());
  }
  // Many tenants with little each: the largest first, until there is room again.
  std::sort(by_size.rbegin(), by_size.rend());
  const bool is_tight = total > HeadShare() * 3 / 4;
  for (const auto& [bytes, tenant] : by_size) {
    if (!is_tight || total <= HeadShare() / 3) break;
    due.insert(tenant);
    total -= bytes;
  }
  if (wal_->bytes() > options_.wal_max_bytes / 2) {
    for (const std::string& tenant : wal_->PinnedBy()) due.insert(tenant);
  }
  return due;
}

// Encodes what is closed, so that pushes find room and queries columns.
void Engine::RunSealer() {
  const auto on_progress = [this] { room_.notify_all(); };
  int64_t sealed_ns = 0;  // when what encoding took was not given back since; else 0
  while (!is_stopping_) {
    bool sealed = false;
    for (const auto& heads : AllHeads()) {
      while (!is_stopping_ && heads->SealOne(true, on_progress)) {
        sealed = true;
        head_bytes();
        room_.notify_all();
      }
    }
    if (sealed) {
      sealed_ns = clock_.MonotonicNs();
      continue;
    }
    // The allocator keeps what encoding took for the next time, which is not soon.
    if (sealed_ns != 0 && clock_.MonotonicNs() - sealed_ns > kSecond) {
      ReturnFreeMemory();
      sealed_ns = 0;
    }
    const MutexLock lock(mutex_);
    if (!is_stopping_) seal_wake_.wait_for(mutex_, kSealCheck);
  }
}

void Engine::FlushWhatIsDue() {
  for (const std::string& tenant : TenantsDue()) {
    if (is_stopping_) return;
    const auto heads = FindHeads(tenant);
    if (heads == nullptr) continue;
    const auto flushed = FlushTenant(*heads);
    if (!flushed)
      Log(LogLevel::kError, "a flush failed; the heads stay in memory and in the write-ahead log",
          {{"tenant", tenant}, {"reason", flushed.error().text}});
  }
  head_bytes();
}

Status Engine::FlushAll() {
  NARFI_TRY(WaitReady(clock_.MonotonicNs() + 600'000'000'000));
  // One tenant that cannot be flushed does not keep the others from it.
  Status first_failure;
  for (const auto& heads : AllHeads()) {
    auto flushed = FlushTenant(*heads);
    if (!flushed && first_failure) first_failure = std::move(flushed);
  }
  head_bytes();
  return first_failure;
}

Status Engine::FlushTenant(TenantHeads& heads) {
  const MutexLock lock(flush_mutex_);
  const uint64_t before = heads.bytes();
  auto flushed = FlushTaken(heads, heads.TakeForFlush());
  if (before > heads.bytes() + kTrimBytes) ReturnFreeMemory();
  return flushed;
}

Status Engine::FlushTaken(TenantHeads& heads, const TenantHeads::Taken& taken) {
  if (taken.sets.empty()) return {};
  ++flushing_;
  const auto flushed = FlushNotEmpty(heads, taken);
  --flushing_;
  return flushed;
}

Status Engine::FlushNotEmpty(TenantHeads& heads, const TenantHeads::Taken& taken) {
  static auto flushes =
      CounterMetric("loki_ingester_flushes_total", "Flushes of a tenant's heads into segments.");
  static auto failures =
      CounterMetric("narfi_flush_failures_total", "Flushes that failed and will be tried again.");
  std::vector<storage::SegmentInfo> segments;
  bool is_named = false;  // a manifest edit that names the segments may be on disk
  const auto run = [&]() REQUIRES(flush_mutex_) -> Status {
    NARFI_TRY(WriteSegments(*objects_, heads.tenant(),
                            heads.SealAll(taken, [this] { room_.notify_all(); }), taken.covered,
                            clock_, segments));
    NARFI_TRY(AddToIndex(segments));
    storage::ManifestEdit edit;
    edit.add = segments;
    edit.covered.emplace_back(heads.tenant(), taken.covered);
    is_named = true;
    NARFI_ASSIGN(const auto state, CommitEdit(std::move(edit)));
    heads.Flushed(taken, [&] { Publish(state); });
    return {};
  };
  if (auto done = run(); !done) {
    failures.Increment();
    // After a failed commit the edit may be on disk until the next one has started a new log.
    if (!is_named) DropUnnamed(segments);
    abandoned_.insert(abandoned_.end(), segments.begin(), segments.end());
    return done;
  }
  DropUnnamed(abandoned_);
  flushes.Increment();
  wal_->Covered(heads.tenant(), taken.covered);
  head_bytes();
  room_.notify_all();
  return {};
}

// The index may run ahead of the manifest: queries drop what does not live. After a failed write
// LevelDB takes no more, so that it is made anew.
Status Engine::AddToIndex(const std::vector<storage::SegmentInfo>& segments) {
  const auto add_all = [&]() -> Status {
    for (const storage::SegmentInfo& info : segments) {
      NARFI_ASSIGN(const auto reader, footers_->Get(info.id, ObjectNameOf(info)));
      NARFI_TRY(index_->AddSegment(*reader));
    }
    return {};
  };
  const uint64_t remakes = index_->remakes();
  const auto added = add_all();
  if (added) return {};
  NARFI_TRY(RepairIndex(remakes, added.error()));
  return add_all();
}

// Each try writes anew: what a failed one wrote must not eat the disk that the next one needs.
// Leaves in `segments` those that could not be removed.
void Engine::DropUnnamed(std::vector<storage::SegmentInfo>& segments) {
  std::erase_if(segments, [&](const storage::SegmentInfo& info) {
    footers_->Forget(info.id);
    // What it cannot forget now is dropped by queries, and at the next start.
    static_cast<void>(index_->RemoveSegment(info.id));
    const auto removed = objects_->Remove(ObjectNameOf(info));
    return removed || removed.error().code == Code::kNotFound;
  });
}

Result<std::shared_ptr<const storage::ManifestState>> Engine::CommitEdit(
    storage::ManifestEdit edit) {
  edit.gone = gone_;
  NARFI_ASSIGN(auto state, manifest_->Commit(manifest_->state()->generation, edit));
  gone_.clear();
  return state;
}

void Engine::Publish(std::shared_ptr<const storage::ManifestState> state) {
  auto view = std::make_shared<LiveView>();
  view->state = std::move(state);
  CompileDeletes(Live().get(), *view);
  for (const auto& [id, info] : view->state->segments) {
    view->by_age[info->tenant].push_back(info);
    const auto [it, is_new] =
        view->days[info->tenant].try_emplace(info->day, info->min_time_ns, info->max_time_ns);
    if (is_new) continue;
    it->second.first = std::min(it->second.first, info->min_time_ns);
    it->second.second = std::max(it->second.second, info->max_time_ns);
  }
  for (auto& [tenant, segments] : view->by_age) {
    std::stable_sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) {
      return a->covered_sequence < b->covered_sequence;
    });
  }
  const MutexLock lock(live_mutex_);
  live_ = std::move(view);
}

}  // namespace narfi::ingest
