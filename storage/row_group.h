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
#include "storage/page_cache.h"
#include "storage/source.h"

namespace narfi::storage {

class IdDictionaries;
class StoredColumns;
class TimeColumn;

struct RowGroupMeta {
  std::vector<StreamRun> runs;  // by (stream id); together all rows
  uint64_t start = 0;           // where the blocks of its columns begin; they end at the directory
  BlockRef directory;
  BlockRef times;  // behind the directory; the last block of the row group
};

// Rows of all runs.
uint32_t RowsOf(const RowGroupMeta& meta);

class StoredRowGroup final : public RowGroupReader {
 public:
  // `cache` may be null: then nothing is remembered. `ids` are those of its segment, if any.
  StoredRowGroup(std::shared_ptr<const BlockSource> source, RowGroupMeta meta, std::string name,
                 PageCache* cache, std::shared_ptr<const IdDictionaries> ids = nullptr);
  // The cache forgets what shares the source: its columns, and its segment's dictionaries, which
  // other row groups then open again.
  ~StoredRowGroup() override;

  Origin origin() const override {
    return source_->is_memory() ? Origin::kSealedHead : Origin::kSegment;
  }
  const std::vector<StreamRun>& runs() const override { return meta_.runs; }
  std::string name() const override { return name_; }
  Status Read(uint32_t run, uint32_t first, uint32_t count, ColumnSet columns,
              RowBatch& out) const override;
  bool MayContain(uint32_t run, std::string_view needle) const override;
  uint64_t ReadCost(uint32_t run, ColumnSet columns) const override;
  Result<std::shared_ptr<const Columnar>> columnar() const override;
  Status ReadRows(std::span<const uint32_t> rows, ColumnSet columns, RowBatch& out) const override;
  Result<uint32_t> RowsBefore(uint32_t run, int64_t time_ns) const override;

  // columnar(), as what it is. Errors do not say which row group; nor below.
  Result<std::shared_ptr<const StoredColumns>> Columns() const;
  // The same with a cache of its own, for who goes through much of it once.
  Result<std::shared_ptr<const StoredColumns>> ColumnsApart(PageCache& cache) const;
  const RowGroupMeta& meta() const { return meta_; }
  const BlockSource& source() const { return *source_; }
  const std::shared_ptr<const IdDictionaries>& ids() const { return ids_; }
  // Of all its blocks, which lie one after the other from meta().start on.
  uint64_t stored_bytes() const { return meta_.times.offset + meta_.times.length - meta_.start; }

 private:
  PageKey ColumnsKey() const { return {source_->owner(), meta_.directory.offset}; }
  Status ReadColumns(std::span<const uint32_t> rows, ColumnSet columns, RowBatch& out) const;
  // Of ascending rows of the row group.
  void AppendTimes(const TimeColumn& times, std::span<const uint32_t> rows,
                   std::vector<int64_t>& out) const;

  const std::shared_ptr<const BlockSource> source_;
  const RowGroupMeta meta_;
  const std::string name_;
  PageCache* const cache_;
  const std::shared_ptr<const IdDictionaries> ids_;
};

}  // namespace narfi::storage
