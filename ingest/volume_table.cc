#include "ingest/volume_table.h"

#include <algorithm>

namespace narfi::ingest {

using storage::RunRef;

struct VolumeTable::Entry {
  RunRef run;
  Place place;
};

Result<std::shared_ptr<const VolumeTable>> VolumeTable::Make(Segments segments, uint64_t max_runs) {
  max_runs = std::min<uint64_t>(max_runs, kMaxRuns);
  std::vector<Entry> all;
  for (uint32_t s = 0; s < segments.size(); ++s) {
    const auto& groups = segments[s]->groups();
    for (uint32_t g = 0; g < groups.size(); ++g) {
      const auto& runs = groups[g]->runs();
      if (all.size() + runs.size() > max_runs) return nullptr;
      for (uint32_t r = 0; r < runs.size(); ++r) {
        if (runs[r].rows > 0) all.push_back({{groups[g], r, 0}, {s, g, r}});
      }
    }
  }
  // The order of arrival stays among runs that begin at one time.
  std::stable_sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) {
    const storage::StreamRun& x = a.run.info();
    const storage::StreamRun& y = b.run.info();
    return x.id != y.id ? x.id < y.id : x.min_time_ns < y.min_time_ns;
  });
  auto table = std::make_shared<VolumeTable>();
  table->sums_.emplace_back();
  for (size_t first = 0; first < all.size();) {
    size_t end = first + 1;
    while (end < all.size() && all[end].run.info().id == all[first].run.info().id) ++end;
    NARFI_TRY(table->AddStream(std::span(all).subspan(first, end - first)));
    first = end;
  }
  return table;
}

Status VolumeTable::AddStream(std::span<const Entry> runs) {
  Stream& stream = streams_.emplace_back();
  stream.id = runs[0].run.info().id;
  stream.labels = runs[0].run.info().labels;
  stream.first_step = static_cast<uint32_t>(steps_.size());
  for (size_t first = 0; first < runs.size();) {
    Step step{runs[first].run.info().min_time_ns, runs[first].run.info().max_time_ns,
              static_cast<uint32_t>(places_.size())};
    std::vector<RunRef> together;
    for (; first < runs.size() &&
           (together.empty() || runs[first].run.info().min_time_ns <= step.max_time_ns);
         ++first) {
      step.max_time_ns = std::max(step.max_time_ns, runs[first].run.info().max_time_ns);
      together.push_back(runs[first].run);
      places_.push_back(runs[first].place);
    }
    NARFI_ASSIGN(storage::RunVolume sum, storage::MeasureRuns(together, INT64_MIN, INT64_MAX));
    sum += sums_.back();
    steps_.push_back(step);
    sums_.push_back(sum);
  }
  stream.end_step = static_cast<uint32_t>(steps_.size());
  return {};
}

VolumeTable::Part VolumeTable::Count(const Stream& stream, int64_t start_ns, int64_t end_ns,
                                     int64_t until_ns, std::vector<Place>& rest) const {
  const auto steps =
      std::span(steps_).subspan(stream.first_step, stream.end_step - stream.first_step);
  // Steps of a stream share no moment, so that both of their ends ascend.
  const auto first_with = [&](auto&& is_so) {
    return static_cast<size_t>(
        std::partition_point(steps.begin(), steps.end(),
                             [&](const Step& step) { return !is_so(step); }) -
        steps.begin());
  };
  const size_t first = first_with([&](const Step& step) { return step.max_time_ns >= start_ns; });
  const size_t end =
      std::max(first, first_with([&](const Step& step) { return step.min_time_ns >= end_ns; }));
  const size_t whole = std::clamp(
      first_with([&](const Step& step) { return step.min_time_ns >= start_ns; }), first, end);
  const size_t cut = std::clamp(
      first_with([&](const Step& step) { return step.max_time_ns >= std::min(end_ns, until_ns); }),
      whole, end);
  const auto place_of = [&](size_t step) {
    const size_t index = stream.first_step + step;
    return index < steps_.size() ? steps_[index].first_place : places_.size();
  };
  rest.insert(rest.end(), places_.begin() + static_cast<ptrdiff_t>(place_of(first)),
              places_.begin() + static_cast<ptrdiff_t>(place_of(whole)));
  rest.insert(rest.end(), places_.begin() + static_cast<ptrdiff_t>(place_of(cut)),
              places_.begin() + static_cast<ptrdiff_t>(place_of(end)));
  const storage::RunVolume& before = sums_[stream.first_step + whole];
  const storage::RunVolume& after = sums_[stream.first_step + cut];
  return {place_of(cut) - place_of(whole),
          {after.entries - before.entries, after.bytes - before.bytes}};
}

uint64_t VolumeTable::bytes() const {
  return streams_.size() * sizeof(Stream) + steps_.size() * sizeof(Step) +
         sums_.size() * sizeof(storage::RunVolume) + places_.size() * sizeof(Place);
}

}  // namespace narfi::ingest
