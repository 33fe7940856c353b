// Rows of several runs of one stream, as one: by time, equal entries (time, line, metadata) once.
//
// Among rows of equal time the order of the runs given decides, then arrival. A run is opened when
// the merge comes to its first entry and let go of after its last, so that memory is that of the
// runs that overlap, not of all.
//
// Ownership: keeps the runs' readers. A row's views live until the next call of Next().
// Threads:   one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "storage/source.h"

namespace narfi::storage {

class MergedRows {
 public:
  // `runs` belong to one stream. Rows outside [start_ns, end_ns) are left out.
  MergedRows(const std::vector<RunRef>& runs, int64_t start_ns, int64_t end_ns);
  ~MergedRows();

  struct Row {
    int64_t time_ns = 0;
    std::string_view line;
    std::span<const MetadataPair> metadata;
  };
  // The next row; false at the end.
  Result<bool> Next(Row& row);

 private:
  struct Cursor;
  static bool ComesLater(const std::unique_ptr<Cursor>& a, const std::unique_ptr<Cursor>& b);
  // Puts the cursor, moved to its next row in range, on the heap, or drops it at its end.
  Status Push(std::unique_ptr<Cursor> cursor);
  Status OpenWhatIsDue();
  Result<bool> Advance(Cursor& cursor) const;
  bool IsRepeat(const Row& row);

  const int64_t start_ns_;
  const int64_t end_ns_;
  std::vector<std::unique_ptr<Cursor>> waiting_;  // not opened yet, the earliest last
  std::vector<std::unique_ptr<Cursor>> heap_;     // open, by the time of their row
  std::unique_ptr<Cursor> current_;               // the one whose row was given out last
  // Copies of what was given out at `instant_`, to tell repeats.
  int64_t instant_ = INT64_MIN;
  std::unordered_set<std::string> seen_;
};

}  // namespace narfi::storage
