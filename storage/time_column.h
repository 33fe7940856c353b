// The times of a row group: of each run an Elias-Fano sequence, so that any time, and any border,
// is found without reading the others.
//
// Order:   within a run times ascend; equal ones are allowed.
// Format:  docs/format/segment.md, "Times". Where a run lies follows from the runs before it.
// Threads: immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "storage/elias_fano.h"
#include "storage/source.h"

namespace narfi::storage {

// Appends the times of one run.
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
  uint64_t bytes() const { return bytes_.size() + runs_.size() * sizeof(EliasFano); }

 private:
  std::string bytes_;
  std::vector<EliasFano> runs_;
};

}  // namespace narfi::storage
