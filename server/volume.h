// Bytes and entries of streams in a range, from counts where whole runs lie inside it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "storage/source.h"

namespace narfi::server {

struct StreamVolume {
  uint64_t runs = 0;
  uint64_t entries = 0;
  uint64_t bytes = 0;  // lines and structured metadata
};

// By stream; what lies outside the selector's range is not counted. Runs that overlap are merged,
// so that an entry sent twice counts once.
Result<std::map<Labels, StreamVolume>> MeasureStreams(storage::Source& source,
                                                      const storage::Selector& selector);

// How index/volume groups streams.
struct VolumeGrouping {
  bool by_label_name = false;              // aggregateBy=labels: one sum a label name
  std::vector<std::string> target_labels;  // series by these labels; empty: by all
  bool needs_targets = false;              // only streams that have all of the target labels
};

// The sums that a stream counts to; none where it is left out.
std::vector<std::vector<Label>> GroupsOf(const Labels& labels, const VolumeGrouping& grouping);

struct VolumeSum {
  std::vector<Label> labels;
  uint64_t bytes = 0;
};

// Largest first, then by labels; at most `limit`.
std::vector<VolumeSum> SumVolumes(const std::map<Labels, StreamVolume>& streams,
                                  const VolumeGrouping& grouping, uint64_t limit);

}  // namespace narfi::server
