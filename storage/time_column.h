// The times of a row group: of each run an Elias-Fano sequence, so that any time, and any border,
// is found without reading the others.
//
// Source:  Elias (1974), Fano (1971); as in Vigna, "Quasi-Succinct Indices" (2013), section 4.
// Order:   within a run times ascend; equal ones are allowed.
// Format:  docs/format/segment.md, "Times". Where a run lies follows from the runs before it.
// Threads: immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/source.h"

namespace narfi::storage {

// Appends the times of one run, whose first one is `min` and last one `max`.
void AppendRunTimes(std::string& dst, std::span<const int64_t> times);

class TimeColumn {
 public:
  // False when the bytes are not the times of `runs`.
  bool Open(std::string bytes, const std::vector<StreamRun>& runs);

  // Appends the times of rows [first, first + count) of the run.
  void Append(uint32_t run, uint32_t first, uint32_t count, std::vector<int64_t>& out) const;
  int64_t At(uint32_t run, uint32_t row) const;
  // How many rows are older than `time_ns`.
  uint32_t RowsBefore(uint32_t run, int64_t time_ns) const;
  uint64_t bytes() const { return bytes_.size() + runs_.size() * sizeof(Run); }

 private:
  struct Run {
    int64_t min = 0;
    int64_t max = 0;
    uint32_t rows = 0;
    uint32_t low_bits = 0;
    uint64_t low_at = 0;   // byte
    uint64_t high_at = 0;  // byte
    uint64_t high_bytes = 0;
  };
  uint64_t Word(const Run& run, uint64_t word) const;
  uint64_t Low(const Run& run, uint32_t row) const;
  // Where the one of row `row` stands among the high bits.
  uint64_t Select(const Run& run, uint32_t row) const;

  std::string bytes_;
  std::vector<Run> runs_;
};

}  // namespace narfi::storage
