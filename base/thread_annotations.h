// Clang's thread-safety attributes (nothing under other compilers), and a mutex that carries them.
// See https://clang.llvm.org/docs/ThreadSafetyAnalysis.html.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define NARFI_TSA(x) __attribute__((x))
#else
#define NARFI_TSA(x)
#endif
#define GUARDED_BY(m) NARFI_TSA(guarded_by(m))
#define REQUIRES(m) NARFI_TSA(requires_capability(m))
#define EXCLUDES(m) NARFI_TSA(locks_excluded(m))

namespace narfi {

class NARFI_TSA(capability("mutex")) Mutex {
 public:
  void lock() NARFI_TSA(acquire_capability()) { mutex_.lock(); }
  void unlock() NARFI_TSA(release_capability()) { mutex_.unlock(); }
  bool try_lock() NARFI_TSA(try_acquire_capability(true)) { return mutex_.try_lock(); }

 private:
  std::mutex mutex_;
};

class NARFI_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) NARFI_TSA(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() NARFI_TSA(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits on a Mutex that the caller holds: cv.wait(mutex), cv.wait_for(mutex, d).
using CondVar = std::condition_variable_any;

}  // namespace narfi
