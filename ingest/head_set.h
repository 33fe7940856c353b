// The heads of one tenant between two flushes: rows as they came, and row groups sealed from them.
//
// Rows of all streams gather in the open part; when it holds a row group's worth it is closed and a
// new one opened. A closed part is sealed, in the background and outside the tenant's lock, into a
// row group of columns in memory, as it will lie in the segment. Rows with a stream's newest time
// move on into the new part, so that row groups do not share a moment of a stream.
//
// Order:     parts by arrival.
// Threads:   everything under the tenant's lock, but Encode() and the readers that were given out.
#pragma once

#include <cstdint>
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

  // Rows that no longer change. Shared with the thread that seals them.
  struct Head {
    std::shared_ptr<const Labels> labels;
    std::shared_ptr<OpenRows> rows;
    uint32_t count = 0;  // rows that belong to the part, once it is closed
  };
  struct Part {
    std::map<StreamId, Head> heads;
    uint32_t rows = 0;
    uint64_t bytes = 0;
    bool is_closed = false;
    std::shared_ptr<const storage::StoredRowGroup> sealed;  // set: `heads` are empty
  };

  // Closes the open part if it has rows. With `moves_on` the rows of each stream's newest moment
  // begin the next part.
  void Close(bool moves_on);
  // The oldest part that is closed and not sealed; null when there is none.
  std::shared_ptr<const Part> ToSeal() const;
  // What becomes of the rows of a closed part. Needs no lock.
  static std::shared_ptr<const storage::StoredRowGroup> Encode(const Part& part,
                                                               storage::PageCache* cache);
  void Replace(const std::shared_ptr<const Part>& part,
               std::shared_ptr<const storage::StoredRowGroup> sealed);
  // All parts as row groups; every part must be sealed.
  std::vector<std::shared_ptr<const storage::StoredRowGroup>> Groups() const;

 private:
  Part& OpenPart(int64_t now_monotonic_ns);
  Head& HeadOf(StreamId id, const std::shared_ptr<const Labels>& labels, int64_t now_monotonic_ns);
  // True when that closed the part.
  bool AppendRow(Head& head, const Entry& entry);
  void MoveNewest(Part& from, Part& to);

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
