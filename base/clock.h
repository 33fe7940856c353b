// The clock as a seam: what needs the time asks a Clock, tests turn the hands of a ManualClock.
#pragma once

#include <atomic>
#include <cstdint>

namespace narfi {

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall clock, ns since 1970. May jump.
  virtual int64_t NowNs() const = 0;
  // Never goes back; for deadlines and intervals. ns since some start.
  virtual int64_t MonotonicNs() const = 0;
};

// The machine's clocks. Lives as long as the process.
const Clock& SystemClock();

class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t now_ns) : now_ns_(now_ns) {}
  int64_t NowNs() const override { return now_ns_.load(); }
  int64_t MonotonicNs() const override { return now_ns_.load(); }
  void Advance(int64_t ns) { now_ns_ += ns; }
  void Set(int64_t now_ns) { now_ns_ = now_ns; }

 private:
  std::atomic<int64_t> now_ns_;
};

}  // namespace narfi
