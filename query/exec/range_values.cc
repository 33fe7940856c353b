// The aggregations of unwrapped values: samples are kept and each window is computed from its own.
#include <algorithm>
#include <cmath>
#include <limits>

#include "query/exec/quantile.h"
#include "query/exec/range_op.h"

namespace narfi::query {
namespace {

struct TimedValue {
  int64_t time_ns = 0;
  double value = 0;
  bool only_counts = false;
};

using Window = std::span<const TimedValue>;  // never empty, by time

double Sum(Window window) {
  double sum = 0;
  for (const TimedValue& sample : window) sum += sample.value;
  return sum;
}

bool HasValue(Window window) {
  return std::any_of(window.begin(), window.end(),
                     [](const TimedValue& sample) { return !sample.only_counts; });
}

double Variance(Window window) {
  double count = 0;
  double mean = 0;
  double squares = 0;
  for (const TimedValue& sample : window) {
    ++count;
    const double delta = sample.value - mean;
    mean += delta / count;
    squares += delta * (sample.value - mean);
  }
  return squares / count;
}

double QuantileOf(Window window, double q) {
  std::vector<double> values;
  values.reserve(window.size());
  for (const TimedValue& sample : window) values.push_back(sample.value);
  return Quantile(std::move(values), q);
}

double Extreme(Window window, bool smallest) {
  double best = window.front().value;
  for (const TimedValue& sample : window) {
    const bool better = smallest ? sample.value < best : sample.value > best;
    if (better || std::isnan(best)) best = sample.value;
  }
  return best;
}

// The increase of a counter per second as Prometheus' rate() has it: resets are added back, and the
// increase between the first and the last sample is extended to the window's ends, by at most half
// of the usual distance where samples stop early, and never below zero.
double CounterRate(Window window, int64_t begin_ns, int64_t end_ns) {
  if (window.size() < 2) return 0;
  double increase = window.back().value - window.front().value;
  for (size_t i = 1; i < window.size(); ++i) {
    if (window[i].value < window[i - 1].value) increase += window[i - 1].value;
  }
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
    for (const RangeSample& sample : samples) {
      if (windows_.StepsOf(sample.time_ns).empty()) continue;
      if (sample.series >= series_.size()) series_.resize(sample.series + 1);
      series_[sample.series].push_back({sample.time_ns, sample.value, sample.only_counts});
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
    std::stable_sort(samples.begin(), samples.end(), [](const TimedValue& a, const TimedValue& b) {
      return a.time_ns < b.time_ns;
    });
    size_t first = 0;
    size_t behind = 0;
    for (size_t step = 0; step < out.values.size(); ++step) {
      const int64_t end =
          SaturatingAdd(windows_.grid.time(static_cast<int64_t>(step)), -windows_.offset_ns);
      const int64_t begin = SaturatingAdd(end, -windows_.range_ns);
      while (behind < samples.size() && samples[behind].time_ns <= end) ++behind;
      while (first < behind && samples[first].time_ns <= begin) ++first;
      if (HasValue(Window(samples).subspan(first, behind - first)))
        out.Set(step, Compute(Window(samples).subspan(first, behind - first), begin, end));
    }
  }

 private:
  double Compute(Window window, int64_t begin_ns, int64_t end_ns) const {
    switch (op_) {
      case logql::RangeOp::kRate:
        return Sum(window) / (static_cast<double>(windows_.range_ns) / 1e9);
      case logql::RangeOp::kRateCounter:
        return CounterRate(window, begin_ns, end_ns);
      case logql::RangeOp::kSumOverTime:
        return Sum(window);
      case logql::RangeOp::kAvgOverTime:
        return Sum(window) / static_cast<double>(window.size());
      case logql::RangeOp::kMinOverTime:
        return Extreme(window, true);
      case logql::RangeOp::kMaxOverTime:
        return Extreme(window, false);
      case logql::RangeOp::kStdvarOverTime:
        return Variance(window);
      case logql::RangeOp::kStddevOverTime:
        return std::sqrt(Variance(window));
      case logql::RangeOp::kQuantileOverTime:
        return QuantileOf(window, param_);
      case logql::RangeOp::kFirstOverTime:
        return window.front().value;
      case logql::RangeOp::kLastOverTime:
        return window.back().value;
      default:
        return std::numeric_limits<double>::quiet_NaN();
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
