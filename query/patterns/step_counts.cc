#include "query/patterns/step_counts.h"

#include <algorithm>

namespace narfi::query {

void StepCounts::Add(int64_t step, uint64_t lines) {
  if (!counts_.empty() && counts_.back().first == step) {
    counts_.back().second += lines;
    return;
  }
  const auto end = counts_.begin() + static_cast<ptrdiff_t>(settled_);
  if (settled_ > 0 && step <= counts_[settled_ - 1].first) {
    const auto at =
        std::lower_bound(counts_.begin(), end, std::pair<int64_t, uint64_t>(step, 0),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
    if (at != end && at->first == step) {
      at->second += lines;
      return;
    }
  } else if (settled_ == counts_.size()) {
    ++settled_;
  }
  counts_.emplace_back(step, lines);
  if (counts_.size() - settled_ > settled_ + 16) Settle();
}

void StepCounts::Add(const StepCounts& other) {
  for (const auto& [step, lines] : other.counts_) Add(step, lines);
}

void StepCounts::Settle() {
  std::sort(counts_.begin(), counts_.end());
  size_t kept = 0;
  for (const auto& [step, lines] : counts_) {
    if (kept > 0 && counts_[kept - 1].first == step) {
      counts_[kept - 1].second += lines;
    } else {
      counts_[kept++] = {step, lines};
    }
  }
  counts_.resize(kept);
  settled_ = kept;
}

StepCounts::Counts StepCounts::Take() {
  Settle();
  settled_ = 0;
  return std::exchange(counts_, {});
}

}  // namespace narfi::query
