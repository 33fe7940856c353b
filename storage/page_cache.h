// What was read and made of blocks, up to a number of bytes: the block cache of the process.
//
// What goes is chosen by chance among what was not used since it was last looked at (a clock whose
// hand jumps): queries read one row group after the other, and to forget the longest unused one
// would forget each just before its turn comes again. Of a few that might go each is taken by as
// much chance as it has bytes: a large page would else drive out hundreds of small ones.
//
// Threads: safe. Two readers that miss the same page at once both make it; the first to finish
//          keeps its copy. Pages go outside of the locks: their destructors may come back here.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/thread_annotations.h"

namespace narfi::storage {

struct PageKey {
  Hash128 owner;        // segment id
  uint64_t offset = 0;  // of the block
  uint64_t made = 0;    // what was made of it, numbered by its maker; 0 for the block itself
  bool operator==(const PageKey&) const = default;
};

class PageCache {
 public:
  explicit PageCache(uint64_t capacity_bytes) : shard_capacity_(capacity_bytes / kShards) {}

  // The page, or null.
  std::shared_ptr<const void> Find(const PageKey& key);
  // Remembers `page`, which takes about `bytes` of memory; forgets others for it. What takes far
  // longer to make than others of its size may be passed over `worth` times more, each time it was
  // used.
  void Insert(const PageKey& key, std::shared_ptr<const void> page, uint64_t bytes,
              uint8_t worth = 0);
  // For a page that shares what shall go before its turn comes, such as an open file.
  void Forget(const PageKey& key);
  uint64_t bytes() const;
  // Of pages that are worth kMuchWorth or more: who makes such pages stops before they crowd out
  // all.
  static constexpr uint8_t kMuchWorth = 16;
  uint64_t worthy_bytes() const;
  uint64_t capacity_bytes() const { return shard_capacity_ * kShards; }
  // A larger page is not remembered.
  uint64_t max_page_bytes() const { return shard_capacity_; }

 private:
  static constexpr size_t kShards = 4;
  struct Entry {
    PageKey key;
    std::shared_ptr<const void> page;
    uint64_t bytes = 0;
    uint8_t worth = 0;
    uint8_t passes = 0;  // how often it is passed over yet
  };
  struct KeyHash {
    size_t operator()(const PageKey& key) const {
      constexpr uint64_t kMix = 0x9E3779B97F4A7C15ULL;
      return (key.owner.low ^ (key.offset + key.made * kMix) * kMix) * kMix;
    }
  };
  struct Shard {
    mutable Mutex mutex;
    std::vector<Entry> entries GUARDED_BY(mutex);
    std::unordered_map<PageKey, size_t, KeyHash> known GUARDED_BY(mutex);
    uint64_t chance GUARDED_BY(mutex) = 0x9E3779B97F4A7C15ULL;
    uint64_t bytes GUARDED_BY(mutex) = 0;
    uint64_t worthy_bytes GUARDED_BY(mutex) = 0;
  };
  using Page = std::shared_ptr<const void>;
  static size_t Victim(Shard& shard) REQUIRES(shard.mutex);
  // Takes the entry out and gives its page.
  static Page Drop(Shard& shard, size_t at) REQUIRES(shard.mutex);
  Shard& ShardOf(const PageKey& key) { return shards_[KeyHash()(key) >> 62]; }

  const uint64_t shard_capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace narfi::storage
