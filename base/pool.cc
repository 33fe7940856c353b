#include "base/pool.h"

#include <pthread.h>

#include <atomic>
#include <memory>

namespace narfi {

Pool::Pool(std::string name, size_t threads, size_t queue_limit) : queue_limit_(queue_limit) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, own = name + "-" + std::to_string(i)] { Work(own); });
  }
}

Pool::~Pool() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Pool::Submit(Task task) {
  {
    const MutexLock lock(mutex_);
    if (stopping_ || queue_.size() >= queue_limit_) return false;
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void Pool::Work(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  for (;;) {
    Task task;
    {
      const MutexLock lock(mutex_);
      while (!stopping_ && queue_.empty()) wake_.wait(mutex_);
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

void Pool::ParallelFor(size_t count, const std::function<void(size_t)>& body) {
  // Shared by the caller and the helpers that get a turn; a helper that comes late finds no work
  // and touches nothing but this block.
  struct Shared {
    std::function<void(size_t)> body;
    size_t count = 0;
    std::atomic<size_t> next = 0;
    std::atomic<size_t> done = 0;
    Mutex mutex;
    CondVar all_done;
  };
  if (count == 0) return;
  const auto shared = std::make_shared<Shared>();
  shared->body = body;
  shared->count = count;
  const auto work = [](Shared& s) {
    for (size_t i = s.next++; i < s.count; i = s.next++) {
      s.body(i);
      if (++s.done == s.count) {
        const MutexLock lock(s.mutex);
        s.all_done.notify_all();
      }
    }
  };
  for (size_t i = 1; i < count && i <= threads_.size(); ++i) {
    if (!Submit([shared, work] { work(*shared); })) break;
  }
  work(*shared);
  const MutexLock lock(shared->mutex);
  while (shared->done != shared->count) shared->all_done.wait(shared->mutex);
}

}  // namespace narfi
