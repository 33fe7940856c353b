#include "server/volume_range.h"

#include <algorithm>

#include "base/duration.h"
#include "storage/damage.h"
#include "storage/merged_rows.h"
#include "storage/run_volume.h"

namespace narfi::server {
namespace {

using storage::RunRef;
// Products and sums of two times.
__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 WideCount;

// Seconds from the year 1 to 1970.
constexpr int64_t kZeroTimeSeconds = 62'135'596'800;

class StepCounter {
 public:
  StepCounter(const storage::Selector& selector, const VolumeGrouping& grouping,
              const StepGrid& grid, const std::function<Status()>& go_on,
              storage::DamageList& damage)
      : selector_(selector), grouping_(grouping), grid_(grid), go_on_(go_on), damage_(damage) {}

  Status AddRun(const RunRef& ref) {
    const storage::StreamRun& run = ref.info();
    const auto measured = storage::MeasureRuns({ref}, selector_.start_ns, selector_.end_ns);
    if (!measured) return damage_.NoteOf({&ref, 1}, measured.error());
    const bool inside = run.min_time_ns >= selector_.start_ns && run.max_time_ns < selector_.end_ns;
    std::map<int64_t, uint64_t> steps;
    if (inside && grid_.IndexOf(run.min_time_ns) == grid_.IndexOf(run.max_time_ns)) {
      steps[grid_.IndexOf(run.min_time_ns)] = measured->bytes;
    } else {
      NARFI_TRY(ShareByTimes(ref, measured->bytes, steps));
    }
    return Add(*run.labels, steps);
  }

  Status AddOverlapping(const std::vector<RunRef>& runs) {
    storage::MergedRows rows(runs, selector_.start_ns, selector_.end_ns);
    storage::MergedRows::Row row;
    std::map<int64_t, uint64_t> steps;
    for (uint64_t count = 1;; ++count) {
      const auto more = rows.Next(row);
      if (!more) return damage_.NoteOf(runs, more.error());
      if (!*more) return Add(*runs.front().info().labels, steps);
      if (count % storage::kBatchRows == 0) NARFI_TRY(go_on_());
      uint64_t& bytes = steps[grid_.IndexOf(row.time_ns)];
      bytes += row.line.size();
      for (const storage::MetadataPair& pair : row.metadata)
        bytes += pair.name.size() + pair.value.size();
    }
  }

  std::map<std::vector<Label>, VolumeSeries>& series() { return series_; }

 private:
  // `bytes` are those of the run's entries in the range. Entry i of n has the bytes between i/n and
  // (i+1)/n of them, so that they add up.
  Status ShareByTimes(const RunRef& ref, uint64_t bytes, std::map<int64_t, uint64_t>& steps) {
    std::map<int64_t, uint64_t> entries;
    uint64_t all = 0;
    const uint32_t rows = ref.info().rows;
    for (uint32_t first = 0; first < rows; first += storage::kBatchRows) {
      NARFI_TRY(go_on_());
      const uint32_t count = std::min(rows - first, storage::kBatchRows);
      const Status read = ref.group->Read(
          ref.run, first, count, static_cast<storage::ColumnSet>(storage::Column::kTime), batch_);
      if (!read) return damage_.NoteOf({&ref, 1}, read.error());
      for (uint32_t i = 0; i < count; ++i) {
        const int64_t time_ns = batch_.times[i];
        if (time_ns < selector_.start_ns || time_ns >= selector_.end_ns) continue;
        ++entries[grid_.IndexOf(time_ns)];
        ++all;
      }
    }
    uint64_t before = 0;
    const auto share = [&] {
      return static_cast<uint64_t>(static_cast<WideCount>(bytes) * before / all);
    };
    for (const auto& [step, count] : entries) {
      const uint64_t begin = share();
      before += count;
      steps[step] += share() - begin;
    }
    return {};
  }

  Status Add(const Labels& labels, const std::map<int64_t, uint64_t>& steps) {
    if (steps.empty()) return {};
    for (const std::vector<Label>& group : GroupsOf(labels, grouping_)) {
      VolumeSeries& series = series_[group];
      series.labels = group;
      for (const auto& [step, bytes] : steps) {
        const auto [it, is_new] = series.bytes.try_emplace(step, 0);
        cells_ += is_new ? 1 : 0;
        it->second += bytes;
        series.total += bytes;
      }
    }
    if (cells_ <= kMaxVolumeCells) return {};
    return Fail(
        Code::kLimit,
        "too many series and steps for one answer: ask for fewer labels (targetLabels) or a "
        "larger step");
  }

  const storage::Selector& selector_;
  const VolumeGrouping& grouping_;
  const StepGrid& grid_;
  const std::function<Status()>& go_on_;
  storage::DamageList& damage_;
  storage::RowBatch batch_;
  std::map<std::vector<Label>, VolumeSeries> series_;
  uint64_t cells_ = 0;
};

// Of everything, in no order.
Result<std::vector<VolumeSeries>> MeasureAll(storage::Source& source,
                                             const storage::Selector& selector,
                                             const VolumeGrouping& grouping, const StepGrid& grid,
                                             const std::function<Status()>& go_on,
                                             storage::DamageList& damage) {
  NARFI_ASSIGN(const auto snapshot, source.TakeSnapshot(selector));
  StepCounter counter(selector, grouping, grid, go_on, damage);
  std::map<uint32_t, std::vector<RunRef>> overlapping;
  for (const RunRef& ref : snapshot.runs) {
    if (ref.overlap != 0) {
      overlapping[ref.overlap].push_back(ref);
    } else {
      NARFI_TRY(counter.AddRun(ref));
    }
  }
  for (const auto& [cluster, runs] : overlapping) NARFI_TRY(counter.AddOverlapping(runs));
  std::vector<VolumeSeries> out;
  for (auto& [labels, series] : counter.series()) out.push_back(std::move(series));
  return out;
}

}  // namespace

StepGrid::StepGrid(int64_t start_ns, int64_t end_ns, int64_t step_ns)
    : end_ns_(end_ns), step_ns_(step_ns) {
  const Wide since_zero = static_cast<Wide>(kZeroTimeSeconds) * kSecond + start_ns;
  const Wide next = (since_zero / step_ns + 1) * step_ns - since_zero + start_ns;
  first_end_ns_ = static_cast<int64_t>(std::min<Wide>(next, end_ns));
}

int64_t StepGrid::IndexOf(int64_t time_ns) const {
  if (time_ns < first_end_ns_) return 0;
  // The difference may be more than a signed number holds.
  const uint64_t since = static_cast<uint64_t>(time_ns) - static_cast<uint64_t>(first_end_ns_);
  return 1 + static_cast<int64_t>(since / static_cast<uint64_t>(step_ns_));
}

int64_t StepGrid::LabelMs(int64_t index) const {
  const Wide end = static_cast<Wide>(first_end_ns_) + static_cast<Wide>(index) * step_ns_;
  if (end >= end_ns_) return end_ns_ / kMillisecond;
  return static_cast<int64_t>(end) / kMillisecond - 1;
}

Result<std::vector<VolumeSeries>> MeasureSteps(storage::Source& source,
                                               const storage::Selector& selector,
                                               const VolumeGrouping& grouping, const StepGrid& grid,
                                               uint64_t limit,
                                               const std::function<Status()>& go_on) {
  const auto measure = [&](storage::DamageList& damage) {
    return MeasureAll(source, selector, grouping, grid, go_on, damage);
  };
  NARFI_ASSIGN(std::vector<VolumeSeries> out, storage::RetryPastDamage(source, measure));
  std::stable_sort(out.begin(), out.end(),
                   [](const VolumeSeries& a, const VolumeSeries& b) { return a.total > b.total; });
  if (out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace narfi::server
