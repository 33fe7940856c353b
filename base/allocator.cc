#include "base/allocator.h"

#include <malloc.h>
#if defined(NARFI_SANITIZED)
// Declared here, because not every compiler's package brings sanitizer/allocator_interface.h.
extern "C" size_t
__sanitizer_get_current_allocated_bytes();  // NOLINT(bugprone-reserved-identifier)
#endif

namespace narfi {

void TuneAllocator() {
#if defined(__GLIBC__)
  // A fixed threshold: by itself it grows up to 32 MiB with what was freed, and the heaps with it.
  // Both are beyond what encoding a row group takes and frees again and again.
  mallopt(M_MMAP_THRESHOLD, 2 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_ARENA_MAX, 2);
#endif
}

void ReturnFreeMemory() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

uint64_t LiveHeapBytes() {
#if defined(NARFI_SANITIZED)
  return __sanitizer_get_current_allocated_bytes();
#elif defined(__GLIBC__)
  const auto heaps = mallinfo2();
  return heaps.uordblks + heaps.hblkhd;
#else
  return 0;
#endif
}

}  // namespace narfi
