// Bytes and entries of streams in a range, from counts where whole runs lie inside it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "config/limits.h"
#include "query/logql/matcher.h"
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

// Of all streams together.
StreamVolume TotalOf(const std::map<Labels, StreamVolume>& streams);

// How index/volume groups streams.
struct VolumeGrouping {
  bool by_label_name = false;              // aggregateBy=labels: one sum a label name
  std::vector<std::string> target_labels;  // series by these labels; empty: by all
  bool needs_targets = false;              // only streams that have all of the target labels
};

// By the labels that are asked for or, without any, by those that the selector names.
VolumeGrouping MakeGrouping(std::vector<std::string> target_labels, bool by_label_name,
                            const std::vector<logql::Matcher>& matchers);

// Sums of an answer that asks for none, and what a tenant may have of those that are asked for.
constexpr uint64_t kDefaultVolumeLimit = 100;
uint64_t ClampVolumeLimit(uint64_t limit, const config::Limits& limits);

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
