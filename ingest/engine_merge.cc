// Engine: segments become fewer and larger.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "base/metrics.h"
#include "ingest/engine.h"
#include "ingest/flush.h"
#include "ingest/paced_store.h"
#include "storage/merge.h"

namespace narfi::ingest {
namespace {

constexpr std::chrono::seconds kUpkeepCheck{1};
constexpr int64_t kIdleNs = 10LL * 1'000'000'000;
constexpr std::chrono::seconds kPauseAfterFailure{30};
constexpr std::chrono::milliseconds kWaitForFlush{20};

// Linux knows niceness by thread.
void YieldToOthers() {
  static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10));
}

}  // namespace

void Engine::RunMerger() {
  YieldToOthers();
  std::chrono::nanoseconds pause = kUpkeepCheck;
  // Without another edit there is nothing new to find but what time brings.
  uint64_t idle_generation = UINT64_MAX;
  int64_t idle_until_ns = 0;
  for (;;) {
    {
      const MutexLock lock(mutex_);
      if (!is_stopping_) merge_wake_.wait_for(mutex_, pause);
    }
    if (is_stopping_) return;
    const uint64_t generation = manifest_->state()->generation;
    if (!is_ready_ || (generation == idle_generation && clock_.MonotonicNs() < idle_until_ns))
      continue;
    const auto done = Upkeep();
    pause = kUpkeepCheck;
    if (done && !*done) {
      idle_generation = generation;
      idle_until_ns = clock_.MonotonicNs() + kIdleNs;
    }
    if (done && *done) pause = std::chrono::nanoseconds(0);
    if (!done) pause = kPauseAfterFailure;
    if (!done && done.error().code != Code::kCancelled)
      Log(LogLevel::kError, "merging or removing segments failed; it is tried again",
          {{"reason", done.error().text}});
  }
}

// What makes room comes first.
Result<bool> Engine::Upkeep() {
  const MutexLock lock(upkeep_mutex_);
  DropRemovedFiles();
  using Step = Result<bool> (Engine::*)();
  for (const Step step : {&Engine::DropExpired, &Engine::DropOverDisk, &Engine::WorkOffDeletes,
                          &Engine::RewriteExpired, &Engine::MergeSome}) {
    NARFI_ASSIGN(const bool done, (this->*step)());
    if (done) return true;
  }
  return false;
}

// A merge goes on when no flush does, at most so fast, and not beyond the end of the engine.
Status Engine::WaitToWrite(uint64_t bytes) {
  if (!options_.has_flusher) return {};
  const MutexLock lock(mutex_);
  while (!is_stopping_ && flushing_ > 0) merge_wake_.wait_for(mutex_, kWaitForFlush);
  if (!is_stopping_ && options_.merge_bytes_per_second > 0) {
    const auto seconds =
        static_cast<double>(bytes) / static_cast<double>(options_.merge_bytes_per_second);
    merge_wake_.wait_for(mutex_, std::chrono::duration<double>(seconds));
  }
  return is_stopping_ ? Fail(Code::kCancelled, "stopping") : Status();
}

Result<bool> Engine::MergeSome() {
  const auto parts =
      ChooseMerge(*manifest_->state(), options_.merge_rules, clock_.NowNs(), unmergeable_);
  if (parts.empty()) return false;
  uint8_t level = 0;
  for (const auto& part : parts) level = std::max(level, part->level);
  NARFI_TRY(ReplaceSegments(parts, static_cast<uint8_t>(level + 1)));
  return true;
}

// One segment of what is visible in `parts` takes their place, or none when nothing is. Parts that
// cannot be read stay as they are, and are left alone from then on.
Status Engine::ReplaceSegments(const SegmentList& parts, uint8_t level) {
  static auto merges = CounterMetric("narfi_merges_total", "Merges and rewrites of segments.");
  static auto bytes = CounterMetric("narfi_merged_bytes_total", "Bytes that merges wrote.");
  static auto seconds = CounterMetric("narfi_merge_seconds_total", "Time that merges took.");
  static auto failures = CounterMetric("narfi_merge_failures_total", "Merges that failed.");
  const int64_t started_ns = clock_.MonotonicNs();
  storage::SegmentInfo info;
  info.id = NewSegmentId();
  info.tenant = parts.back()->tenant;
  info.day = parts.back()->day;
  info.covered_sequence = parts.back()->covered_sequence;
  info.level = level;
  info.created_ns = clock_.NowNs();
  auto done = WriteMerged(parts, info);
  if (done) done = CommitMerged(parts, info);
  if (!done) {
    if (done.error().code == Code::kCancelled) return done;
    failures.Increment();
    if (done.error().code != Code::kCorrupt && done.error().code != Code::kNotFound) return done;
    for (const auto& part : parts) unmergeable_.insert(part->id);
    Log(LogLevel::kError, "segments cannot be merged and stay as they are",
        {{"tenant", info.tenant}, {"reason", done.error().text}});
    return {};
  }
  DropRemovedFiles();
  const auto took = static_cast<double>(clock_.MonotonicNs() - started_ns) / 1e9;
  merges.Increment();
  bytes.Increment(static_cast<double>(info.file_bytes));
  seconds.Increment(took);
  uint64_t before = 0;
  for (const auto& part : parts) before += part->file_bytes;
  Log(LogLevel::kInfo, "merged segments",
      {{"tenant", info.tenant},
       {"day", info.day},
       {"parts", parts.size()},
       {"bytes", before},
       {"into_bytes", info.file_bytes},
       {"rows", info.rows},
       {"level", static_cast<int>(info.level)},
       {"seconds", took}});
  return {};
}

// Reads past the page cache of queries: pages of its own, as many as its share of the memory takes.
Status Engine::WriteMerged(const SegmentList& parts, storage::SegmentInfo& info) {
  storage::PageCache pages(options_.memory_budget / 16);
  storage::SegmentFooter about;
  about.id = info.id;
  about.tenant = info.tenant;
  about.day = info.day;
  about.created_ns = info.created_ns;
  about.covered_sequence = info.covered_sequence;
  std::vector<std::shared_ptr<const storage::SegmentReader>> readers;
  for (const auto& part : parts) {
    NARFI_ASSIGN(auto reader, storage::SegmentReader::Open(*objects_, ObjectNameOf(*part), &pages));
    about.replaces.push_back(part->id);
    const auto& earlier = reader->footer().replaces;
    about.replaces.insert(about.replaces.end(), earlier.begin(), earlier.end());
    readers.push_back(std::move(reader));
  }
  const auto live = Live();
  const HiddenEntries hidden(retention_.For(info.tenant), live->DeletesOf(info.tenant),
                             clock_.NowNs());
  NARFI_ASSIGN(const auto steps, storage::PlanMerge(readers, [&](const storage::StreamRun& run) {
                 return hidden.Of(*run.labels);
               }));
  PacedStore slow(*objects_, options_.merge_sync_bytes,
                  [&](uint64_t bytes) { return WaitToWrite(bytes); });
  auto done = storage::RunMerge(steps, slow, ObjectNameOf(info), std::move(about), {}, info);
  if (!done) Abandon({info});
  return done;
}

// A file whose folder could not be synced is there all the same.
void Engine::Abandon(std::vector<storage::SegmentInfo> segments) {
  const MutexLock lock(flush_mutex_);
  DropUnnamed(segments);
  abandoned_.insert(abandoned_.end(), segments.begin(), segments.end());
}

// The index knows the new segment before it lives, and the old ones until they do not.
Status Engine::CommitMerged(const SegmentList& parts, const storage::SegmentInfo& info) {
  const MutexLock lock(flush_mutex_);
  std::vector<storage::SegmentInfo> merged;
  if (info.rows > 0) merged.push_back(info);
  bool is_named = false;
  const auto run = [&]() REQUIRES(flush_mutex_) -> Status {
    NARFI_TRY(AddToIndex(merged));
    storage::ManifestEdit edit;
    edit.add = merged;
    for (const auto& part : parts) edit.remove.push_back(part->id);
    is_named = true;
    NARFI_ASSIGN(auto state, CommitEdit(std::move(edit)));
    Publish(std::move(state));
    return {};
  };
  if (auto done = run(); !done) {
    if (!is_named) DropUnnamed(merged);
    abandoned_.insert(abandoned_.end(), merged.begin(), merged.end());
    return done;
  }
  DropUnnamed(abandoned_);
  return {};
}

Status Engine::RemoveSegments(const SegmentList& segments) {
  {
    const MutexLock lock(flush_mutex_);
    storage::ManifestEdit edit;
    for (const auto& info : segments) edit.remove.push_back(info->id);
    NARFI_ASSIGN(auto state, CommitEdit(std::move(edit)));
    Publish(std::move(state));
    DropUnnamed(abandoned_);
  }
  DropRemovedFiles();
  return {};
}

// Snapshots that read them hold their files open. What cannot be removed now is tried again.
void Engine::DropRemovedFiles() {
  const auto state = manifest_->state();
  for (const auto& [id, info] : state->removed) {
    const MutexLock lock(flush_mutex_);
    if (std::find(gone_.begin(), gone_.end(), id) != gone_.end()) continue;
    footers_->Forget(id);
    // Queries drop what does not live.
    if (!index_->RemoveSegment(id)) is_index_suspect_ = true;
    const auto removed = objects_->Remove(ObjectNameOf(*info));
    if (removed || removed.error().code == Code::kNotFound) gone_.push_back(id);
  }
}

}  // namespace narfi::ingest
