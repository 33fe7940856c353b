// Windows that slide over samples, folded in O(1) a sample and a step, without subtracting.
//
// Two stacks in one array (the "two-stacks" queue, e.g. Tangwongsan, Hirzel, Schneider,
// "Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time", DEBS 2017, section 2): what
// lies before `middle` is kept as folds up to `middle`, what lies behind it as one fold. When the
// window has left the middle behind, the folds are made anew, so that a sample is folded at most
// twice. Nothing is ever taken out of a sum, and so nothing of its precision is lost.
//
// Fold:      a type with `Fold(sample)` -> Fold by construction, and `void Append(const Fold&)`,
// which
//            is associative; default construction is the neutral element.
// Ownership: borrows the samples.
// Threads:   none.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace narfi::query {

template <class Fold, class Sample>
class SlidingFold {
 public:
  explicit SlidingFold(std::span<const Sample> samples) : samples_(samples) {}

  // The samples [first, behind); neither end ever goes back.
  Fold Move(size_t first, size_t behind) {
    for (; behind_ < behind; ++behind_) back_.Append(Fold(samples_[behind_]));
    if (first >= middle_) Turn(first);
    if (first >= middle_) return back_;
    Fold out = front_[middle_ - 1 - first];
    out.Append(back_);
    return out;
  }

 private:
  // Everything in the window goes to the front.
  void Turn(size_t first) {
    front_.clear();
    middle_ = behind_;
    Fold fold;
    for (size_t i = behind_; i > first; --i) {
      Fold earlier(samples_[i - 1]);
      earlier.Append(fold);
      fold = earlier;
      front_.push_back(fold);
    }
    back_ = Fold();
  }

  std::span<const Sample> samples_;
  std::vector<Fold> front_;  // front_[k]: the k + 1 samples that end at middle_
  Fold back_;                // [middle_, behind_)
  size_t middle_ = 0;
  size_t behind_ = 0;
};

}  // namespace narfi::query
