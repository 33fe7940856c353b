// An Arena hands out bytes that live as long as itself: one allocation for many small copies.
//
// Ownership: moving an Arena keeps every pointer valid; the moved-from one may only be destroyed.
// Threads:   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace narfi {

class Arena {
 public:
  // Blocks start at `first_block` bytes and double up to kMaxBlock, so that a small arena stays
  // small.
  explicit Arena(size_t first_block = 4 << 10) : block_bytes_(first_block) {}
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  // Uninitialised, unaligned bytes.
  char* Allocate(size_t count) {
    if (count > left_) NewBlock(count);
    char* out = next_;
    next_ += count;
    left_ -= count;
    return out;
  }

  // Objects that need no destructor, made by default.
  template <class T>
  T* AllocateFor(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    static_assert(alignof(T) <= alignof(std::max_align_t));
    const size_t gap = -reinterpret_cast<uintptr_t>(next_) % alignof(T);
    if (gap + count * sizeof(T) > left_) {
      NewBlock(count * sizeof(T));
    } else {
      Allocate(gap);
    }
    T* const out = reinterpret_cast<T*>(Allocate(count * sizeof(T)));
    std::uninitialized_default_construct_n(out, count);
    return out;
  }

  std::string_view Copy(std::string_view text) {
    if (text.empty()) return {};
    char* out = Allocate(text.size());
    std::memcpy(out, text.data(), text.size());
    return {out, text.size()};
  }

  // Bytes taken from the system so far.
  size_t bytes() const { return bytes_; }

  // Forgets everything handed out.
  void Clear() {
    blocks_.clear();
    next_ = nullptr;
    left_ = bytes_ = 0;
  }

 private:
  static constexpr size_t kMaxBlock = 64 << 10;

  void NewBlock(size_t at_least) {
    const size_t size = at_least > block_bytes_ ? at_least : block_bytes_;
    if (block_bytes_ < kMaxBlock) block_bytes_ *= 2;
    blocks_.push_back(std::unique_ptr<char[]>(new char[size]));
    next_ = blocks_.back().get();
    left_ = size;
    bytes_ += size;
  }

  size_t block_bytes_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  size_t left_ = 0;
  size_t bytes_ = 0;
};

}  // namespace narfi
