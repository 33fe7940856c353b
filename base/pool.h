// A fixed set of threads that run submitted tasks, first come first served, from a bounded queue.
//
// Threads: Submit and ParallelFor from any thread, tasks included.
// Ownership: the destructor runs what is queued and joins.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/thread_annotations.h"

namespace narfi {

class Pool {
 public:
  using Task = std::function<void()>;

  // `name` (at most 12 characters) is what ps and gdb show. Tasks must not throw.
  Pool(std::string name, size_t threads, size_t queue_limit = 10'000);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  size_t threads() const { return threads_.size(); }
  // False when the queue is full or the pool is stopping; the task was not taken then.
  bool Submit(Task task);
  // Runs body(0) .. body(count - 1), each once, on the pool's threads and the caller's; returns
  // when all are done. Never deadlocks: the caller works too, and alone if need be.
  void ParallelFor(size_t count, const std::function<void(size_t)>& body);

 private:
  void Work(const std::string& name);

  const size_t queue_limit_;
  Mutex mutex_;
  CondVar wake_;
  std::deque<Task> queue_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // fixed after construction
};

}  // namespace narfi
