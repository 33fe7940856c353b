// Which segments become one next.
//
// A line is merged at most twice: segments of level 0 (flushed) become one of level 1, those of
// level 1 one of level 2, which stays. What is merged are neighbours in the order of the tenant's
// flushes on that day, so that the older arrival stays first among equal times.
//
// A day that is being written merges many of one level and about one size at a time. When it is
// over and nothing came for it in a while fewer do, of whatever size; when nothing can come any
// more, any two.
//
// Threads: a free function without state.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "base/duration.h"
#include "base/hash.h"
#include "storage/manifest.h"

namespace narfi::ingest {

struct MergeRules {
  size_t parts_today = 16;   // of a day that is being written
  size_t parts_closed = 4;   // of one that is over
  size_t parts_settled = 2;  // of one that nothing more comes for
  size_t max_parts = 16;
  uint64_t max_bytes = 256 << 20;  // of the files together
  uint64_t max_rows = 64 << 20;
  uint64_t small_bytes = 64 << 10;  // files up to this count as of one size
  uint64_t size_ratio = 8;          // largest to smallest, of a day that is being written
  int64_t closed_after_ns = kHour;  // after the end of the day, and after the last of its flushes
  int64_t settled_after_ns = 8 * kDay;  // after the end of the day
};

constexpr uint8_t kMaxMergeLevel = 2;

using SegmentList = std::vector<std::shared_ptr<const storage::SegmentInfo>>;

// The segments of each tenant and day, in the order of their flushes.
std::vector<SegmentList> SegmentsByDay(const storage::ManifestState& state);

// Oldest first; empty when nothing is to be merged. Segments of `avoid` cannot be read.
SegmentList ChooseMerge(const storage::ManifestState& state, const MergeRules& rules,
                        int64_t now_ns, const std::set<Hash128>& avoid);

}  // namespace narfi::ingest
