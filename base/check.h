// NARFI_CHECK(condition): stops the process with file and line when one of our own promises is
// broken. For our bugs only; never for input.
#pragma once

#include <cstdio>
#include <cstdlib>

#define NARFI_CHECK(condition)                                                             \
  do {                                                                                     \
    if (!(condition)) [[unlikely]] {                                                       \
      std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (0)
