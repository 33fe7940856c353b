#include "base/allocator.h"

#include <malloc.h>

namespace narfi {

void TuneAllocator() {
#if defined(__GLIBC__)
  // A fixed threshold: by itself it grows up to 32 MiB with what was freed, and the heaps with it.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
  mallopt(M_ARENA_MAX, 2);
#endif
}

void ReturnFreeMemory() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

}  // namespace narfi
