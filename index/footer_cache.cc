#include "index/footer_cache.h"

namespace narfi::index {
namespace {

// Of what an open segment holds; labels are shared.
uint64_t BytesOf(const storage::SegmentReader& segment) {
  constexpr uint64_t kFixed = 1000;  // the object, its name, its entry here
  uint64_t bytes = kFixed;
  for (const auto& group : segment.groups())
    bytes += sizeof(*group) + group->runs().size() * sizeof(storage::StreamRun);
  return bytes;
}

}  // namespace

std::shared_ptr<const storage::SegmentReader> FooterCache::Find(Hash128 id) {
  const MutexLock lock(mutex_);
  const auto it = known_.find(id);
  if (it == known_.end()) return nullptr;
  by_use_.splice(by_use_.begin(), by_use_, it->second);
  return it->second->segment;
}

Result<std::shared_ptr<const storage::SegmentReader>> FooterCache::Get(Hash128 id,
                                                                       const std::string& name) {
  if (auto known = Find(id)) return known;
  NARFI_ASSIGN(auto segment, storage::SegmentReader::Open(store_, name, pages_));
  const MutexLock lock(mutex_);
  if (const auto it = known_.find(id); it != known_.end()) return it->second->segment;
  by_use_.push_front({id, segment, BytesOf(*segment)});
  known_[id] = by_use_.begin();
  bytes_ += by_use_.front().bytes;
  while (known_.size() > max_segments_ || (bytes_ > max_bytes_ && known_.size() > 1)) {
    bytes_ -= by_use_.back().bytes;
    known_.erase(by_use_.back().id);
    by_use_.pop_back();
  }
  return segment;
}

void FooterCache::Forget(Hash128 id) {
  const MutexLock lock(mutex_);
  const auto it = known_.find(id);
  if (it == known_.end()) return;
  bytes_ -= it->second->bytes;
  by_use_.erase(it->second);
  known_.erase(it);
}

}  // namespace narfi::index
