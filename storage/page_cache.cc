#include "storage/page_cache.h"

namespace narfi::storage {

std::shared_ptr<const void> PageCache::Find(const PageKey& key) {
  Shard& shard = ShardOf(key);
  const MutexLock lock(shard.mutex);
  const auto it = shard.known.find(key);
  if (it == shard.known.end()) return nullptr;
  shard.by_use.splice(shard.by_use.begin(), shard.by_use, it->second);
  return it->second->page;
}

void PageCache::Insert(const PageKey& key, std::shared_ptr<const void> page, uint64_t bytes) {
  if (bytes > shard_capacity_) return;
  Shard& shard = ShardOf(key);
  const MutexLock lock(shard.mutex);
  if (shard.known.contains(key)) return;
  shard.by_use.push_front({key, std::move(page), bytes});
  shard.known[key] = shard.by_use.begin();
  shard.bytes += bytes;
  while (shard.bytes > shard_capacity_) {
    const Entry& last = shard.by_use.back();
    shard.bytes -= last.bytes;
    shard.known.erase(last.key);
    shard.by_use.pop_back();
  }
}

uint64_t PageCache::bytes() const {
  uint64_t total = 0;
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    total += shard.bytes;
  }
  return total;
}

}  // namespace narfi::storage
