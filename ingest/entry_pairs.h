// The structured metadata of an entry on its way in, in the arena of its batch.
//
// Most entries have their level and nothing else: a block of memory for each would cost more than
// reading the rest of the entry.
//
// Ownership: borrows the texts, and the pairs themselves from the arena that they were given.
// Moved,
//            never copied, so that no two lists grow over each other.
// Threads:   one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/arena.h"
#include "storage/source.h"

namespace narfi::ingest {

using storage::MetadataPair;

class EntryPairs {
 public:
  EntryPairs() = default;
  EntryPairs(EntryPairs&& other) noexcept
      : pairs_(std::exchange(other.pairs_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  EntryPairs& operator=(EntryPairs&& other) noexcept {
    std::swap(pairs_, other.pairs_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }

  const MetadataPair* begin() const { return pairs_; }
  const MetadataPair* end() const { return pairs_ + size_; }
  MetadataPair* begin() { return pairs_; }
  MetadataPair* end() { return pairs_ + size_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const MetadataPair& operator[](size_t i) const { return pairs_[i]; }

  void clear() { size_ = 0; }
  void push_back(const MetadataPair& pair, Arena& arena) { insert(end(), pair, arena); }
  // Before `at`, which is of this.
  void insert(const MetadataPair* at, const MetadataPair& pair, Arena& arena) {
    const auto place = at - begin();
    if (size_ == capacity_) Grow(arena);
    std::move_backward(begin() + place, end(), end() + 1);
    pairs_[place] = pair;
    ++size_;
  }
  void erase(MetadataPair* first, MetadataPair* last) {
    std::move(last, end(), first);
    size_ -= static_cast<uint32_t>(last - first);
  }

  friend bool operator==(const EntryPairs& a, const EntryPairs& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  void Grow(Arena& arena) {
    capacity_ = std::max(1U, 2 * capacity_);
    MetadataPair* const larger = arena.AllocateFor<MetadataPair>(capacity_);
    std::copy(begin(), end(), larger);
    pairs_ = larger;
  }

  MetadataPair* pairs_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace narfi::ingest
