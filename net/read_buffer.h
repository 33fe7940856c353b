// Bytes read from a socket and not yet used: a flat buffer that grows up to a limit.
//
// Memory is not touched before the kernel writes to it, so an idle connection costs a page.
//
// Ownership: the room of Prepare stays in place until Commit; Consume and Clear do not move it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace narfi::net {

class ReadBuffer {
 public:
  std::string_view bytes() const { return {storage_.get() + begin_, end_ - begin_}; }
  size_t size() const { return end_ - begin_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return begin_ == end_; }

  // Room for more, within `capacity` bytes in all (the buffer shrinks to it when what waits fits);
  // empty when that many bytes are waiting already.
  std::span<char> Prepare(size_t capacity) {
    if (size() > capacity) return {};
    if (empty()) begin_ = end_ = 0;
    if (capacity_ > capacity) Reallocate(capacity);
    const size_t wanted = std::min(capacity, std::max<size_t>(kFirstBytes, 2 * size()));
    if (capacity_ < wanted) Reallocate(wanted);
    if (end_ == capacity_ && begin_ > 0) {
      std::memmove(storage_.get(), storage_.get() + begin_, size());
      end_ -= begin_;
      begin_ = 0;
    }
    return {storage_.get() + end_, capacity_ - end_};
  }
  // Makes the next Prepare give at least `capacity` bytes of buffer.
  void Reserve(size_t capacity) {
    if (capacity_ < capacity) Reallocate(capacity);
  }
  void Commit(size_t count) { end_ += count; }
  void Consume(size_t count) { begin_ += count; }
  void Clear() { begin_ = end_; }

 private:
  static constexpr size_t kFirstBytes = 8 << 10;

  void Reallocate(size_t capacity) {
    auto bigger = std::make_unique_for_overwrite<char[]>(capacity);
    if (!empty()) std::memcpy(bigger.get(), storage_.get() + begin_, size());
    end_ -= begin_;
    begin_ = 0;
    storage_ = std::move(bigger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> storage_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace narfi::net
