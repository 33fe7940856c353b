// Entries of one or more streams, packed column by column into one row group in memory.
//
// Order:     entries are appended by (stream id, time, arrival), equal entries already dropped.
// Ownership: copies every text, or borrows it until Finish() when Options say so; labels are
//            shared.
// Threads:   none inside, none allowed at once from outside.
// Limits:    kMaxRows entries and Options::max_bytes of text; full() says when to Finish().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "storage/block.h"
#include "storage/row_group.h"

namespace narfi::storage {

class RowGroupWriter {
 public:
  struct Options {
    uint64_t max_bytes = 32 << 20;  // text a row group may hold
    bool borrows_texts = false;     // what is appended lives until Finish()
    // Called by Finish() now and then with the share of its work that is done, up to 1.
    std::function<void(double)> on_progress = {};
  };

  // `owner` is that of the blocks.
  RowGroupWriter(Hash128 owner, Options options)
      : owner_(owner), options_(options), out_(owner, 0) {}

  void Append(StreamId id, const std::shared_ptr<const Labels>& labels, int64_t time_ns,
              std::string_view line, std::span<const MetadataPair> metadata);

  Hash128 owner() const { return owner_; }
  uint32_t rows() const { return static_cast<uint32_t>(times_.size()); }
  bool full() const { return rows() >= kMaxRows || text_bytes_ >= options_.max_bytes; }

  // Encodes the columns; `name` and `cache`, which may be null, as StoredRowGroup has them. The
  // writer is spent.
  std::shared_ptr<const StoredRowGroup> Finish(std::string name, PageCache* cache);

 private:
  void Tell(double done) const {
    if (options_.on_progress) options_.on_progress(done);
  }
  std::string_view Keep(std::string_view text) {
    return options_.borrows_texts ? text : texts_.Copy(text);
  }

  const Hash128 owner_;
  const Options options_;
  BlockWriter out_;
  RowGroupMeta meta_;
  uint64_t text_bytes_ = 0;
  Arena texts_;
  std::vector<int64_t> times_;
  std::vector<std::string_view> lines_;
  std::vector<MetadataPair> pairs_;
  std::vector<uint32_t> pair_offsets_ = {0};
};

}  // namespace narfi::storage
