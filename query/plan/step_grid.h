// The points in time that a metric query answers for, and the windows of its range aggregations.
//
// Times saturate at the ends of int64_t. Threads: values.
#pragma once

#include <algorithm>
#include <cstdint>

namespace narfi::query {

constexpr int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? INT64_MAX : INT64_MIN;
}

// start, start + step, ...: `count` of them.
struct StepGrid {
  int64_t start_ns = 0;
  int64_t step_ns = 1;
  int64_t count = 1;

  int64_t time(int64_t index) const { return start_ns + index * step_ns; }
  int64_t last_ns() const { return time(count - 1); }
};

// Steps [first, last]; empty when last < first.
struct StepSpan {
  int64_t first = 0;
  int64_t last = -1;
  bool empty() const { return last < first; }
  bool operator==(const StepSpan&) const = default;
};

// The window of the step at T is (T - offset - range, T - offset].
struct Windows {
  StepGrid grid;
  int64_t range_ns = 0;
  int64_t offset_ns = 0;

  // The steps whose windows hold an entry of this time.
  StepSpan StepsOf(int64_t time_ns) const {
    const int64_t shifted = SaturatingAdd(SaturatingAdd(time_ns, offset_ns), -grid.start_ns);
    const int64_t first = CeilDiv(shifted, grid.step_ns);
    const int64_t last = CeilDiv(SaturatingAdd(shifted, range_ns), grid.step_ns) - 1;
    return {std::clamp<int64_t>(first, 0, grid.count),
            std::clamp<int64_t>(last, -1, grid.count - 1)};
  }

  // The next time behind `time_ns` from which on entries lie in other windows; INT64_MAX: never.
  int64_t NextBorder(int64_t time_ns) const {
    const int64_t last = SaturatingAdd(grid.start_ns, -offset_ns);
    return std::min(NextOf(last, time_ns), NextOf(SaturatingAdd(last, -range_ns), time_ns));
  }

  // Every entry of a window lies in [begin, end).
  int64_t begin_ns() const {
    return SaturatingAdd(SaturatingAdd(SaturatingAdd(grid.start_ns, -offset_ns), -range_ns), 1);
  }
  int64_t end_ns() const { return SaturatingAdd(SaturatingAdd(grid.last_ns(), -offset_ns), 1); }

 private:
  // The first of base + 1, base + 1 + step, ... (one a step of the grid) that is later than a time.
  int64_t NextOf(int64_t base, int64_t time_ns) const {
    if (base == INT64_MAX) return INT64_MAX;
    int64_t behind = 0;
    if (__builtin_sub_overflow(time_ns, base, &behind)) behind = time_ns < base ? 0 : INT64_MAX;
    const int64_t k = behind < 1 ? 0 : (behind - 1) / grid.step_ns + 1;
    int64_t next = 0;
    if (k >= grid.count || __builtin_mul_overflow(k, grid.step_ns, &next)) return INT64_MAX;
    return SaturatingAdd(next, base + 1);
  }
  static constexpr int64_t CeilDiv(int64_t a, int64_t b) { return a / b + (a % b > 0 ? 1 : 0); }
};

// The steps of times that ascend, without a division for each.
class StepCursor {
 public:
  explicit StepCursor(const Windows& windows) : windows_(windows) {}

  const StepSpan& At(int64_t time_ns) {
    if (time_ns < next_ns_ && started_) return steps_;
    started_ = true;
    steps_ = windows_.StepsOf(time_ns);
    next_ns_ = windows_.NextBorder(time_ns);
    return steps_;
  }

 private:
  const Windows windows_;
  bool started_ = false;
  int64_t next_ns_ = INT64_MIN;
  StepSpan steps_;
};

}  // namespace narfi::query
