// A range aggregation as an operator: takes the samples of each series, gives a value a step.
//
// To add one: write range_<name>.cc with an accumulator, and give the operation its line in
// MakeRangeAccumulator (range_ops.cc).
//
// Threads: each worker has its own accumulator; Merge() joins them, one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "query/exec/monitor.h"
#include "query/exec/vectors.h"
#include "query/logql/ast.h"
#include "query/plan/step_grid.h"

namespace narfi::query {

// One entry that counts for a series.
struct RangeSample {
  uint32_t series = 0;
  uint32_t stream = 0;  // the same for all of a stream: settles the order at one time
  int64_t time_ns = 0;
  double value = 0;          // 1, the length of the line, or what was unwrapped
  bool only_counts = false;  // has no value, but an average counts it
};

// What RangeSample::stream has. Two streams in four billion share theirs: then at one time it hangs
// on which worker reads them who comes first.
inline uint32_t StreamOrder(const StreamId& stream) { return static_cast<uint32_t>(stream.low); }

class RangeAccumulator {
 public:
  virtual ~RangeAccumulator() = default;
  // Samples of one batch, by time. Those outside every window do nothing.
  virtual Status Add(std::span<const RangeSample> samples) = 0;
  // `entries` entries of one series within one set of steps, `total` their values together; false
  // when the operation needs the entries themselves.
  virtual Result<bool> AddCounts(uint32_t, StepSpan, uint64_t, uint64_t) { return false; }
  // Counts of the series will be added soon: brings what they are added to nearer.
  virtual void Approach(uint32_t) const {}
  // Takes in another accumulator of the same operation; its series i is `series[i]` here.
  virtual Status Merge(RangeAccumulator& other, const std::vector<uint32_t>& series) = 0;
  // The values of a series; `out` has a place a step.
  virtual void Finish(uint32_t series, StepSeries& out) = 0;
};

std::unique_ptr<RangeAccumulator> MakeRangeAccumulator(const logql::RangeAggregation& node,
                                                       const Windows& windows,
                                                       QueryMonitor& monitor);

// One a file.
std::unique_ptr<RangeAccumulator> MakeRangeCount(const logql::RangeAggregation& node,
                                                 const Windows& windows, QueryMonitor& monitor);
std::unique_ptr<RangeAccumulator> MakeRangeValues(const logql::RangeAggregation& node,
                                                  const Windows& windows, QueryMonitor& monitor);
// No entry may lie in two windows.
std::unique_ptr<RangeAccumulator> MakeRangeQuantile(const logql::RangeAggregation& node,
                                                    const Windows& windows, QueryMonitor& monitor);

}  // namespace narfi::query
