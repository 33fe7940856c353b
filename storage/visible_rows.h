// What is left to see of a run when ranges of time are hidden: deleted, or too old to be kept.
//
// The rows of a run lie by time, so that what is left are stretches of it. Each is a reader of its
// own with one run: its rows and times are true; its bytes are an estimate, a share of the whole
// run's by rows, and it says nothing about columns or counts. MarkParts() sees to it that nobody
// answers from them.
//
// Ownership: parts keep the reader that they are parts of.
// Threads:   readers are immutable.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "storage/source.h"

namespace narfi::storage {

// Both ends are hidden too.
struct HiddenTimes {
  int64_t first_ns = INT64_MIN;
  int64_t last_ns = INT64_MAX;
};

// Adds what is visible of `run` to `out`: the run itself, its parts, or nothing. Reads times where
// a range ends inside the run.
Status AppendVisible(const RunRef& run, std::span<const HiddenTimes> hidden,
                     std::vector<RunRef>& out);

// Gives every part that stands alone a number of its own as RunRef::overlap. After MarkOverlaps().
void MarkParts(std::vector<RunRef>& runs);

}  // namespace narfi::storage
