// The structured metadata of an entry on its way in.
//
// Most entries have their level and nothing else: one pair lies in the entry itself, several are a
// vector.
//
// Ownership: borrows the texts.
// Threads:   one at a time.
#pragma once

#include <algorithm>
#include <vector>

#include "storage/source.h"

namespace narfi::ingest {

using storage::MetadataPair;

class EntryMetadata {
 public:
  MetadataPair* begin() { return is_one_ ? &one_ : many_.data(); }
  MetadataPair* end() { return begin() + size(); }
  const MetadataPair* begin() const { return is_one_ ? &one_ : many_.data(); }
  const MetadataPair* end() const { return begin() + size(); }
  size_t size() const { return is_one_ ? 1 : many_.size(); }
  bool empty() const { return size() == 0; }
  const MetadataPair& operator[](size_t i) const { return begin()[i]; }

  void clear() {
    is_one_ = false;
    many_.clear();
  }
  void push_back(const MetadataPair& pair) { insert(end(), pair); }
  // Before `at`, which is of this.
  void insert(const MetadataPair* at, const MetadataPair& pair) {
    const auto place = at - begin();
    if (empty()) {
      one_ = pair;
      is_one_ = true;
      return;
    }
    if (is_one_) many_.push_back(one_);
    is_one_ = false;
    many_.insert(many_.begin() + place, pair);
  }
  void erase(const MetadataPair* first, const MetadataPair* last) {
    if (first == last) return;
    const auto from = first - begin();
    const auto to = last - begin();
    if (is_one_) return clear();
    many_.erase(many_.begin() + from, many_.begin() + to);
  }

  friend bool operator==(const EntryMetadata& a, const EntryMetadata& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  MetadataPair one_{};
  bool is_one_ = false;
  std::vector<MetadataPair> many_;  // empty when there is one
};

}  // namespace narfi::ingest
