// The ids that row groups of a segment share: each of them once, sorted, in pages.
//
// Row groups that lie next to each other name the same ids, since senders are not in step and what
// an id stands for takes its time. A column of ids then says which of these it has.
//
// Order:     ids ascend as bytes.
// Format:    docs/format/segment.md, "Id dictionary".
// Ownership: the BlockSource is shared, the cache borrowed; it may be null.
// Threads:   IdDictionaryWriter one at a time; IdDictionary safe.
// Errors:    kCorrupt for what is damaged.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/block.h"
#include "storage/hex_text.h"
#include "storage/page_cache.h"

namespace narfi::storage {

constexpr size_t kIdPage = 256;  // ids of a page, but for the last one

// Writes sorted distinct ids, packed, one after the other; returns where the head lies.
BlockRef WriteIdDictionary(const HexPattern& pattern, std::string_view ids, BlockWriter& out);

class IdDictionary {
 public:
  static Result<std::shared_ptr<const IdDictionary>> Open(std::shared_ptr<const BlockSource> source,
                                                          BlockRef head, PageCache* cache);

  const HexPattern& pattern() const { return pattern_; }
  uint32_t count() const { return count_; }
  // The number of the id.
  Result<std::optional<uint32_t>> Find(std::string_view id) const;
  Result<std::shared_ptr<const std::string>> Page(uint32_t number) const;
  uint64_t bytes() const { return head_.size() + 200; }

 private:
  IdDictionary(std::shared_ptr<const BlockSource> source, PageCache* cache)
      : source_(std::move(source)), cache_(cache) {}
  bool ReadHead(BlockRef head);
  uint32_t PageIds(uint32_t page) const;

  const std::shared_ptr<const BlockSource> source_;
  PageCache* const cache_;
  std::string head_;
  HexPattern pattern_;
  uint32_t count_ = 0;
  uint64_t first_page_ = 0;  // where it lies
  IdPageKeys keys_;
};

// Those of a segment, opened when they are asked for.
class IdDictionaries {
 public:
  IdDictionaries(std::shared_ptr<const BlockSource> source, std::vector<BlockRef> heads,
                 PageCache* cache)
      : source_(std::move(source)), heads_(std::move(heads)), cache_(cache) {}
  size_t size() const { return heads_.size(); }
  Result<std::shared_ptr<const IdDictionary>> Get(uint32_t number) const;
  // The cache forgets those that are open, as they share the source.
  void Forget() const;

 private:
  PageKey KeyOf(BlockRef head) const { return {source_->owner(), head.offset}; }

  const std::shared_ptr<const BlockSource> source_;
  const std::vector<BlockRef> heads_;
  PageCache* const cache_;
};

}  // namespace narfi::storage
