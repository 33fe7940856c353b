// How the C library's allocator is to behave in a daemon with a memory budget.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace narfi {

// Large blocks go back to the machine when they are freed, and threads share few heaps, so that
// what the budget counts is about what the process holds. Call first thing in main, before any
// thread. Nothing happens with another allocator. Source: mallopt(3).
void TuneAllocator();

// For who has freed much in small pieces: their pages stay with the allocator otherwise. Takes some
// milliseconds. Source: malloc_trim(3).
void ReturnFreeMemory();

// What all blocks hold that are allocated now, without what the allocator keeps for later; 0 where
// it does not say. Takes the locks of all heaps. Source: mallinfo2(3).
uint64_t LiveHeapBytes();

// What the process holds of the machine's memory; 0 where it does not say. Source: proc(5), statm.
uint64_t ResidentBytes();

// Gives free memory back when the process holds much more than it uses: what many queries have
// taken and freed in pieces stays with the allocator otherwise, as long as it is never idle.
//
// Threads: safe.
class SpareMemory {
 public:
  // `most_bytes`: what may be held beside what is allocated, pages of files not counted.
  SpareMemory(const Clock& clock, uint64_t most_bytes) : clock_(clock), most_bytes_(most_bytes) {}
  // After work that took memory. Looks once in a second, which takes some hundred microseconds; to
  // give back takes some milliseconds. True when it did.
  bool Look();

 private:
  const Clock& clock_;
  const uint64_t most_bytes_;
  std::atomic<int64_t> next_ns_ = 0;
};

}  // namespace narfi
