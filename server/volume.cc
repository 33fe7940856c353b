#include "server/volume.h"

#include <algorithm>
#include <unordered_map>

#include "storage/damage.h"
#include "storage/run_volume.h"

namespace narfi::server {
namespace {

using storage::RunRef;

Result<std::map<Labels, StreamVolume>> MeasureOnce(storage::Source& source,
                                                   const storage::Selector& selector,
                                                   storage::DamageList& damage) {
  NARFI_ASSIGN(const auto snapshot, source.TakeCounts(selector));
  struct Stream {
    std::shared_ptr<const Labels> labels;
    StreamVolume volume;
  };
  std::unordered_map<StreamId, Stream> streams;
  for (const storage::StreamCount& count : snapshot.counted)
    streams[count.id] = {count.labels, {count.runs, count.entries, count.bytes}};
  std::map<uint32_t, std::vector<RunRef>> overlapping;
  const auto add = [&](const std::vector<RunRef>& runs) -> Status {
    const auto measured = storage::MeasureRuns(runs, selector.start_ns, selector.end_ns);
    if (!measured) return damage.NoteOf(runs, measured.error());
    Stream& stream = streams[runs.front().info().id];
    stream.labels = runs.front().info().labels;
    stream.volume.runs += runs.size();
    stream.volume.entries += measured->entries;
    stream.volume.bytes += measured->bytes;
    return {};
  };
  for (const RunRef& run : snapshot.rest.runs) {
    if (run.overlap != 0) {
      overlapping[run.overlap].push_back(run);
    } else {
      NARFI_TRY(add({run}));
    }
  }
  for (const auto& [cluster, runs] : overlapping) NARFI_TRY(add(runs));
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
