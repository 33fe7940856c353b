// Open segments that were used lately, up to a number and up to so many bytes: their footers and
// file handles.
//
// Threads: safe. A segment is opened outside the lock; of two openers at once the first one's copy
//          stays.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/thread_annotations.h"
#include "storage/segment_reader.h"

namespace narfi::index {

class FooterCache {
 public:
  // Both borrowed; they must outlive the cache and what it gave out.
  FooterCache(storage::ObjectStore& store, storage::PageCache* pages, size_t max_segments,
              uint64_t max_bytes = UINT64_MAX)
      : store_(store), pages_(pages), max_segments_(max_segments), max_bytes_(max_bytes) {}

  size_t max_segments() const { return max_segments_; }

  // Null when it is not open.
  std::shared_ptr<const storage::SegmentReader> Find(Hash128 id);
  // kNotFound when the object is gone, kCorrupt when it is damaged.
  Result<std::shared_ptr<const storage::SegmentReader>> Get(Hash128 id, const std::string& name);
  void Forget(Hash128 id);

 private:
  struct Entry {
    Hash128 id;
    std::shared_ptr<const storage::SegmentReader> segment;
    uint64_t bytes = 0;
  };

  storage::ObjectStore& store_;
  storage::PageCache* const pages_;
  const size_t max_segments_;
  const uint64_t max_bytes_;
  Mutex mutex_;
  std::list<Entry> by_use_ GUARDED_BY(mutex_);  // latest first
  std::unordered_map<Hash128, std::list<Entry>::iterator> known_ GUARDED_BY(mutex_);
  uint64_t bytes_ GUARDED_BY(mutex_) = 0;  // of all of them
};

}  // namespace narfi::index
