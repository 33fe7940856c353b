// Engine: snapshots for who counts entries and bytes.
//
// A tenant's segments are counted once (volume_table.h) and again when they have changed; of a
// range only what it cuts, and what may be in heads as well, is left to be read. Where anything is
// hidden, damaged or missing, all is left.
#include <algorithm>
#include <unordered_map>

#include "ingest/engine.h"

namespace narfi::ingest {
namespace {

// Below this part of a tenant's entries it is quicker to look at the runs of the range alone.
constexpr uint64_t kLeastShare = 2;
constexpr uint64_t kMaxTableBytes = 16 << 20;  // of all tenants

// Runs of the heads, by stream.
struct HeadRuns {
  std::unordered_map<StreamId, int64_t> oldest_ns;
  explicit HeadRuns(const std::vector<storage::RunRef>& runs) {
    for (const storage::RunRef& run : runs) {
      const auto [it, is_new] = oldest_ns.try_emplace(run.info().id, run.info().min_time_ns);
      if (!is_new) it->second = std::min(it->second, run.info().min_time_ns);
    }
  }
  int64_t OldestOf(StreamId id) const {
    const auto it = oldest_ns.find(id);
    return it == oldest_ns.end() ? INT64_MAX : it->second;
  }
};

}  // namespace

bool Engine::IsWorthCounting(const storage::Selector& selector, const LiveView& live) {
  const auto of_tenant = live.by_age.find(selector.tenant);
  if (of_tenant == live.by_age.end() || of_tenant->second.size() > footers_->max_segments())
    return false;
  uint64_t all = 0;
  uint64_t in_range = 0;
  for (const auto& info : of_tenant->second) {
    all += info->rows;
    if (info->max_time_ns >= selector.start_ns && info->min_time_ns < selector.end_ns)
      in_range += info->rows;
  }
  return in_range * kLeastShare >= all;
}

void Engine::KeepTables(const LiveView* before, LiveView& view) {
  if (before == nullptr) return;
  const MutexLock lock(before->tables->mutex);
  const MutexLock other(view.tables->mutex);
  for (const auto& [tenant, table] : before->tables->by_tenant) {
    const auto now = view.by_age.find(tenant);
    if (now != view.by_age.end() && now->second == before->by_age.at(tenant))
      view.tables->by_tenant.emplace(tenant, table);
  }
}

// Null when there can be none.
Result<std::shared_ptr<const VolumeTable>> Engine::TableOf(const std::string& tenant,
                                                           const LiveView& live) {
  {
    const MutexLock lock(live.tables->mutex);
    const auto known = live.tables->by_tenant.find(tenant);
    if (known != live.tables->by_tenant.end()) return known->second;
  }
  std::vector<std::shared_ptr<const storage::SegmentReader>> segments;
  for (const auto& info : live.by_age.at(tenant)) {
    NARFI_ASSIGN(auto segment, OpenLiving(*info));
    if (segment == nullptr) return nullptr;
    segments.push_back(std::move(segment));
  }
  NARFI_ASSIGN(auto table, VolumeTable::Make(segments));
  const MutexLock lock(live.tables->mutex);
  auto& tables = live.tables->by_tenant;
  uint64_t bytes = table == nullptr ? 0 : table->bytes();
  for (const auto& [other, kept] : tables) bytes += kept == nullptr ? 0 : kept->bytes();
  if (bytes > kMaxTableBytes) tables.clear();
  tables[tenant] = table;
  return table;
}

Status Engine::AddPlaces(const std::string& tenant, const LiveView& live,
                         const std::vector<VolumeTable::Place>& places, storage::Snapshot& out) {
  const SegmentList& segments = live.by_age.at(tenant);
  std::unordered_map<uint32_t, std::shared_ptr<const storage::SegmentReader>> open;
  for (const VolumeTable::Place& place : places) {
    const auto [it, is_new] = open.try_emplace(place.segment);
    if (is_new) {
      NARFI_ASSIGN(it->second, OpenLiving(*segments[place.segment]));
      if (it->second == nullptr) return Fail(Code::kNotFound, "a segment cannot be read any more");
    }
    out.runs.push_back({it->second->groups()[place.group], place.run, 0});
  }
  return {};
}

// False when all must be looked at.
Result<bool> Engine::TryCounts(const storage::Selector& selector, storage::CountedSnapshot& out) {
  if (!quarantine_.empty()) return false;
  std::shared_ptr<const LiveView> live = Live();
  std::vector<storage::RunRef> heads_runs;
  if (const auto heads = FindHeads(selector.tenant)) {
    NARFI_ASSIGN(heads_runs, ReadHeads(*heads, selector, [&] { live = Live(); }));
    DropOutOfRange(selector, heads_runs);
  }
  const HiddenEntries hidden(retention_.For(selector.tenant), live->DeletesOf(selector.tenant),
                             clock_.NowNs(), selector.start_ns, selector.end_ns);
  if (!hidden.empty() || !IsWorthCounting(selector, *live)) return false;
  NARFI_ASSIGN(const auto table, TableOf(selector.tenant, *live));
  if (table == nullptr) return false;
  const HeadRuns heads(heads_runs);
  std::vector<VolumeTable::Place> places;
  for (const VolumeTable::Stream& stream : table->streams()) {
    if (!Matches(*stream.labels, selector.predicates)) continue;
    const VolumeTable::Part part =
        table->Count(stream, selector.start_ns, selector.end_ns, heads.OldestOf(stream.id), places);
    if (part.runs > 0)
      out.counted.push_back(
          {stream.id, stream.labels, part.runs, part.volume.entries, part.volume.bytes});
  }
  NARFI_TRY(AddPlaces(selector.tenant, *live, places, out.rest));
  out.rest.runs.insert(out.rest.runs.end(), heads_runs.begin(), heads_runs.end());
  AddWarnings(selector, *live, out.rest);
  storage::MarkOverlaps(out.rest.runs);
  storage::MarkParts(out.rest.runs);
  return true;
}

Result<storage::CountedSnapshot> Engine::TakeCounts(const storage::Selector& selector) {
  storage::CountedSnapshot out;
  // What fails here is told by who looks at all of it.
  if (const auto counted = TryCounts(selector, out); counted && *counted) return out;
  return Source::TakeCounts(selector);
}

}  // namespace narfi::ingest
