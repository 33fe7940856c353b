// Engine: what is deleted, too old or too much is hidden, and goes.
#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/log.h"
#include "base/metrics.h"
#include "ingest/engine.h"
#include "ingest/flush.h"

namespace narfi::ingest {
namespace {

// A segment that expires within this is not rewritten any more.
constexpr int64_t kWaitForTheRestNs = kHour;
constexpr int64_t kAskAgainNs = 10 * kMinute;

void CountRemoved(const std::string& reason, const SegmentList& segments) {
  CounterMetric("narfi_retention_removed_segments_total", "Segments that were removed whole.",
                {{"reason", reason}})
      .Increment(static_cast<double>(segments.size()));
}

uint64_t BytesOf(const SegmentList& segments) {
  uint64_t bytes = 0;
  for (const auto& info : segments) bytes += info->file_bytes;
  return bytes;
}

// How much of [min, max] lies before `cutoff`, from 0 to 1.
double ShareBefore(int64_t cutoff_ns, int64_t min_ns, int64_t max_ns) {
  if (max_ns < cutoff_ns) return 1;
  if (min_ns >= cutoff_ns) return 0;
  return (static_cast<double>(cutoff_ns) - static_cast<double>(min_ns)) /
         (static_cast<double>(max_ns) - static_cast<double>(min_ns) + 1);
}

// Whether some of the run's rows are deleted.
Result<bool> Holds(const storage::RunRef& run, const EntryDelete& one) {
  if (!Matches(*run.info().labels, one.predicates)) return false;
  const storage::HiddenTimes times{one.what->start_ns, one.what->end_ns};
  std::vector<storage::RunRef> visible;
  NARFI_TRY(storage::AppendVisible(run, std::span(&times, 1), visible));
  return visible.size() != 1 || visible.front().group != run.group;
}

Result<bool> Holds(const storage::SegmentReader& segment, const EntryDelete& one) {
  for (const auto& group : segment.groups()) {
    for (uint32_t run = 0; run < group->runs().size(); ++run) {
      NARFI_ASSIGN(const bool holds, Holds({group, run, 0}, one));
      if (holds) return true;
    }
  }
  return false;
}

}  // namespace

const EntryDeletes* Engine::LiveView::DeletesOf(const std::string& tenant) const {
  const auto of_tenant = deletes.find(tenant);
  return of_tenant == deletes.end() ? nullptr : &of_tenant->second;
}

// Those of the view before are compiled already.
void Engine::CompileDeletes(const LiveView* before, LiveView& view) {
  for (const auto& [id, what] : view.state->deletes) {
    const EntryDeletes* known = before == nullptr ? nullptr : before->DeletesOf(what->tenant);
    if (known != nullptr && known->contains(id)) {
      view.deletes[what->tenant].emplace(id, known->at(id));
      continue;
    }
    auto made = CompileDelete(what);
    if (made) {
      view.deletes[what->tenant].emplace(id, std::make_shared<const EntryDelete>(std::move(*made)));
    } else {
      Log(LogLevel::kError, "a delete of the manifest is not understood and hides nothing",
          {{"id", ToHex(id)}, {"reason", made.error().text}});
    }
  }
}

Result<Hash128> Engine::Delete(storage::DeletePredicate what) {
  what.id = NewSegmentId();
  what.created_ns = clock_.NowNs();
  what.generation = 0;
  NARFI_TRY(CompileDelete(std::make_shared<const storage::DeletePredicate>(what)));
  const MutexLock lock(flush_mutex_);
  if (manifest_->state()->deletes.size() >= kMaxDeletes)
    return Fail(Code::kLimit,
                fmt::format("{} deletes are being worked off; ask again later", kMaxDeletes));
  storage::ManifestEdit edit;
  edit.add_deletes.push_back(what);
  NARFI_ASSIGN(auto state, CommitEdit(std::move(edit)));
  Publish(std::move(state));
  Log(LogLevel::kInfo, "entries are deleted", {{"tenant", what.tenant}, {"id", ToHex(what.id)}});
  return what.id;
}

Result<bool> Engine::DropExpired() {
  const int64_t now_ns = clock_.NowNs();
  SegmentList expired;
  const auto state = manifest_->state();
  for (const auto& [id, info] : state->segments) {
    if (info->max_time_ns < retention_.For(info->tenant).EarliestCutoff(now_ns))
      expired.push_back(info);
  }
  if (expired.empty()) return false;
  NARFI_TRY(RemoveSegments(expired));
  CountRemoved("age", expired);
  Log(LogLevel::kInfo, "removed segments that are older than the retention period",
      {{"segments", expired.size()}, {"bytes", BytesOf(expired)}});
  return true;
}

// The oldest days of all tenants go first, and of a day what ends first.
Result<bool> Engine::DropOverDisk() {
  if (options_.retention_disk_bytes == 0) return false;
  SegmentList segments;
  const auto state = manifest_->state();
  for (const auto& [id, info] : state->segments) segments.push_back(info);
  uint64_t bytes = BytesOf(segments);
  if (bytes <= options_.retention_disk_bytes) return false;
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) {
    return std::pair(a->day, a->max_time_ns) < std::pair(b->day, b->max_time_ns);
  });
  SegmentList over;
  for (const auto& info : segments) {
    if (bytes <= options_.retention_disk_bytes) break;
    bytes -= info->file_bytes;
    over.push_back(info);
  }
  NARFI_TRY(RemoveSegments(over));
  CountRemoved("disk", over);
  Log(LogLevel::kWarn, "removed the oldest segments: together they are over the limit of the disk",
      {{"segments", over.size()},
       {"bytes", BytesOf(over)},
       {"limit", options_.retention_disk_bytes},
       {"left", bytes}});
  return true;
}

// By the streams' own periods where there are any: those are asked of the footer, now and then.
bool Engine::IsMostlyExpired(const storage::SegmentInfo& info, int64_t now_ns) {
  const RetentionRules& rules = retention_.For(info.tenant);
  const int64_t latest_ns = rules.LatestCutoff(now_ns);
  if (info.min_time_ns >= latest_ns) return false;
  if (!rules.has_stream_rules())
    return info.max_time_ns - latest_ns > kWaitForTheRestNs &&
           ShareBefore(latest_ns, info.min_time_ns, info.max_time_ns) > 0.5;
  const auto [asked, is_first] = asked_ns_.try_emplace(info.id, now_ns);
  if (!is_first && now_ns - asked->second < kAskAgainNs) return false;
  asked->second = now_ns;
  const auto segment = footers_->Get(info.id, ObjectNameOf(info));
  if (!segment) return false;
  double expired = 0;
  for (const auto& group : (*segment)->groups()) {
    for (const storage::StreamRun& run : group->runs())
      expired += run.rows *
                 ShareBefore(rules.CutoffOf(*run.labels, now_ns), run.min_time_ns, run.max_time_ns);
  }
  return expired > static_cast<double>(info.rows) / 2;
}

// Merging drops what is expired on its way; this is for what is not merged any more.
Result<bool> Engine::RewriteExpired() {
  const int64_t now_ns = clock_.NowNs();
  const auto state = manifest_->state();
  std::erase_if(asked_ns_, [&](const auto& one) { return !state->segments.contains(one.first); });
  for (const auto& [id, info] : state->segments) {
    if (unmergeable_.contains(id) || !IsMostlyExpired(*info, now_ns)) continue;
    NARFI_TRY(ReplaceSegments({info}, info->level));
    return true;
  }
  return false;
}

Result<bool> Engine::WorkOffDeletes() {
  const auto live = Live();
  std::erase_if(clean_, [&](const auto& one) { return !live->state->deletes.contains(one.first); });
  for (const auto& [tenant, deletes] : live->deletes) {
    for (const auto& [id, one] : deletes) {
      NARFI_ASSIGN(const bool done, WorkOff(*one));
      if (done) return true;
    }
  }
  return false;
}

// Looks at the heads and takes the view of the same moment: a flush swaps them under one lock.
bool Engine::IsInHeads(const EntryDelete& one, std::shared_ptr<const LiveView>& live) const {
  const auto heads = FindHeads(one.what->tenant);
  if (heads == nullptr) {
    live = Live();
    return false;
  }
  std::vector<StreamId> ids;
  for (const HeadStream& stream : *heads->Streams()) {
    if (Matches(*stream.labels, one.predicates)) ids.push_back(stream.id);
  }
  const auto runs = heads->Readers(ids, [&] { live = Live(); });
  return std::any_of(runs.begin(), runs.end(), [&](const storage::RunRef& run) {
    const auto holds = Holds(run, one);
    return !holds || *holds;
  });
}

// Rewrites one segment that holds entries of the delete. When none does, and no head either, the
// delete itself goes, once its time is past.
Result<bool> Engine::WorkOff(const EntryDelete& one) {
  std::shared_ptr<const LiveView> live;
  bool is_left = !is_ready_ || IsInHeads(one, live);
  if (live == nullptr) live = Live();
  auto& clean = clean_[one.what->id];
  for (const auto& [id, info] : live->state->segments) {
    if (info->tenant != one.what->tenant || info->max_time_ns < one.what->start_ns ||
        info->min_time_ns > one.what->end_ns || clean.contains(id))
      continue;
    is_left = is_left || unmergeable_.contains(id);
    if (unmergeable_.contains(id)) continue;
    const auto segment = footers_->Get(id, ObjectNameOf(*info));
    const auto holds = segment ? Holds(**segment, one) : tl::unexpected(segment.error());
    if (holds && *holds) {
      NARFI_TRY(ReplaceSegments({info}, info->level));
      return true;
    }
    if (holds) clean.insert(id);
    is_left = is_left || !holds;
  }
  if (is_left || one.what->end_ns >= clock_.NowNs()) return false;
  const MutexLock lock(flush_mutex_);
  storage::ManifestEdit edit;
  edit.remove_deletes.push_back(one.what->id);
  NARFI_ASSIGN(auto state, CommitEdit(std::move(edit)));
  Publish(std::move(state));
  return true;
}

}  // namespace narfi::ingest
