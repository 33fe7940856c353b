#include "storage/page_cache.h"

#include <algorithm>

#include "storage/block_tally.h"

namespace narfi::storage {

std::shared_ptr<const void> PageCache::Find(const PageKey& key) {
  BlockTally* const tally = BlockTallyScope::current();
  if (tally != nullptr) ++tally->pages_asked;
  Shard& shard = ShardOf(key);
  const MutexLock lock(shard.mutex);
  const auto it = shard.known.find(key);
  if (it == shard.known.end()) return nullptr;
  Entry& entry = shard.entries[it->second];
  entry.passes = std::max<uint8_t>(entry.worth, 1);
  if (tally != nullptr) {
    ++tally->pages_found;
    tally->found_bytes += entry.bytes;
  }
  return entry.page;
}

namespace {

// Marsaglia, "Xorshift RNGs" (2003).
uint64_t NextChance(uint64_t& state) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

}  // namespace

size_t PageCache::Victim(Shard& shard) {
  constexpr int kTries = 16;
  constexpr int kCandidates = 4;
  size_t victim = 0;
  uint64_t weights = 0;
  for (int tries = 0, candidates = 0; tries < kTries && candidates < kCandidates; ++tries) {
    const size_t at = NextChance(shard.chance) % shard.entries.size();
    Entry& entry = shard.entries[at];
    if (entry.passes > 0 && tries + 1 < kTries) {
      --entry.passes;
      continue;
    }
    ++candidates;
    weights += entry.bytes + 1;
    if (NextChance(shard.chance) % weights <= entry.bytes) victim = at;
  }
  return victim;
}

PageCache::Page PageCache::Drop(Shard& shard, size_t at) {
  Page page = std::move(shard.entries[at].page);
  shard.bytes -= shard.entries[at].bytes;
  if (shard.entries[at].worth >= kMuchWorth) shard.worthy_bytes -= shard.entries[at].bytes;
  shard.known.erase(shard.entries[at].key);
  if (at + 1 != shard.entries.size()) {
    shard.entries[at] = std::move(shard.entries.back());
    shard.known[shard.entries[at].key] = at;
  }
  shard.entries.pop_back();
  return page;
}

void PageCache::Insert(const PageKey& key, std::shared_ptr<const void> page, uint64_t bytes,
                       uint8_t worth) {
  if (bytes > shard_capacity_) return;
  std::vector<Page> gone;  // once the lock is
  Shard& shard = ShardOf(key);
  const MutexLock lock(shard.mutex);
  if (shard.known.contains(key)) return;
  while (shard.bytes + bytes > shard_capacity_) gone.push_back(Drop(shard, Victim(shard)));
  shard.known[key] = shard.entries.size();
  shard.entries.push_back({key, std::move(page), bytes, worth, worth});
  shard.bytes += bytes;
  if (worth >= kMuchWorth) shard.worthy_bytes += bytes;
  if (BlockTally* const tally = BlockTallyScope::current(); tally != nullptr) {
    ++tally->pages_kept;
    tally->kept_bytes += bytes;
  }
}

void PageCache::Forget(const PageKey& key) {
  Page gone;  // once the lock is
  Shard& shard = ShardOf(key);
  const MutexLock lock(shard.mutex);
  const auto it = shard.known.find(key);
  if (it != shard.known.end()) gone = Drop(shard, it->second);
}

uint64_t PageCache::bytes() const {
  uint64_t total = 0;
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    total += shard.bytes;
  }
  return total;
}

uint64_t PageCache::worthy_bytes() const {
  uint64_t total = 0;
  for (const Shard& shard : shards_) {
    const MutexLock lock(shard.mutex);
    total += shard.worthy_bytes;
  }
  return total;
}

}  // namespace narfi::storage
