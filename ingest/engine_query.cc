// Engine: snapshots.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_map>

#include "base/log.h"
#include "base/metrics.h"
#include "ingest/engine.h"
#include "ingest/engine_prune.h"
#include "ingest/flush.h"

namespace narfi::ingest {
namespace {

constexpr int kSnapshotTries = 5;
constexpr int kHeadTries = 100;

// Passes by itself, and says nothing about the index.
bool IsOutOfFiles(const Error& error) {
  return error.text.find(std::strerror(EMFILE)) != std::string::npos ||
         error.text.find(std::strerror(ENFILE)) != std::string::npos;
}

}  // namespace

void Engine::DropOutOfRange(const storage::Selector& selector, std::vector<storage::RunRef>& runs) {
  std::erase_if(runs, [&](const storage::RunRef& run) {
    const storage::StreamRun& info = run.info();
    return info.rows == 0 || info.max_time_ns < selector.start_ns ||
           info.min_time_ns >= selector.end_ns;
  });
}

std::shared_ptr<const Engine::LiveView> Engine::Live() const {
  const MutexLock lock(live_mutex_);
  return live_;
}

Result<storage::Snapshot> Engine::TakeSnapshot(const storage::Selector& selector) {
  NARFI_ASSIGN(auto snapshot, CollectRuns(selector));
  storage::MarkOverlaps(snapshot.runs);
  storage::MarkParts(snapshot.runs);
  return snapshot;
}

Result<storage::Snapshot> Engine::CollectRuns(const storage::Selector& selector) {
  for (int i = 0; i < kSnapshotTries; ++i) {
    storage::Snapshot snapshot;
    NARFI_ASSIGN(const bool whole, TrySnapshot(selector, snapshot));
    if (whole) return snapshot;
  }
  return Fail(Code::kUnavailable,
              "segments are being replaced faster than they can be opened; ask again");
}

// The heads' runs; `also` is called at the moment that they show.
Result<std::vector<storage::RunRef>> Engine::ReadHeads(const TenantHeads& heads,
                                                       const storage::Selector& selector,
                                                       const std::function<void()>& also) {
  for (int i = 0; i < kHeadTries; ++i) {
    std::vector<StreamId> ids;
    const auto streams = heads.Streams();
    for (const HeadStream& stream : *streams) {
      if (Matches(*stream.labels, selector.predicates)) ids.push_back(stream.id);
    }
    // Heads and living segments at one moment: a flush swaps them under the same lock.
    auto runs = heads.Readers(ids, also);
    // Who counts on the moment must not miss a stream that came after we looked for them.
    if (!selector.at_moment || heads.Streams() == streams) return runs;
  }
  return Fail(Code::kUnavailable, "streams are coming faster than they can be read; ask again");
}

// False when a segment went away between looking and opening: then everything is asked anew.
Result<bool> Engine::TrySnapshot(const storage::Selector& selector, storage::Snapshot& out) {
  std::shared_ptr<const LiveView> live;
  const auto at_moment = [&selector] {
    if (selector.at_moment) selector.at_moment();
  };
  at_moment();  // of a tenant whose heads come to be while we look
  if (const auto heads = FindHeads(selector.tenant)) {
    NARFI_ASSIGN(out.runs, ReadHeads(*heads, selector, [&] {
                   live = Live();
                   at_moment();
                 }));
    DropOutOfRange(selector, out.runs);
    if (selector.filter != nullptr)
      NARFI_TRY(DropRuledOut(*selector.filter, out.runs, quarantine_));
  } else {
    live = Live();
  }
  const size_t from_heads = out.runs.size();
  const auto added = IsCheapToWalk(selector, *live) ? WalkSegments(selector, *live, out)
                                                    : AddSegmentRuns(selector, *live, out);
  if (!added) {
    if (added.error().code != Code::kNotFound) return tl::unexpected(added.error());
    return false;
  }
  // The index may have dropped a segment that lived when we looked.
  if (const auto now = Live(); now != live) {
    for (const auto& [id, info] : live->state->segments) {
      if (info->tenant == selector.tenant && !now->state->segments.contains(id)) return false;
    }
  }
  // Segments come before heads: among entries of equal time the older arrival is first.
  std::rotate(out.runs.begin(), out.runs.begin() + static_cast<ptrdiff_t>(from_heads),
              out.runs.end());
  quarantine_.LeaveOut(out);
  Hide(selector, *live, out);
  return true;
}

// Takes what is deleted or expired out of the snapshot. A run whose times cannot be read cannot
// answer at all.
void Engine::Hide(const storage::Selector& selector, const LiveView& live, storage::Snapshot& out) {
  const HiddenEntries hidden(retention_.For(selector.tenant), live.DeletesOf(selector.tenant),
                             clock_.NowNs(), selector.start_ns, selector.end_ns);
  if (hidden.empty()) return;
  std::unordered_map<StreamId, std::vector<storage::HiddenTimes>> known;
  std::vector<storage::RunRef> visible;
  for (const storage::RunRef& run : out.runs) {
    const auto [it, is_new] = known.try_emplace(run.info().id);
    if (is_new) it->second = hidden.Of(*run.info().labels);
    const auto added = storage::AppendVisible(run, it->second, visible);
    if (added) continue;
    if (added.error().code == Code::kCorrupt) quarantine_.Add(*run.group, added.error());
    out.warnings.push_back(MissingEntries(run.info().rows, added.error().text));
  }
  out.runs = std::move(visible);
  DropOutOfRange(selector, out.runs);
}

// In the order in which they were flushed: among entries of equal time the older arrival is first.
// Locations in segments that do not live go.
Result<std::vector<index::RunLocation>> Engine::FindLivingRuns(const storage::Selector& selector,
                                                               const LiveView& live) {
  std::vector<index::RunLocation> out;
  const auto days_of = live.days.find(selector.tenant);
  if (days_of == live.days.end()) return out;
  std::vector<int64_t> days;
  for (const auto& [day, range] : days_of->second) {
    if (range.second >= selector.start_ns && range.first < selector.end_ns) days.push_back(day);
  }
  const auto find = [&] {
    return index_->FindRuns(selector.tenant, days, selector.predicates, selector.start_ns,
                            selector.end_ns);
  };
  const uint64_t remakes = index_->remakes();
  auto found = find();
  if (!found) {
    if (IsOutOfFiles(found.error())) return tl::unexpected(std::move(found).error());
    // Damaged, or being made anew by somebody who holds the lock: the answer waits for that.
    const MutexLock lock(flush_mutex_);
    NARFI_TRY(RepairIndex(remakes, found.error()));
    found = find();
  }
  NARFI_ASSIGN(out, std::move(found));
  const auto& segments = live.state->segments;
  std::erase_if(out,
                [&](const index::RunLocation& run) { return !segments.contains(run.segment); });
  std::stable_sort(
      out.begin(), out.end(), [&](const index::RunLocation& a, const index::RunLocation& b) {
        return segments.at(a.segment)->covered_sequence < segments.at(b.segment)->covered_sequence;
      });
  return out;
}

Status Engine::AddSegmentRuns(const storage::Selector& selector, const LiveView& live,
                              storage::Snapshot& out) {
  NARFI_ASSIGN(const auto found, FindLivingRuns(selector, live));
  std::map<Hash128, std::shared_ptr<const storage::SegmentReader>> open;  // null: unreadable
  for (const index::RunLocation& location : found) {
    const auto [it, is_new] = open.try_emplace(location.segment);
    if (is_new) {
      NARFI_ASSIGN(it->second, OpenLiving(*live.state->segments.at(location.segment)));
    }
    const auto& segment = it->second;
    if (segment == nullptr || location.group >= segment->groups().size()) continue;
    const auto& group = segment->groups()[location.group];
    if (location.run < group->runs().size()) out.runs.push_back({group, location.run, 0});
  }
  AddWarnings(selector, live, out);
  return {};
}

// Null when it is damaged, or gone although the manifest still lists it: then the answer goes
// without it and says so. Any other failure (no more files may be opened, and the like) fails the
// answer rather than to miss lines.
Result<std::shared_ptr<const storage::SegmentReader>> Engine::OpenLiving(
    const storage::SegmentInfo& info) {
  auto known = footers_->Find(info.id);
  auto opened = known != nullptr ? Result<decltype(known)>(std::move(known))
                                 : footers_->Get(info.id, ObjectNameOf(info));
  if (opened) {
    const MutexLock lock(unreadable_mutex_);
    unreadable_.erase(info.id);
    return opened;
  }
  const Code code = opened.error().code;
  const bool is_lost = code == Code::kNotFound && Live()->state->segments.contains(info.id);
  if (code != Code::kCorrupt && !is_lost) return opened;
  NoteUnreadable(info, opened.error());
  return nullptr;
}

void Engine::NoteUnreadable(const storage::SegmentInfo& info, const Error& error) {
  static auto unreadable = CounterMetric("narfi_unreadable_segments_total",
                                         "Living segments found to be gone or damaged.");
  const MutexLock lock(unreadable_mutex_);
  const auto [it, is_new] = unreadable_.insert_or_assign(info.id, error.text);
  if (!is_new) return;
  unreadable.Increment();
  Log(LogLevel::kError, "a segment cannot be read and is left out of every answer",
      {{"segment", ToHex(info.id)}, {"reason", error.text}});
}

void Engine::AddWarnings(const storage::Selector& selector, const LiveView& live,
                         storage::Snapshot& out) const {
  const MutexLock lock(unreadable_mutex_);
  for (const auto& [id, reason] : unreadable_) {
    const auto info = live.state->segments.find(id);
    if (info == live.state->segments.end() || info->second->tenant != selector.tenant) continue;
    if (info->second->max_time_ns < selector.start_ns ||
        info->second->min_time_ns >= selector.end_ns)
      continue;
    out.warnings.push_back(MissingEntries(info->second->rows, reason));
  }
}

Result<std::vector<Labels>> Engine::Series(const storage::Selector& selector) {
  NARFI_ASSIGN(const auto snapshot, CollectRuns(selector));
  std::unordered_map<StreamId, std::shared_ptr<const Labels>> found;
  for (const storage::RunRef& run : snapshot.runs)
    found.try_emplace(run.info().id, run.info().labels);
  std::vector<Labels> out;
  out.reserve(found.size());
  for (const auto& [id, labels] : found) out.push_back(*labels);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> Engine::Tenants() {
  std::set<std::string> names;
  for (const auto& heads : AllHeads()) {
    if (heads->oldest_ns() != INT64_MAX) names.insert(heads->tenant());
  }
  const auto live = Live();
  for (const auto& [tenant, days] : live->days) names.insert(tenant);
  return {names.begin(), names.end()};
}

}  // namespace narfi::ingest
