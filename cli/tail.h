// Follows a log query: asks again and again for what is new.
//
// Lines of several senders do not come in order of time. So each round asks once more for the last
// kOverlapNs and leaves out what was given; a line that arrives no later than that is not missed.
//
// Threads: one at a time.
// Limits:  holds a hash of each line of the last kOverlapNs.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "cli/pager.h"

namespace narfi::cli {

class Tail {
 public:
  static constexpr int64_t kOverlapNs = 5 * kSecond;
  // Senders' clocks may be ahead of ours by so much.
  static constexpr int64_t kAheadNs = 10 * kMinute;

  // `first`: what was given before following began; its end is where following starts.
  Tail(RangeQuery query, uint64_t batch, int64_t delay_ns, const Clock& clock, Pager::Fetch fetch)
      : query_(std::move(query)),
        batch_(batch),
        delay_ns_(delay_ns),
        clock_(clock),
        fetch_(std::move(fetch)) {}

  // The last `limit` lines of the range, oldest first.
  Result<QueryAnswer> Begin(uint64_t limit);
  // Drops from an answer that came otherwise what was given before.
  void DropGiven(QueryAnswer& answer);
  // Lets go of what lies before ResumeNs().
  void Forget() { ForgetBefore(ResumeNs()); }
  // Where an answer must start so that nothing is missed after what was given.
  int64_t ResumeNs() const;

  // Lines that are new since, oldest first, page by page through `give`, which says whether to go
  // on.
  Status Poll(const std::function<bool(const QueryAnswer&)>& give);

 private:
  int64_t EndNs() const { return clock_.NowNs() - delay_ns_ + (delay_ns_ == 0 ? kAheadNs : 0); }
  void ForgetBefore(int64_t time_ns);

  RangeQuery query_;
  const uint64_t batch_;
  const int64_t delay_ns_;
  const Clock& clock_;
  const Pager::Fetch fetch_;
  int64_t newest_ns_ = 0;
  std::unordered_map<uint64_t, int64_t> given_;  // hash of time and line -> time
};

}  // namespace narfi::cli
