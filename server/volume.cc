#include "server/volume.h"

#include <algorithm>
#include <unordered_map>

#include "storage/damage.h"
#include "storage/merged_rows.h"
#include "storage/shared_moments.h"

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

// Runs that overlap count as they are when none of their entries can be equal.
Result<bool> CountWhole(const std::vector<RunRef>& cluster, const storage::Selector& selector) {
  for (const RunRef& ref : cluster) {
    if (!LiesInside(ref.info(), selector) || !ref.group->is_exact()) return false;
  }
  NARFI_ASSIGN(const bool shared, storage::ShareMoments(cluster));
  return !shared;
}

Result<std::map<Labels, StreamVolume>> MeasureOnce(storage::Source& source,
                                                   const storage::Selector& selector,
                                                   storage::DamageList& damage) {
  NARFI_ASSIGN(const auto snapshot, source.TakeSnapshot(selector));
  struct Stream {
    const Labels* labels = nullptr;
    StreamVolume volume;
  };
  std::unordered_map<StreamId, Stream> streams;
  std::map<uint32_t, std::vector<RunRef>> overlapping;
  for (const RunRef& ref : snapshot.runs) {
    const storage::StreamRun& run = ref.info();
    Stream& stream = streams[run.id];
    stream.labels = run.labels.get();
    StreamVolume& volume = stream.volume;
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
  for (const auto& [cluster, runs] : overlapping) {
    StreamVolume& volume = streams[runs.front().info().id].volume;
    const auto is_whole = CountWhole(runs, selector);
    // What is damaged is told by who reads all of it.
    if (!is_whole || !*is_whole) {
      NARFI_TRY(AddRows(runs, selector, volume, damage));
      continue;
    }
    for (const RunRef& ref : runs) {
      volume.entries += ref.info().rows;
      volume.bytes += ref.info().line_bytes + ref.info().metadata_bytes;
    }
  }
  std::map<Labels, StreamVolume> out;
  for (const auto& [id, stream] : streams) {
    if (stream.volume.entries > 0) out.emplace(*stream.labels, stream.volume);
  }
  return out;
}

}  // namespace

Result<std::map<Labels, StreamVolume>> MeasureStreams(storage::Source& source,
                                                      const storage::Selector& selector) {
  return storage::RetryPastDamage(
      source, [&](storage::DamageList& damage) { return MeasureOnce(source, selector, damage); });
}

StreamVolume TotalOf(const std::map<Labels, StreamVolume>& streams) {
  StreamVolume total;
  for (const auto& [labels, volume] : streams) {
    total.runs += volume.runs;
    total.entries += volume.entries;
    total.bytes += volume.bytes;
  }
  return total;
}

VolumeGrouping MakeGrouping(std::vector<std::string> target_labels, bool by_label_name,
                            const std::vector<logql::Matcher>& matchers) {
  VolumeGrouping grouping{by_label_name, std::move(target_labels), false};
  grouping.needs_targets = !grouping.target_labels.empty();
  if (grouping.needs_targets || by_label_name) return grouping;
  for (const logql::Matcher& matcher : matchers) grouping.target_labels.push_back(matcher.name);
  return grouping;
}

uint64_t ClampVolumeLimit(uint64_t limit, const config::Limits& limits) {
  return limits.volume_max_series > 0 ? std::min(limit, limits.volume_max_series) : limit;
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
