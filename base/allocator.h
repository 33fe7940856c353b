// How the C library's allocator is to behave in a daemon with a memory budget.
#pragma once

namespace narfi {

// Large blocks go back to the machine when they are freed, and threads share few heaps, so that
// what the budget counts is about what the process holds. Call first thing in main, before any
// thread. Nothing happens with another allocator. Source: mallopt(3).
void TuneAllocator();

// For who has freed much in small pieces: their pages stay with the allocator otherwise. Takes some
// milliseconds. Source: malloc_trim(3).
void ReturnFreeMemory();

}  // namespace narfi
