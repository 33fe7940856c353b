// The streams of a tenant between two flushes: what was pushed and is not in a segment yet.
//
// A stream's rows are open (open_rows.h) until there are enough of them; then they are sealed into
// a row group of the stored form, in memory.
//
// Threads: everything under the tenant's lock, but for the readers that were given out.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "ingest/open_rows.h"
#include "storage/page_cache.h"
#include "storage/source.h"

namespace narfi::ingest {

class HeadSet {
 public:
  // `cache`, for the pages of sealed groups, is borrowed and must outlive every reader.
  HeadSet(storage::PageCache* cache, int64_t created_monotonic_ns)
      : cache_(cache), created_ns_(created_monotonic_ns) {}

  // False when an equal entry is there already.
  bool Append(StreamId id, const std::shared_ptr<const Labels>& labels, int64_t time_ns,
              std::string_view line, std::span<const MetadataPair> metadata);

  bool empty() const { return heads_.empty(); }
  size_t streams() const { return heads_.size(); }
  bool Has(StreamId id) const { return heads_.contains(id); }
  uint64_t bytes() const { return bytes_; }
  int64_t created_ns() const { return created_ns_; }

  // The stream's rows as they stand, oldest rows first: sealed groups, then the open rows.
  void Readers(StreamId id, std::vector<storage::RunRef>& out) const;
  std::vector<StreamId> StreamIds() const;  // sorted

 private:
  struct Head {
    std::shared_ptr<const Labels> labels;
    std::shared_ptr<OpenRows> open;
    std::vector<std::shared_ptr<const storage::RowGroupReader>> sealed;
  };
  void Seal(StreamId id, Head& head);

  storage::PageCache* const cache_;
  const int64_t created_ns_;
  std::unordered_map<StreamId, Head> heads_;
  uint64_t bytes_ = 0;
};

}  // namespace narfi::ingest
