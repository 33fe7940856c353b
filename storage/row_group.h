// A stored row group: what its footer entry says, and the reader over its blocks.
//
// Ownership: the reader shares its BlockSource (a segment file, or a sealed head's memory) and
//            borrows the page cache, which must outlive it.
// Threads:   safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/block.h"
#include "storage/line_page.h"
#include "storage/page.h"
#include "storage/page_cache.h"
#include "storage/source.h"

namespace narfi::storage {

struct RowGroupMeta {
  std::vector<StreamRun> runs;  // by (stream id); together all rows
  std::vector<PageRef> pages;   // in row order; every row is in exactly one
  BlockRef filter;              // word filter; length 0 when there is none
  bool plain_lines = false;     // of a segment of version 1: line blocks are lengths and text
};

// Rows of all runs; pages must add up to the same (checked when a footer is read).
uint32_t RowsOf(const RowGroupMeta& meta);

class StoredRowGroup final : public RowGroupReader {
 public:
  // `cache` may be null: then nothing is remembered.
  StoredRowGroup(std::shared_ptr<const BlockSource> source, RowGroupMeta meta, std::string name,
                 PageCache* cache);

  const std::vector<StreamRun>& runs() const override { return meta_.runs; }
  std::string name() const override { return name_; }
  Status Read(uint32_t run, uint32_t first, uint32_t count, ColumnSet columns,
              RowBatch& out) const override;
  bool MayContain(uint32_t run, std::string_view needle) const override;
  uint64_t ReadCost(uint32_t run, ColumnSet columns) const override;

 private:
  Status ReadPart(size_t page, uint32_t from, uint32_t count, ColumnSet columns,
                  RowBatch& out) const;
  Result<std::shared_ptr<const TimePage>> Times(const PageRef& page) const;
  Result<std::shared_ptr<const LinePage>> Lines(const PageRef& page) const;
  Result<std::shared_ptr<const MetadataPage>> Metadata(const PageRef& page) const;
  size_t PageOfRow(uint32_t row) const;

  const std::shared_ptr<const BlockSource> source_;
  const RowGroupMeta meta_;
  const std::string name_;
  PageCache* const cache_;
  std::vector<uint32_t> page_starts_;  // first row of each page; fixed after construction
};

}  // namespace narfi::storage
