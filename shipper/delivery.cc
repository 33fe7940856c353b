#include "shipper/delivery.h"

#include <chrono>

namespace narfi::shipper {

struct Delivery::Sender {
  std::unique_ptr<net::HttpTransport> transport;
  std::unique_ptr<Pause> pause;
  std::unique_ptr<PushClient> client;
  std::deque<std::shared_ptr<const Batch>> queue;  // under Delivery::mutex_
  std::thread thread;
};

class Delivery::SenderPause final : public Pause {
 public:
  explicit SenderPause(Delivery& delivery) : delivery_(delivery) {}

  bool Wait(int64_t ns) override {
    const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(ns);
    MutexLock lock(delivery_.mutex_);
    while (!delivery_.stopping_) {
      if (delivery_.changed_.wait_until(delivery_.mutex_, until) == std::cv_status::timeout) {
        return !delivery_.stopping_;
      }
    }
    return false;
  }

 private:
  Delivery& delivery_;
};

Delivery::Delivery(const std::vector<config::ClientSettings>& clients,
                   const MakeTransport& make_transport, std::function<void()> wake)
    : wake_(std::move(wake)) {
  for (const config::ClientSettings& settings : clients) {
    auto sender = std::make_unique<Sender>();
    sender->transport = make_transport();
    sender->pause = std::make_unique<SenderPause>(*this);
    sender->client =
        std::make_unique<PushClient>(settings, *sender->transport, *sender->pause, &abort_);
    senders_.push_back(std::move(sender));
  }
  for (const auto& sender : senders_) {
    sender->thread = std::thread([this, &sender = *sender] { Run(sender); });
  }
}

Delivery::~Delivery() { Stop(); }

void Delivery::Offer(std::shared_ptr<const Batch> batch) {
  {
    MutexLock lock(mutex_);
    cost_bytes_ += batch->cost();
    waiting_[batch->number] = senders_.size();
    for (const auto& sender : senders_) sender->queue.push_back(batch);
  }
  changed_.notify_all();
}

void Delivery::Run(Sender& sender) {
  while (const std::shared_ptr<const Batch> batch = NextFor(sender)) {
    if (!sender.client->Send(*batch)) return;
    Finish(batch);
    {
      MutexLock lock(mutex_);
      sender.queue.pop_front();
    }
    changed_.notify_all();
    wake_();
  }
}

// The batch stays in the queue while it is being sent.
std::shared_ptr<const Batch> Delivery::NextFor(Sender& sender) {
  MutexLock lock(mutex_);
  while (!stopping_ && sender.queue.empty()) changed_.wait(mutex_);
  return stopping_ ? nullptr : sender.queue.front();
}

void Delivery::Finish(const std::shared_ptr<const Batch>& batch) {
  MutexLock lock(mutex_);
  const auto waiting = waiting_.find(batch->number);
  if (waiting == waiting_.end() || --waiting->second > 0) return;
  waiting_.erase(waiting);
  cost_bytes_ -= batch->cost();
  done_.push_back(batch->number);
}

std::vector<uint64_t> Delivery::TakeDone() {
  MutexLock lock(mutex_);
  return std::exchange(done_, {});
}

bool Delivery::idle() const {
  MutexLock lock(mutex_);
  return waiting_.empty();
}

size_t Delivery::cost_bytes() const {
  MutexLock lock(mutex_);
  return cost_bytes_;
}

void Delivery::WaitIdle(int64_t ns) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(ns);
  MutexLock lock(mutex_);
  while (!waiting_.empty()) {
    if (changed_.wait_until(mutex_, until) == std::cv_status::timeout) return;
  }
}

void Delivery::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  abort_ = true;
  changed_.notify_all();
  for (const auto& sender : senders_) {
    if (sender->thread.joinable()) sender->thread.join();
  }
}

}  // namespace narfi::shipper
