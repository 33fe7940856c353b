// How much each stream of some segments has, up to any moment that none of its runs reaches over.
//
// The runs of a stream are sorted into steps by time: a step is a run that overlaps no other one,
// or all that overlap each other, counted as one. Sums over the steps (prefix sums) answer any
// range but for the steps that it cuts: those are named, to be read.
//
// Ownership: owns all of it; shares labels. Segments are not kept open.
// Threads:   immutable.
// Limits:    what Make() is told, and kMaxRuns.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "storage/run_volume.h"
#include "storage/segment_reader.h"

namespace narfi::ingest {

class VolumeTable {
 public:
  static constexpr size_t kMaxRuns = 100'000;

  using Segments = std::span<const std::shared_ptr<const storage::SegmentReader>>;
  // Reads what overlaps, so far as entries may be equal. Null when there are more runs than that;
  // fails as reading does.
  static Result<std::shared_ptr<const VolumeTable>> Make(Segments segments, uint64_t max_runs);

  // Where a run is: the number of its segment among those given, of the row group in it, of the run
  // in that.
  struct Place {
    uint32_t segment = 0;
    uint32_t group = 0;
    uint32_t run = 0;
  };
  struct Stream {
    StreamId id;
    std::shared_ptr<const Labels> labels;
    uint32_t first_step = 0;
    uint32_t end_step = 0;
  };
  const std::vector<Stream>& streams() const { return streams_; }  // by id

  struct Part {
    uint64_t runs = 0;
    storage::RunVolume volume;
  };
  // Of [start_ns, end_ns) of the stream: the steps that lie in it and end before `until_ns`. The
  // runs of those that reach into it besides are added to `rest`.
  Part Count(const Stream& stream, int64_t start_ns, int64_t end_ns, int64_t until_ns,
             std::vector<Place>& rest) const;

  // Memory, about.
  uint64_t bytes() const;

 private:
  struct Step {
    int64_t min_time_ns = 0;
    int64_t max_time_ns = 0;
    uint32_t first_place = 0;
  };
  struct Entry;
  Status AddStream(std::span<const Entry> runs);

  std::vector<Stream> streams_;
  std::vector<Step> steps_;               // by stream and time
  std::vector<storage::RunVolume> sums_;  // of all steps before, of whatever stream; one more
  std::vector<Place> places_;             // by step
};

}  // namespace narfi::ingest
