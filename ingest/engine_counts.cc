// Engine: snapshots for who counts entries and bytes.
//
// A tenant's segments are counted once (volume_table.h) and again when they have changed; of a
// range only what it cuts, and what may be in heads as well, is left to be read. Where anything is
// hidden, damaged or missing, all is left.
#include <algorithm>
#include <unordered_map>

#include "base/bytes.h"
#include "base/hash.h"
#include "ingest/engine.h"

namespace narfi::ingest {
namespace {

// Below this part of a tenant's entries it is quicker to look at the runs of the range alone.
constexpr uint64_t kLeastShare = 2;
constexpr uint64_t kBytesPerRun = 128;  // of a table, more than it takes

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

// Of a list of segments, which never change.
Hash128 NameOf(const SegmentList& segments) {
  std::string ids;
  for (const auto& info : segments) {
    PutU64(ids, info->id.high);
    PutU64(ids, info->id.low);
  }
  return HashWide(ids);
}

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

// Null when there can be none. It lies in the page cache, under the segments that it is of.
Result<std::shared_ptr<const VolumeTable>> Engine::TableOf(const std::string& tenant,
                                                           const LiveView& live) {
  const SegmentList& of_tenant = live.by_age.at(tenant);
  const storage::PageKey key{NameOf(of_tenant), UINT64_MAX, 0};  // no block lies there
  if (auto found = pages_->Find(key)) return std::static_pointer_cast<const VolumeTable>(found);
  OpenSegments segments;
  for (const auto& info : of_tenant) {
    NARFI_ASSIGN(auto segment, OpenLiving(*info));
    if (segment == nullptr) return nullptr;
    segments.push_back(std::move(segment));
  }
  // A table that the cache does not take would be made for each question.
  const uint64_t max_runs = pages_->max_page_bytes() / kBytesPerRun;
  NARFI_ASSIGN(auto table, VolumeTable::Make(segments, max_runs));
  if (table != nullptr) pages_->Insert(key, table, table->bytes());
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
  DropOutOfRange(selector, out.rest.runs);  // of what overlaps a run that the range cuts
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
