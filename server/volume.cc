#include "server/volume.h"

#include <algorithm>

#include "storage/damage.h"
#include "storage/merged_rows.h"

namespace narfi::server {
namespace {

using storage::RunRef;

bool LiesInside(const storage::StreamRun& run, const storage::Selector& selector) {
  return run.min_time_ns >= selector.start_ns && run.max_time_ns < selector.end_ns;
}

Status AddRows(const std::vector<RunRef>& runs, const storage::Selector& selector,
               StreamVolume& volume, storage::DamageList& damage) {
  storage::MergedRows rows(runs, selector.start_ns, selector.end_ns);
  storage::MergedRows::Row row;
  for (;;) {
    const auto more = rows.Next(row);
    if (!more) return damage.NoteOf(runs, more.error());
    if (!*more) return {};
    ++volume.entries;
    volume.bytes += row.line.size();
    for (const storage::MetadataPair& pair : row.metadata)
      volume.bytes += pair.name.size() + pair.value.size();
  }
}

Result<std::map<Labels, StreamVolume>> MeasureOnce(storage::Source& source,
                                                   const storage::Selector& selector,
                                                   storage::DamageList& damage) {
  NARFI_ASSIGN(const auto snapshot, source.TakeSnapshot(selector));
  std::map<Labels, StreamVolume> out;
  std::map<uint32_t, std::vector<RunRef>> overlapping;
  for (const RunRef& ref : snapshot.runs) {
    const storage::StreamRun& run = ref.info();
    StreamVolume& volume = out[*run.labels];
    ++volume.runs;
    if (ref.overlap != 0) {
      overlapping[ref.overlap].push_back(ref);
    } else if (LiesInside(run, selector)) {
      volume.entries += run.rows;
      volume.bytes += run.line_bytes + run.metadata_bytes;
    } else {
      NARFI_TRY(AddRows({ref}, selector, volume, damage));
    }
  }
  for (const auto& [cluster, runs] : overlapping)
    NARFI_TRY(AddRows(runs, selector, out[*runs.front().info().labels], damage));
  std::erase_if(out, [](const auto& stream) { return stream.second.entries == 0; });
  return out;
}

}  // namespace

Result<std::map<Labels, StreamVolume>> MeasureStreams(storage::Source& source,
                                                      const storage::Selector& selector) {
  return storage::RetryPastDamage(
      source, [&](storage::DamageList& damage) { return MeasureOnce(source, selector, damage); });
}

std::vector<std::vector<Label>> GroupsOf(const Labels& labels, const VolumeGrouping& grouping) {
  const std::vector<std::string>& names = grouping.target_labels;
  if (grouping.needs_targets &&
      !std::all_of(names.begin(), names.end(),
                   [&](const std::string& name) { return labels.Has(name); }))
    return {};
  std::vector<Label> kept;
  for (const Label& label : labels) {
    if (names.empty() || std::find(names.begin(), names.end(), label.name) != names.end())
      kept.push_back(label);
  }
  if (!grouping.by_label_name) return {std::move(kept)};
  std::vector<std::vector<Label>> out;
  for (const Label& label : kept) out.push_back({Label{label.name, ""}});
  return out;
}

std::vector<VolumeSum> SumVolumes(const std::map<Labels, StreamVolume>& streams,
                                  const VolumeGrouping& grouping, uint64_t limit) {
  std::map<std::vector<Label>, uint64_t> sums;
  for (const auto& [labels, volume] : streams) {
    for (const std::vector<Label>& group : GroupsOf(labels, grouping)) sums[group] += volume.bytes;
  }
  std::vector<VolumeSum> out;
  for (const auto& [labels, bytes] : sums) out.push_back({labels, bytes});
  std::stable_sort(out.begin(), out.end(),
                   [](const VolumeSum& a, const VolumeSum& b) { return a.bytes > b.bytes; });
  if (out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace narfi::server
