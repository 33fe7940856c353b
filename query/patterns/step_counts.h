// How many lines there are by step.
//
// Steps come in any order, most of them one after the other: what comes late waits behind the
// others, which are put into order when as much waits as there is.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace narfi::query {

class StepCounts {
 public:
  using Counts = std::vector<std::pair<int64_t, uint64_t>>;

  void Add(int64_t step, uint64_t lines);
  void Add(const StepCounts& other);
  // By step, each once; nothing is left.
  Counts Take();

  uint64_t heap_bytes() const { return counts_.capacity() * sizeof(counts_.front()) + 16; }

 private:
  void Settle();

  Counts counts_;
  size_t settled_ = 0;  // so many ascend
};

}  // namespace narfi::query
