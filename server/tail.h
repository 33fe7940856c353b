// One live tail: first what is stored, then what comes, to one client.
//
//   history: the newest `limit` entries since `start`, of a snapshot; from the very moment that it
//            shows the queue keeps what comes, so that no line is missed or sent twice
//   live:    whatever is due in the queue goes through the query's pipeline and out, one message on
//            its way at a time; while the client does not take it, the queue fills and then drops
//
// Ownership: shared by the callbacks of its client and by running tasks; the hub knows it for as
//            long as it lives.
// Threads:   safe from any.
// Limits:    the queue's, and one message with what it was made from.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/thread_annotations.h"
#include "query/exec/engine.h"
#include "server/services.h"
#include "server/tail_client.h"
#include "server/tail_queue.h"

namespace narfi::server {

struct TailRequest {
  query::Request query;         // tenant, expr (a log selector), start_ns, limit, categorize
  query::QueryContext context;  // of the history
  TailFramesMaker make_frames;
  int64_t delay_ns = 0;
};

constexpr uint64_t kDefaultTailEntries = 100;  // of what is stored

// Reads the text of `tail.query` and holds it to the limits of the tenant; sets what does not hang
// on how it was asked.
Status PrepareTail(const Services& services, const ReadCall& call, TailRequest& tail);

class Tail : public std::enable_shared_from_this<Tail> {
 public:
  // `pool` runs the pipeline of what comes; everything is borrowed.
  Tail(const Services& services, Pool& pool, TailRequest request, uint64_t max_queue_bytes);
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  // Begins the history. `ready` is called once: when everything that comes from now on will be
  // sent, so that the client may be told that it is connected, or with what went wrong.
  void Begin(std::function<void(const Status&)> ready);
  // Sends the history and goes on with what comes, until the client is gone.
  void Open(std::unique_ptr<TailClient> client);
  // True when it has ended.
  bool is_over() const { return is_over_; }

  // Whether the stream is one that is tailed.
  bool Wants(StreamId id, const Labels& labels);
  TailQueue& queue() { return queue_; }
  // Sends what is due, unless that is going on already; ends a tail that is too old.
  void Tick(int64_t now_monotonic_ns);
  // Takes nothing new, sends all that waits, due or not, and then tells the client that the server
  // stops.
  void Stop();

 private:
  void RunHistory(const std::function<void(const Status&)>& ready);
  // The history is there, or the client: the second of both goes to work.
  void Arrive();
  // Ends it, for the client to read why.
  void End(const std::string& reason);
  // Sends the next message, and so on until nothing is due. By whoever has busy_.
  void Work();
  void GoOn();
  bool HasWork() const;
  // What is due by then is sent.
  int64_t DueBy() const;
  // Nothing is left to do: by whoever has busy_.
  void Rest();
  Result<std::unique_ptr<TailFrames>> MakeFrames(TailQueue::Batch batch) const;

  const Services& services_;
  Pool& pool_;
  const TailRequest request_;
  const std::vector<LabelPredicate> predicates_;
  TailQueue queue_;
  const int64_t end_ns_;  // monotonic

  std::atomic<int> arrived_ = 0;   // of history and client
  std::atomic<bool> busy_ = true;  // somebody works, or a message is on its way
  std::atomic<bool> is_over_ = false;
  std::atomic<bool> stopping_ = false;
  // Of whoever has busy_; until both have arrived each of its own thread.
  std::unique_ptr<TailClient> client_;
  std::unique_ptr<TailFrames> frames_;
  std::string failure_;  // why the history is missing

  Mutex mutex_;
  std::unordered_map<StreamId, bool> wanted_ GUARDED_BY(mutex_);
};

}  // namespace narfi::server
