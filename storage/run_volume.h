// How many entries runs have in a range, and how many bytes those are.
//
// Threads: free functions.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "storage/source.h"

namespace narfi::storage {

struct RunVolume {
  uint64_t entries = 0;
  uint64_t bytes = 0;  // lines and structured metadata

  RunVolume& operator+=(const RunVolume& other) {
    entries += other.entries;
    bytes += other.bytes;
    return *this;
  }
  bool operator==(const RunVolume&) const = default;
};

// Of [start_ns, end_ns). `runs` are one run that overlaps no other of its stream, or all that
// overlap each other: an entry that several of them have counts once. From counts when all lie
// inside the range and no two entries can be equal; else lines are read. Fails as reading does.
Result<RunVolume> MeasureRuns(const std::vector<RunRef>& runs, int64_t start_ns, int64_t end_ns);

}  // namespace narfi::storage
