// Reads all of a segment and says what is wrong with it: header, every block, every row, and
// whether the rows are what the footer says.
//
// Ownership: borrows the store; nothing is kept.
// Threads:   none inside.
// Limits:    memory is that of a row group's columns, at most kVerifyCacheBytes, and one block.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/object_store.h"
#include "storage/segment_format.h"

namespace narfi::storage {

constexpr uint64_t kVerifyCacheBytes = 64 << 20;

struct SegmentReport {
  std::vector<std::string> problems;  // one sentence each; empty: the segment is sound
  // Without the groups; unset when the segment cannot be opened at all.
  std::optional<SegmentFooter> footer;
  bool is_io_error = false;  // it could not be read, which says nothing about what is in it
  uint64_t file_bytes = 0;
  uint64_t blocks = 0;  // sound ones
  uint64_t rows = 0;    // as the footer says
  uint64_t bad_rows = 0;
};

// Of the work: `done` of `whole`, in bytes.
using VerifyProgress = std::function<void(uint64_t done, uint64_t whole)>;

SegmentReport VerifySegment(ObjectStore& store, const std::string& name,
                            const VerifyProgress& progress = nullptr);

}  // namespace narfi::storage
