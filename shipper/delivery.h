// The senders: a thread and a queue for each client.
//
// Order:     each client sends batches in the order they were offered, so batches are done in that
//            order too.
// Threads:   Offer, TakeDone and Stop from one thread; the senders' own threads inside.
// Limits:    queues are bounded by whoever offers, by cost_bytes(): the reading thread pauses.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "base/thread_annotations.h"
#include "config/shipper_settings.h"
#include "shipper/push_client.h"

namespace narfi::shipper {

// Takes sealed batches and says when they are done. The seam for tests of what reads.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void Offer(std::shared_ptr<const Batch> batch) = 0;
  // The numbers of batches done since the last call, in order.
  virtual std::vector<uint64_t> TakeDone() = 0;
  // True when nothing waits or is being sent.
  virtual bool idle() const = 0;
  // Memory of batches offered and not done.
  virtual size_t cost_bytes() const = 0;
};

class Delivery final : public Outlet {
 public:
  using MakeTransport = std::function<std::unique_ptr<net::HttpTransport>()>;

  // `wake` is called from a sender's thread when a batch is done; it must not block.
  Delivery(const std::vector<config::ClientSettings>& clients, const MakeTransport& make_transport,
           std::function<void()> wake);
  ~Delivery() override;

  void Offer(std::shared_ptr<const Batch> batch) override;
  std::vector<uint64_t> TakeDone() override;
  bool idle() const override;
  size_t cost_bytes() const override;

  // Waits until everything offered is done, at most `ns`.
  void WaitIdle(int64_t ns);
  // Cuts pauses and requests short and joins the threads. What is not done stays undone.
  void Stop();

 private:
  struct Sender;
  class SenderPause;
  void Run(Sender& sender);
  std::shared_ptr<const Batch> NextFor(Sender& sender);
  void Finish(const std::shared_ptr<const Batch>& batch);

  const std::function<void()> wake_;
  std::atomic<bool> abort_ = false;
  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  size_t cost_bytes_ GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, size_t> waiting_ GUARDED_BY(mutex_);  // batch -> clients that have it still
  std::vector<uint64_t> done_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Sender>>
      senders_;  // fixed after construction; their queues under mutex_
};

}  // namespace narfi::shipper
