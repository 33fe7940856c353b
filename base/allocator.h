// How the C library's allocator is to behave in a daemon with a memory budget.
#pragma once

namespace narfi {

// Large blocks go back to the machine when they are freed, and threads share few heaps, so that
// what the budget counts is about what the process holds. Call first thing in main, before any
// thread. Nothing happens with another allocator. Source: mallopt(3).
void TuneAllocator();

}  // namespace narfi
