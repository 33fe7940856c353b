// Reads chosen rows of a row group, over many of its runs in one go, and hands them out run by run.
//
// Order:     ranges as in the scan; rows of a batch by time; batches of a range by the direction.
// Ownership: borrows the scan; a batch lives until the next one.
// Threads:   one at a time.
#pragma once

#include <memory>
#include <vector>

#include "query/exec/group_scan.h"
#include "query/exec/unit_reader.h"

namespace narfi::query {

class GroupReader {
 public:
  // The rows of `rows` that lie in ranges of `scan`. Times and metadata as `columns` asks; lines
  // come through the loader of a range. Of `first_batch` rows the first read is; the next ones
  // grow.
  GroupReader(const GroupScan& scan, const storage::RowSet& rows, storage::ColumnSet columns,
              uint32_t first_batch, Direction direction);

  // Reads a range to its end, or as far as somebody wants. Ranges are opened in their order, and
  // one at a time; each may be left out.
  std::unique_ptr<UnitReader> Open(size_t range);

 private:
  class RangeReader;
  // Rows of one range within what was read.
  struct Piece {
    size_t range = 0;
    std::vector<uint32_t> rows;  // of the row group
    size_t first = 0;            // among those that were read
  };

  // The next rows of the range; null when there are no more.
  Result<const Piece*> NextPiece(size_t range);
  // Reads on from where gathering stopped, but from `range` at least.
  Status Gather(size_t range);
  void EnterRange(size_t range);
  void CutBatch(const Piece& piece, storage::RowBatch& out) const;
  Status LoadLines(const Piece& piece, std::span<const uint32_t> wanted, storage::RowBatch& out);

  const GroupScan& scan_;
  const storage::RowSet& set_;
  const storage::ColumnSet columns_;
  const bool forward_;
  uint32_t batch_rows_;
  size_t range_ = 0;                 // that is gathered next
  std::vector<uint32_t> rows_left_;  // of it
  std::vector<Piece> pieces_;        // of what was read, in the order of ranges
  size_t next_piece_ = 0;
  std::vector<uint32_t> read_rows_;
  storage::RowBatch read_;
  storage::RowBatch lines_;
  bool has_lines_ = false;
};

}  // namespace narfi::query
