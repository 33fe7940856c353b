#include "storage/page_cache.h"

namespace narfi::storage {

std::shared_ptr<const void> PageCache::Find(const PageKey& key) {
  Shard& shard = ShardOf(key);
  const MutexLock lock(shard.mutex);
  const auto it = shard.known.find(key);
  if (it == shard.known.end()) return nullptr;
  Entry& entry = shard.entries[it->second];
  entry.is_used = true;
  return entry.page;
}

void PageCache::DropOne(Shard& shard) {
  size_t victim = 0;
  for (int tries = 0; tries < 8; ++tries) {
    shard.chance ^= shard.chance << 13;
    shard.chance ^= shard.chance >> 7;
    shard.chance ^= shard.chance << 17;
    victim = shard.chance % shard.entries.size();
    if (!shard.entries[victim].is_used) break;
    shard.entries[victim].is_used = false;
  }
  shard.bytes -= shard.entries[victim].bytes;
  shard.known.erase(shard.entries[victim].key);
  if (victim + 1 != shard.entries.size()) {
    shard.entries[victim] = std::move(shard.entries.back());
    shard.known[shard.entries[victim].key] = victim;
  }
  shard.entries.pop_back();
}

void PageCache::Insert(const PageKey& key, std::shared_ptr<const void> page, uint64_t bytes) {
  if (bytes > shard_capacity_) return;
  Shard& shard = ShardOf(key);
  const MutexLock lock(shard.mutex);
  if (shard.known.contains(key)) return;
  while (shard.bytes + bytes > shard_capacity_) DropOne(shard);
  shard.known[key] = shard.entries.size();
  shard.entries.push_back({key, std::move(page), bytes, false});
  shard.bytes += bytes;
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
