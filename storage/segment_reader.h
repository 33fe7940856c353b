// An open segment: its footer, and its row groups as readers.
//
// Ownership: row groups share the segment's file; the page cache is borrowed and must outlive them.
// Threads:   safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/object_store.h"
#include "storage/page_cache.h"
#include "storage/row_group.h"
#include "storage/segment_format.h"

namespace narfi::storage {

class SegmentReader {
 public:
  // Reads trailer, header and footer. kCorrupt, with the name, when one of them is damaged; the
  // version is checked first, so that a newer format says so.
  static Result<std::shared_ptr<const SegmentReader>> Open(ObjectStore& store,
                                                           const std::string& name,
                                                           PageCache* cache);

  // Without the groups: those are in groups().
  const SegmentFooter& footer() const { return footer_; }
  const std::vector<std::shared_ptr<const StoredRowGroup>>& groups() const { return groups_; }
  uint64_t file_bytes() const { return file_bytes_; }
  const IdDictionaries& ids() const { return *ids_; }

 private:
  SegmentReader() = default;
  SegmentFooter footer_;
  std::vector<std::shared_ptr<const StoredRowGroup>> groups_;
  std::shared_ptr<const IdDictionaries> ids_;
  uint64_t file_bytes_ = 0;
};

}  // namespace narfi::storage
