#include "shipper/delivery.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"

namespace narfi::shipper {

namespace {

std::string StreamKey(const Batch& batch, size_t stream) {
  std::string key = batch.tenant;
  for (const Label& label : batch.streams[stream].labels)
    key.append(1, '\0').append(label.name).append(1, '\0').append(label.value);
  return key;
}

}  // namespace

struct Delivery::Sender {
  std::unique_ptr<net::HttpTransport> transport;
  std::unique_ptr<Pause> pause;
  std::unique_ptr<PushClient> client;
  int64_t held_pause_ns = kHeldPauseNs;
  std::deque<std::shared_ptr<const Batch>> queue;  // under Delivery::mutex_
  std::thread thread;
  // Of the thread alone: what is held, oldest first, as batches of only that; and of which streams.
  std::deque<std::shared_ptr<const Batch>> held;
  std::set<std::string> held_streams;
  std::chrono::steady_clock::time_point retry_at;
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
                   const MakeTransport& make_transport, std::function<void()> wake,
                   int64_t max_age_ns)
    : wake_(std::move(wake)) {
  for (const config::ClientSettings& settings : clients) {
    auto sender = std::make_unique<Sender>();
    sender->transport = make_transport();
    sender->pause = std::make_unique<SenderPause>(*this);
    sender->client = std::make_unique<PushClient>(settings, *sender->transport, *sender->pause,
                                                  &abort_, SystemClock(), max_age_ns);
    sender->held_pause_ns = std::min(kHeldPauseNs, settings.max_backoff_ns);
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
    Waiting& waiting = waiting_[batch->number];
    waiting.clients = senders_.size();
    waiting.cost = batch->cost();
    ++unsent_;
    for (const auto& sender : senders_) sender->queue.push_back(batch);
  }
  changed_.notify_all();
}

void Delivery::Run(Sender& sender) {
  std::shared_ptr<const Batch> batch;
  while (true) {
    const Work work = NextWork(sender, batch);
    if (work == Work::kStop) return;
    const bool going = work == Work::kHeld ? RetryHeld(sender) : SendNext(sender, batch);
    if (!going) return;
    changed_.notify_all();
    wake_();
  }
}

// The batch stays in the queue while it is being sent.
Delivery::Work Delivery::NextWork(Sender& sender, std::shared_ptr<const Batch>& batch) {
  MutexLock lock(mutex_);
  while (!stopping_) {
    if (!sender.held.empty() && std::chrono::steady_clock::now() >= sender.retry_at)
      return Work::kHeld;
    if (!sender.queue.empty()) {
      batch = sender.queue.front();
      return Work::kBatch;
    }
    if (sender.held.empty()) {
      changed_.wait(mutex_);
    } else {
      changed_.wait_until(mutex_, sender.retry_at);
    }
  }
  return Work::kStop;
}

// False when it was stopped before the batch was done with.
bool Delivery::SendNext(Sender& sender, const std::shared_ptr<const Batch>& batch) {
  std::vector<size_t> to_send;
  std::vector<size_t> held;  // behind older lines of their streams
  for (const size_t stream : AllStreams(*batch)) {
    const bool waits = sender.held_streams.count(StreamKey(*batch, stream)) != 0;
    (waits ? held : to_send).push_back(stream);
  }
  if (!to_send.empty() && !sender.client->Send(*batch, to_send)) return false;
  held.insert(held.end(), to_send.begin(), to_send.end());
  if (!held.empty()) {
    if (sender.held.empty()) {
      Log(LogLevel::kWarn,
          "the server refuses some streams for now: their lines wait, all others go on",
          {{"refused", held.size()}, {"answer", sender.client->last_failure()}});
      sender.retry_at =
          std::chrono::steady_clock::now() + std::chrono::nanoseconds(sender.held_pause_ns);
    }
    Hold(sender, CopyStreams(*batch, held));
  }
  Finish(batch->number, held);
  MutexLock lock(mutex_);
  sender.queue.pop_front();
  return true;
}

// Each stream is tried until it is refused once.
bool Delivery::RetryHeld(Sender& sender) {
  const auto begun = std::chrono::steady_clock::now();
  std::set<std::string> refused;
  std::deque<std::shared_ptr<const Batch>> rest;
  std::vector<uint64_t> done;
  bool progress = false;
  for (const auto& batch : sender.held) {
    std::vector<size_t> left;
    for (const size_t stream : AllStreams(*batch)) {
      const std::string key = StreamKey(*batch, stream);
      std::vector<size_t> one = {stream};
      if (refused.count(key) == 0 && !sender.client->Send(*batch, one, 1)) return false;
      if (one.empty()) continue;
      refused.insert(key);
      left.push_back(stream);
    }
    progress = progress || left.size() < batch->streams.size();
    if (left.empty()) {
      done.push_back(batch->number);
    } else {
      rest.push_back(left.size() == batch->streams.size() ? batch : CopyStreams(*batch, left));
    }
  }
  size_t cost = 0;
  for (const auto& batch : std::exchange(sender.held, {})) cost += batch->cost();
  sender.held_streams.clear();
  for (auto& batch : rest) Hold(sender, std::move(batch));
  {
    MutexLock lock(mutex_);
    held_bytes_ -= cost;
  }
  for (const uint64_t number : done) FinishHeld(number);
  if (sender.held.empty()) Log(LogLevel::kInfo, "the server takes every stream again");
  const auto now = std::chrono::steady_clock::now();
  // What the server refuses must not cost more than a tenth of the time.
  const auto pause = std::max<std::chrono::nanoseconds>(
      std::chrono::nanoseconds(sender.held_pause_ns), 10 * (now - begun));
  sender.retry_at = progress ? now : now + pause;
  return true;
}

void Delivery::Hold(Sender& sender, std::shared_ptr<const Batch> batch) {
  for (const size_t stream : AllStreams(*batch))
    sender.held_streams.insert(StreamKey(*batch, stream));
  {
    MutexLock lock(mutex_);
    held_bytes_ += batch->cost();
  }
  sender.held.push_back(std::move(batch));
}

void Delivery::Finish(uint64_t number, const std::vector<size_t>& held) {
  MutexLock lock(mutex_);
  Waiting& waiting = waiting_[number];
  if (!held.empty()) ++waiting.holders;
  waiting.held.insert(waiting.held.end(), held.begin(), held.end());
  if (--waiting.clients > 0) return;
  --unsent_;
  cost_bytes_ -= waiting.cost;
  if (waiting.holders > 0) {
    newly_held_.push_back({number, waiting.held});
  } else {
    waiting_.erase(number);
    done_.push_back(number);
  }
}

void Delivery::FinishHeld(uint64_t number) {
  MutexLock lock(mutex_);
  Waiting& waiting = waiting_[number];
  if (--waiting.holders > 0 || waiting.clients > 0) return;
  waiting_.erase(number);
  done_.push_back(number);
}

std::vector<HeldBatch> Delivery::TakeHeld() {
  MutexLock lock(mutex_);
  return std::exchange(newly_held_, {});
}

std::vector<uint64_t> Delivery::TakeDone() {
  MutexLock lock(mutex_);
  return std::exchange(done_, {});
}

bool Delivery::idle() const {
  MutexLock lock(mutex_);
  return unsent_ == 0;
}

size_t Delivery::cost_bytes() const {
  MutexLock lock(mutex_);
  return cost_bytes_;
}

size_t Delivery::held_bytes() const {
  MutexLock lock(mutex_);
  return held_bytes_;
}

void Delivery::WaitIdle(int64_t ns) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(ns);
  MutexLock lock(mutex_);
  while (unsent_ > 0) {
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
