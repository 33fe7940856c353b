// How the C library's allocator is to behave in a daemon with a memory budget.
#pragma once

#include <cstdint>

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

}  // namespace narfi
