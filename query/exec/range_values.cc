// The aggregations of unwrapped values: samples are kept until all are there, then windows slide
// over them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "query/exec/quantile.h"
#include "query/exec/range_op.h"
#include "query/exec/sliding_fold.h"
#include "query/exec/sort_runs.h"

namespace narfi::query {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct TimedValue {
  int64_t time_ns = 0;
  double value = 0;
  uint32_t stream = 0;
  bool only_counts = false;

  bool IsBefore(const TimedValue& other) const {
    return time_ns != other.time_ns ? time_ns < other.time_ns : stream < other.stream;
  }
};

using Window = std::span<const TimedValue>;  // never empty, by time, then by stream

// ------------------------------------------------------------------ folds

struct SumFold {
  double sum = 0;
  SumFold() = default;
  explicit SumFold(const TimedValue& sample) : sum(sample.value) {}
  void Append(const SumFold& later) { sum += later.sum; }
};

// NaN gives way to any number.
template <bool kSmallest>
struct ExtremeFold {
  double best = kNaN;
  ExtremeFold() = default;
  explicit ExtremeFold(const TimedValue& sample) : best(sample.value) {}
  void Append(const ExtremeFold& later) {
    const bool better = kSmallest ? later.best < best : later.best > best;
    if (better || std::isnan(best)) best = later.best;
  }
};

// Count, mean and squared distances of two parts give those of the whole (Chan, Golub, LeVeque,
// "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979).
struct VarianceFold {
  double count = 0;
  double mean = 0;
  double squares = 0;
  VarianceFold() = default;
  explicit VarianceFold(const TimedValue& sample)
      : count(1), mean(sample.value), squares(sample.value - sample.value) {}
  void Append(const VarianceFold& later) {
    if (later.count == 0) return;
    const double total = count + later.count;
    const double delta = later.mean - mean;
    squares += later.squares + delta * delta * (count * later.count / total);
    mean += delta * (later.count / total);
    count = total;
  }
  double variance() const { return squares / count; }
};

// ------------------------------------------------------------------ whole windows

double QuantileOf(Window window, double q) {
  std::vector<double> values;
  values.reserve(window.size());
  for (const TimedValue& sample : window) values.push_back(sample.value);
  return Quantile(std::move(values), q);
}

// The increase of a counter per second as Prometheus' rate() has it: resets are added back, and the
// increase between the first and the last sample is extended to the window's ends, by at most half
// of the usual distance where samples stop early, and never below zero.
double CounterRate(Window window, double resets, int64_t begin_ns, int64_t end_ns) {
  if (window.size() < 2) return 0;
  const double increase = window.back().value - window.front().value + resets;
  const double sampled = static_cast<double>(window.back().time_ns - window.front().time_ns) / 1e9;
  if (sampled == 0) return 0;
  double to_start = static_cast<double>(window.front().time_ns - begin_ns) / 1e9;
  double to_end = static_cast<double>(end_ns - window.back().time_ns) / 1e9;
  const double distance = sampled / static_cast<double>(window.size() - 1);
  if (increase > 0 && window.front().value >= 0) {
    to_start = std::min(to_start, sampled * (window.front().value / increase));
  }
  const double threshold = distance * 1.1;
  double covered = sampled;
  covered += to_start < threshold ? to_start : distance / 2;
  covered += to_end < threshold ? to_end : distance / 2;
  return increase * (covered / sampled) / (static_cast<double>(end_ns - begin_ns) / 1e9);
}

class ValuesAccumulator final : public RangeAccumulator {
 public:
  ValuesAccumulator(const logql::RangeAggregation& node, const Windows& windows,
                    QueryMonitor& monitor)
      : op_(node.op), param_(node.param.value_or(0)), windows_(windows), monitor_(monitor) {}

  Status Add(std::span<const RangeSample> samples) override {
    StepCursor cursor(windows_);
    for (const RangeSample& sample : samples) {
      if (cursor.At(sample.time_ns).empty()) continue;
      if (sample.series >= series_.size()) series_.resize(sample.series + 1);
      series_[sample.series].push_back(
          {sample.time_ns, sample.value, sample.stream, sample.only_counts});
    }
    return monitor_.AddMemory(static_cast<int64_t>(samples.size() * sizeof(TimedValue)));
  }

  Status Merge(RangeAccumulator& other, const std::vector<uint32_t>& series) override {
    auto& from = static_cast<ValuesAccumulator&>(other);
    for (uint32_t i = 0; i < from.series_.size(); ++i) {
      if (series[i] >= series_.size()) series_.resize(series[i] + 1);
      auto& to = series_[series[i]];
      to.insert(to.end(), from.series_[i].begin(), from.series_[i].end());
    }
    return {};
  }

  void Finish(uint32_t series, StepSeries& out) override {
    if (series >= series_.size()) return;
    std::vector<TimedValue>& samples = series_[series];
    SortRuns(samples, [](const TimedValue& a, const TimedValue& b) { return a.IsBefore(b); });
    FinishSorted(samples, out);
  }

 private:
  struct Place {
    size_t first = 0;
    size_t behind = 0;
    int64_t begin_ns = 0;
    int64_t end_ns = 0;
  };

  void FinishSorted(Window samples, StepSeries& out) const {
    using Op = logql::RangeOp;
    const double seconds = static_cast<double>(windows_.range_ns) / 1e9;
    const auto part = [&](const Place& at) {
      return samples.subspan(at.first, at.behind - at.first);
    };
    switch (op_) {
      case Op::kRate:
        return Slide<SumFold>(samples, out,
                              [&](const SumFold& f, const Place&) { return f.sum / seconds; });
      case Op::kSumOverTime:
        return Slide<SumFold>(samples, out, [](const SumFold& f, const Place&) { return f.sum; });
      case Op::kAvgOverTime:
        return Slide<SumFold>(samples, out, [](const SumFold& f, const Place& at) {
          return f.sum / static_cast<double>(at.behind - at.first);
        });
      case Op::kMinOverTime:
        return Slide<ExtremeFold<true>>(samples, out,
                                        [](const auto& f, const Place&) { return f.best; });
      case Op::kMaxOverTime:
        return Slide<ExtremeFold<false>>(samples, out,
                                         [](const auto& f, const Place&) { return f.best; });
      case Op::kStdvarOverTime:
        return Slide<VarianceFold>(samples, out,
                                   [](const auto& f, const Place&) { return f.variance(); });
      case Op::kStddevOverTime:
        return Slide<VarianceFold>(
            samples, out, [](const auto& f, const Place&) { return std::sqrt(f.variance()); });
      case Op::kRateCounter:
        return FinishCounter(samples, out);
      case Op::kQuantileOverTime:
        return EachWindow(samples, out,
                          [&](const Place& at) { return QuantileOf(part(at), param_); });
      case Op::kFirstOverTime:
        return EachWindow(samples, out, [&](const Place& at) { return samples[at.first].value; });
      default:
        return EachWindow(samples, out,
                          [&](const Place& at) { return samples[at.behind - 1].value; });
    }
  }

  // What was lost at resets slides like a sum; the first sample of a window has no reset before it.
  void FinishCounter(Window samples, StepSeries& out) const {
    std::vector<TimedValue> resets(samples.begin(), samples.end());
    for (size_t i = 0; i < resets.size(); ++i) {
      const bool reset = i > 0 && samples[i].value < samples[i - 1].value;
      resets[i].value = reset ? samples[i - 1].value : 0;
    }
    SlidingFold<SumFold, TimedValue> slide(resets);
    EachWindow(samples, out, [&](const Place& at) {
      return CounterRate(samples.subspan(at.first, at.behind - at.first),
                         slide.Move(at.first + 1, at.behind).sum, at.begin_ns, at.end_ns);
    });
  }

  template <class Fold, class Value>
  void Slide(Window samples, StepSeries& out, Value&& value) const {
    SlidingFold<Fold, TimedValue> slide(samples);
    EachWindow(samples, out,
               [&](const Place& at) { return value(slide.Move(at.first, at.behind), at); });
  }

  // Sets the value of each step whose window holds a sample that has one.
  template <class Value>
  void EachWindow(Window samples, StepSeries& out, Value&& value) const {
    Place at;
    size_t with_value = 0;
    for (size_t step = 0; step < out.values.size(); ++step) {
      at.end_ns =
          SaturatingAdd(windows_.grid.time(static_cast<int64_t>(step)), -windows_.offset_ns);
      at.begin_ns = SaturatingAdd(at.end_ns, -windows_.range_ns);
      for (; at.behind < samples.size() && samples[at.behind].time_ns <= at.end_ns; ++at.behind)
        with_value += samples[at.behind].only_counts ? 0 : 1;
      for (; at.first < at.behind && samples[at.first].time_ns <= at.begin_ns; ++at.first)
        with_value -= samples[at.first].only_counts ? 0 : 1;
      if (with_value > 0) out.Set(step, value(at));
    }
  }

  const logql::RangeOp op_;
  const double param_;
  const Windows windows_;
  QueryMonitor& monitor_;
  std::vector<std::vector<TimedValue>> series_;
};

}  // namespace

std::unique_ptr<RangeAccumulator> MakeRangeValues(const logql::RangeAggregation& node,
                                                  const Windows& windows, QueryMonitor& monitor) {
  return std::make_unique<ValuesAccumulator>(node, windows, monitor);
}

}  // namespace narfi::query
