// Entries of one or more streams, packed column by column into the blocks of one row group.
//
// Order:     entries are appended by (stream id, time, arrival), equal entries already dropped.
// Ownership: copies every text; labels are shared.
// Threads:   none inside, none allowed at once from outside.
// Limits:    kMaxRows entries and Options::max_bytes of text; full() says when to Finish().
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "storage/block.h"
#include "storage/row_group.h"
#include "storage/word_filter.h"

namespace narfi::storage {

class RowGroupWriter {
 public:
  struct Options {
    uint64_t max_bytes = 16 << 20;  // text a row group may hold
    uint64_t page_bytes = 1 << 20;  // text after which a page is closed early
    int zstd_level = 1;
    bool word_filter = true;
    bool line_columns = true;  // else lines are text: for what is written again soon
  };

  // Blocks go to `out`, which is borrowed until Finish().
  RowGroupWriter(BlockWriter& out, Options options) : out_(out), options_(options) {}

  void Append(StreamId id, const std::shared_ptr<const Labels>& labels, int64_t time_ns,
              std::string_view line, std::span<const MetadataPair> metadata);

  uint32_t rows() const { return rows_; }
  bool full() const { return rows_ >= kMaxRows || text_bytes_ >= options_.max_bytes; }

  // Closes the last page, writes the filter and describes the group. The writer is spent.
  RowGroupMeta Finish();

 private:
  void ClosePage();

  BlockWriter& out_;
  const Options options_;
  RowGroupMeta meta_;
  WordFilterBuilder words_;
  uint32_t rows_ = 0;
  uint64_t text_bytes_ = 0;
  // The open page.
  Arena page_texts_;
  uint64_t page_bytes_ = 0;
  std::vector<int64_t> times_;
  std::vector<std::string_view> lines_;
  std::vector<MetadataPair> pairs_;
  std::vector<uint32_t> pair_offsets_ = {0};
};

}  // namespace narfi::storage
