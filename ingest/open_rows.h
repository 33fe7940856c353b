// The newest rows of one stream, still as they came: append-only, readable while it grows.
//
// Append() belongs to one thread at a time (the tenant's lock); rows once appended never move or
// change, so that a reader that was told a length under that lock may read that many without it.
//
// Order:     of arrival; a reader sorts by time and drops equal entries when they came out of
// order. Ownership: copies every text. Limits:    kMaxOpenRows rows.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "storage/source.h"

namespace narfi::ingest {

using storage::MetadataPair;

class OpenRows {
 public:
  static constexpr uint32_t kMaxOpenRows = storage::kMaxRows;

  struct Row {
    int64_t time_ns = 0;
    std::string_view line;
    std::span<const MetadataPair> metadata;
  };

  // False when the newest rows hold an equal entry already.
  bool Append(int64_t time_ns, std::string_view line, std::span<const MetadataPair> metadata);

  uint32_t size() const { return size_; }
  // False when a row is older than one before it.
  bool is_ordered() const { return is_ordered_; }
  // Memory held.
  uint64_t bytes() const { return kept_.bytes() + row_bytes_ + sizeof *this; }
  const Row& row(uint32_t index) const;

 private:
  // Slab k holds kFirstSlab << k rows, so that no row ever moves.
  static constexpr uint32_t kFirstSlab = 8;
  static constexpr size_t kSlabs = 14;

  Row& Slot(uint32_t index);
  bool IsRepeat(int64_t time_ns, std::string_view line,
                std::span<const MetadataPair> metadata) const;
  std::span<const MetadataPair> Keep(std::span<const MetadataPair> metadata);

  std::array<std::unique_ptr<Row[]>, kSlabs> slabs_;
  uint32_t size_ = 0;
  bool is_ordered_ = true;
  uint64_t row_bytes_ = 0;
  Arena kept_{512};  // texts and metadata
  // What was kept last, round and round: a stream's entries take turns between few.
  static constexpr size_t kRecent = 4;
  std::array<std::span<const MetadataPair>, kRecent> recent_;
  size_t next_recent_ = 0;
};

// Equal for equal entries of one time alone.
std::string EntryKey(const OpenRows::Row& row);

// Rows [first, first + count) of `rows` as a row group of one run.
std::shared_ptr<const storage::RowGroupReader> ReadOpenRows(std::shared_ptr<const OpenRows> rows,
                                                            uint32_t first, uint32_t count,
                                                            StreamId id,
                                                            std::shared_ptr<const Labels> labels);

}  // namespace narfi::ingest
