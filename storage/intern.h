// Numbers for distinct byte strings, by first appearance.
//
// Ownership: borrows the strings; they must outlive it.
// Threads:   one at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/text_equal.h"

namespace narfi::storage {

class Interner {
 public:
  // Room for `expected` strings without growing.
  explicit Interner(size_t expected) {
    size_t slots = 16;
    while (slots < expected * 2) slots *= 2;
    slots_.assign(slots, 0);
  }

  // The number of a string and whether it was new.
  struct Found {
    uint32_t id;
    bool is_new;
  };
  Found Add(std::string_view text) { return Add(text, Hash64(text)); }
  // For who has its hash already.
  Found Add(std::string_view text, uint64_t hash) {
    for (size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      const uint32_t slot = slots_[at];
      if (slot == 0) return New(at, text, hash);
      if (hashes_[slot - 1] == hash && EqualText(texts_[slot - 1], text)) return {slot - 1, false};
    }
  }
  // For who knows what comes in a while.
  void Prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }
  // Replaces the borrowed view of the newest string by an equal one that lives longer.
  void Rebind(std::string_view text) { texts_.back() = text; }

  const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  Found New(size_t at, std::string_view text, uint64_t hash) {
    texts_.push_back(text);
    hashes_.push_back(hash);
    slots_[at] = static_cast<uint32_t>(texts_.size());
    if (texts_.size() * 2 > slots_.size()) Grow();
    return {static_cast<uint32_t>(texts_.size() - 1), true};
  }
  void Grow() {
    slots_.assign(slots_.size() * 2, 0);
    for (uint32_t i = 0; i < hashes_.size(); ++i) {
      size_t at = hashes_[i] & (slots_.size() - 1);
      while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = i + 1;
    }
  }

  std::vector<uint32_t> slots_;  // number + 1; 0 is free
  std::vector<std::string_view> texts_;
  std::vector<uint64_t> hashes_;
};

}  // namespace narfi::storage
