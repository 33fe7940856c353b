// The senders: a thread and a queue for each client.
//
// What a server refuses for now (push_client.h) is held: its streams wait beside the queue, and so
// do later lines of the same streams, while everything else goes on. Held streams are tried again
// every kHeldPauseNs, each alone and its oldest lines first, until the server takes them.
//
// Order:     each client sends the lines of a stream in the order they were offered. A batch of
// which
//            something is held is done later than those behind it.
// Threads:   Offer, TakeDone, TakeHeld and Stop from one thread; the senders' own threads inside.
// Limits:    queues and what is held are bounded by whoever offers, by cost_bytes() and
// held_bytes():
//            the reading thread pauses.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "base/duration.h"
#include "base/thread_annotations.h"
#include "config/shipper_settings.h"
#include "shipper/push_client.h"

namespace narfi::shipper {

constexpr int64_t kHeldPauseNs = 10 * kSecond;  // no longer than the client's longest backoff

// A batch of which all is done but these streams.
struct HeldBatch {
  uint64_t number = 0;
  std::vector<size_t> streams;
};

// Takes sealed batches and says when they are done. The seam for tests of what reads.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void Offer(std::shared_ptr<const Batch> batch) = 0;
  // The numbers of batches done since the last call.
  virtual std::vector<uint64_t> TakeDone() = 0;
  // Batches that no client sends any more, but of which something is held, since the last call.
  virtual std::vector<HeldBatch> TakeHeld() = 0;
  // True when nothing waits or is being sent but what is held.
  virtual bool idle() const = 0;
  // Memory of batches offered and neither done nor held.
  virtual size_t cost_bytes() const = 0;
  // Memory of what is held.
  virtual size_t held_bytes() const = 0;
};

class Delivery final : public Outlet {
 public:
  using MakeTransport = std::function<std::unique_ptr<net::HttpTransport>()>;

  // `wake` is called from a sender's thread when a batch is done; it must not block.
  // `max_age_ns`: as in PushClient.
  Delivery(const std::vector<config::ClientSettings>& clients, const MakeTransport& make_transport,
           std::function<void()> wake, int64_t max_age_ns = 0);
  ~Delivery() override;

  void Offer(std::shared_ptr<const Batch> batch) override;
  std::vector<uint64_t> TakeDone() override;
  std::vector<HeldBatch> TakeHeld() override;
  bool idle() const override;
  size_t cost_bytes() const override;
  size_t held_bytes() const override;

  // Waits until everything offered is done or held, at most `ns`.
  void WaitIdle(int64_t ns);
  // Cuts pauses and requests short and joins the threads. What is not done stays undone.
  void Stop();

 private:
  struct Sender;
  class SenderPause;
  enum class Work : uint8_t { kBatch, kHeld, kStop };
  // Of a batch: which clients have not sent it yet, and which hold some of its streams.
  struct Waiting {
    size_t clients = 0;
    size_t holders = 0;
    size_t cost = 0;
    std::vector<size_t> held;  // streams
  };
  void Run(Sender& sender);
  Work NextWork(Sender& sender, std::shared_ptr<const Batch>& batch);
  bool SendNext(Sender& sender, const std::shared_ptr<const Batch>& batch);
  bool RetryHeld(Sender& sender);
  void Finish(uint64_t number, const std::vector<size_t>& held);
  void FinishHeld(uint64_t number);
  void Hold(Sender& sender, std::shared_ptr<const Batch> batch);

  const std::function<void()> wake_;
  std::atomic<bool> abort_ = false;
  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  size_t cost_bytes_ GUARDED_BY(mutex_) = 0;
  size_t held_bytes_ GUARDED_BY(mutex_) = 0;
  size_t unsent_ GUARDED_BY(mutex_) = 0;  // batches that some client has not sent yet
  std::map<uint64_t, Waiting> waiting_ GUARDED_BY(mutex_);  // by number of the batch
  std::vector<uint64_t> done_ GUARDED_BY(mutex_);
  std::vector<HeldBatch> newly_held_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Sender>>
      senders_;  // fixed after construction; their queues under mutex_
};

}  // namespace narfi::shipper
