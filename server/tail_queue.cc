#include "server/tail_queue.h"

#include <algorithm>

#include "base/metrics.h"

namespace narfi::server {

int64_t TailQueue::Waiting::DueNs(int64_t delay_ns) const {
  if (delay_ns == 0) return INT64_MIN;
  return std::min(TimeNs(), chunk->arrived_ns) + delay_ns;
}

void TailQueue::Start() {
  const MutexLock lock(mutex_);
  started_ = true;
  waiting_.clear();
  dropped_.clear();
  bytes_ = 0;
}

void TailQueue::Stop() {
  const MutexLock lock(mutex_);
  started_ = false;
}

void TailQueue::Push(const std::shared_ptr<const TailChunk>& chunk) {
  const MutexLock lock(mutex_);
  if (!started_) return;
  if (bytes_ + chunk->bytes > options_.max_bytes) return Drop({chunk, 0});
  waiting_.push_back({chunk, 0});
  bytes_ += chunk->bytes;
}

void TailQueue::Drop(const Waiting& waiting) {
  static auto dropped = CounterMetric("narfi_tail_dropped_entries_total",
                                      "Entries that live tails were too slow to take.");
  const auto& rows = waiting.chunk->rows;
  dropped.Increment(static_cast<double>(rows.size() - waiting.next));
  for (size_t i = waiting.next; i < rows.size() && dropped_.size() < kMaxDropped; ++i)
    dropped_.push_back({waiting.chunk->labels, rows[i].time_ns});
}

void TailQueue::DropAll() {
  const MutexLock lock(mutex_);
  for (const Waiting& waiting : waiting_) Drop(waiting);
  waiting_.clear();
  bytes_ = 0;
}

bool TailQueue::HasDue(int64_t now_ns) const {
  const MutexLock lock(mutex_);
  return !dropped_.empty() || std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& w) {
    return w.DueNs(options_.delay_ns) <= now_ns;
  });
}

TailQueue::Batch TailQueue::Take(int64_t now_ns, size_t max_rows, uint64_t max_bytes) {
  const MutexLock lock(mutex_);
  Batch batch;
  batch.dropped = std::move(dropped_);
  dropped_.clear();
  // A heap of the chunks by the time of their next row; the number keeps equal times in order.
  std::vector<std::pair<int64_t, size_t>> heap;
  for (size_t i = 0; i < waiting_.size(); ++i) {
    if (waiting_[i].DueNs(options_.delay_ns) <= now_ns) heap.emplace_back(waiting_[i].TimeNs(), i);
  }
  std::make_heap(heap.begin(), heap.end(), std::greater<>());
  uint64_t bytes = 0;
  while (!heap.empty() && batch.rows.size() < max_rows) {
    std::pop_heap(heap.begin(), heap.end(), std::greater<>());
    Waiting& waiting = waiting_[heap.back().second];
    bytes += waiting.chunk->rows[waiting.next].line.size();
    if (bytes > max_bytes && !batch.rows.empty()) break;
    batch.rows.push_back({waiting.chunk, waiting.next++});
    if (waiting.next < waiting.chunk->rows.size() && waiting.DueNs(options_.delay_ns) <= now_ns) {
      heap.back().first = waiting.TimeNs();
      std::push_heap(heap.begin(), heap.end(), std::greater<>());
    } else {
      heap.pop_back();
    }
  }
  uint64_t taken_bytes = 0;
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    if (waiting.next < waiting.chunk->rows.size()) return false;
    taken_bytes += waiting.chunk->bytes;
    return true;
  });
  bytes_ -= taken_bytes;
  return batch;
}

uint64_t TailQueue::bytes() const {
  const MutexLock lock(mutex_);
  return bytes_;
}

}  // namespace narfi::server
