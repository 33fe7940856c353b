#include "base/allocator.h"

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#if defined(NARFI_SANITIZED)
// Declared here, because not every compiler's package brings sanitizer/allocator_interface.h.
extern "C" size_t
__sanitizer_get_current_allocated_bytes();  // NOLINT(bugprone-reserved-identifier)
#endif

#include "base/duration.h"

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

namespace {

struct ResidentMemory {
  uint64_t all = 0;
  uint64_t own = 0;  // without pages of files: programs, and tables that are mapped
};

ResidentMemory Resident() {
  long all = 0;
  long shared = 0;
  if (FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%*d %ld %ld", &all, &shared) != 2) all = shared = 0;
    std::fclose(file);
  }
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return {static_cast<uint64_t>(all) * page, static_cast<uint64_t>(all - shared) * page};
}

}  // namespace

uint64_t ResidentBytes() { return Resident().all; }

bool SpareMemory::Look() {
  const int64_t now = clock_.MonotonicNs();
  int64_t next = next_ns_.load();
  if (now < next || !next_ns_.compare_exchange_strong(next, now + kSecond)) return false;
  const uint64_t live = LiveHeapBytes();
  if (live == 0 || Resident().own <= live + most_bytes_) return false;
  ReturnFreeMemory();
  return true;
}

}  // namespace narfi
