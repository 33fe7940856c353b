// Open segments that were used lately, up to a number: their footers and file handles.
//
// Threads: safe. A segment is opened outside the lock; of two openers at once the first one's copy
//          stays.
#pragma once

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
  FooterCache(storage::ObjectStore& store, storage::PageCache* pages, size_t max_segments)
      : store_(store), pages_(pages), max_segments_(max_segments) {}

  // Null when it is not open.
  std::shared_ptr<const storage::SegmentReader> Find(Hash128 id);
  // kNotFound when the object is gone, kCorrupt when it is damaged.
  Result<std::shared_ptr<const storage::SegmentReader>> Get(Hash128 id, const std::string& name);
  void Forget(Hash128 id);

 private:
  struct Entry {
    Hash128 id;
    std::shared_ptr<const storage::SegmentReader> segment;
  };

  storage::ObjectStore& store_;
  storage::PageCache* const pages_;
  const size_t max_segments_;
  Mutex mutex_;
  std::list<Entry> by_use_ GUARDED_BY(mutex_);  // latest first
  std::unordered_map<Hash128, std::list<Entry>::iterator> known_ GUARDED_BY(mutex_);
};

}  // namespace narfi::index
