// The heads of one tenant between two flushes: rows as they came, and row groups sealed from them.
//
// Rows of all streams gather in the open part. When it holds half more than a row group, the older
// two thirds, by the entries' own time, are closed, and the rest goes on: senders that are not in
// step still end up in one row group with what happened at the same time, which is what makes ids
// cheap, and row groups share no moment of a stream. A closed part is sealed, in the background and
// outside the tenant's lock, into a row group of columns in memory, as it will lie in the segment.
//
// Order:     parts by arrival.
// Threads:   everything under the tenant's lock, but Encode() and the readers that were given out.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ingest/open_rows.h"
#include "storage/page_cache.h"
#include "storage/row_group.h"
#include "storage/source.h"

namespace narfi::ingest {

class HeadSet {
 public:
  // `cache`, for what is read of sealed groups, is borrowed and must outlive every reader.
  HeadSet(storage::PageCache* cache, int64_t created_monotonic_ns)
      : cache_(cache), created_ns_(created_monotonic_ns) {}

  struct Entry {
    int64_t time_ns = 0;
    std::string_view line;
    std::span<const MetadataPair> metadata;
  };
  // Entries that are there already are left out.
  template <class Entries>
  void Append(StreamId id, const std::shared_ptr<const Labels>& labels, const Entries& entries,
              int64_t now_monotonic_ns) {
    Head* head = nullptr;
    for (const auto& entry : entries) {
      if (head == nullptr) head = &HeadOf(id, labels, now_monotonic_ns);
      if (AppendRow(*head, {entry.time_ns, entry.line, entry.metadata})) head = nullptr;
    }
  }

  bool empty() const { return streams_.empty(); }
  size_t streams() const { return streams_.size(); }
  bool Has(StreamId id) const { return streams_.contains(id); }
  uint64_t bytes() const { return bytes_; }
  // Of rows that are not sealed.
  uint64_t open_bytes() const { return open_bytes_; }
  int64_t created_ns() const { return created_ns_; }
  // Of parts that are closed and not sealed.
  uint64_t closed_bytes() const;
  uint32_t open_rows() const {
    return parts_.empty() || parts_.back()->is_closed ? 0 : parts_.back()->rows;
  }
  // When the open part got its first row, and its last one.
  int64_t opened_ns() const { return opened_ns_; }
  int64_t appended_ns() const { return appended_ns_; }

  // The stream's rows as they stand, oldest rows first.
  void Readers(StreamId id, std::vector<storage::RunRef>& out) const;

  // Rows [first, first + count) of `rows`.
  struct Stretch {
    std::shared_ptr<const OpenRows> rows;
    uint32_t first = 0;
    uint32_t count = 0;
  };
  using SealedGroups = std::vector<std::shared_ptr<const storage::StoredRowGroup>>;
  struct Head {
    std::shared_ptr<const Labels> labels;
    std::vector<Stretch> older;  // left over from parts that were closed
    std::shared_ptr<OpenRows>
        rows;  // where new ones go; null in a closed part, and before the first
  };
  struct Part {
    std::map<StreamId, Head> heads;
    uint32_t rows = 0;
    uint64_t bytes = 0;
    bool is_closed = false;
    SealedGroups sealed;  // not empty: what became of `heads`, which are empty then
  };

  // Closes the open part, all of it, if it has rows.
  void Close();
  // The oldest part that is closed and not sealed; null when there is none.
  std::shared_ptr<const Part> ToSeal() const;
  // What becomes of the rows of a closed part: one row group, or more where rows out of order made
  // the part too large. Needs no lock. Tells now and then what share of the work is done.
  static SealedGroups Encode(const Part& part, storage::PageCache* cache,
                             const std::function<void(double)>& on_progress);
  void Replace(const std::shared_ptr<const Part>& part, SealedGroups sealed);
  // All parts as row groups; every part must be sealed.
  SealedGroups Groups() const;

 private:
  Part& OpenPart(int64_t now_monotonic_ns);
  Head& HeadOf(StreamId id, const std::shared_ptr<const Labels>& labels, int64_t now_monotonic_ns);
  // True when that closed the part.
  bool AppendRow(Head& head, const Entry& entry);
  void CloseAll();
  // Closes the older part of the open part.
  void CloseOlder();
  // How many of the rows are older than `border_ns`, if they lie before all others.
  static uint32_t RowsBefore(const Stretch& stretch, int64_t border_ns);

  storage::PageCache* const cache_;
  const int64_t created_ns_;
  std::vector<std::shared_ptr<Part>> parts_;
  std::unordered_set<StreamId> streams_;
  uint64_t bytes_ = 0;
  uint64_t open_bytes_ = 0;
  int64_t opened_ns_ = 0;
  int64_t appended_ns_ = 0;
};

}  // namespace narfi::ingest
