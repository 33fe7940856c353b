// quantile_over_time where no two windows share an entry: values are kept by step, in no order.
#include <algorithm>

#include "query/exec/quantile.h"
#include "query/exec/range_op.h"

namespace narfi::query {
namespace {

class QuantileAccumulator final : public RangeAccumulator {
 public:
  QuantileAccumulator(const logql::RangeAggregation& node, const Windows& windows,
                      QueryMonitor& monitor)
      : param_(node.param.value_or(0)), windows_(windows), monitor_(monitor) {}

  Status Add(std::span<const RangeSample> samples) override {
    StepCursor cursor(windows_);
    for (const RangeSample& sample : samples) {
      const StepSpan& steps = cursor.At(sample.time_ns);
      if (steps.empty()) continue;
      NARFI_TRY(MakeRoom(sample.series));
      std::vector<double>& values = series_[sample.series][static_cast<size_t>(steps.first)];
      const size_t room = values.capacity();
      values.push_back(sample.value);
      if (const size_t more = values.capacity() - room; more > 0)
        NARFI_TRY(monitor_.AddMemory(static_cast<int64_t>(more * sizeof(double))));
    }
    return {};
  }

  Status Merge(RangeAccumulator& other, const std::vector<uint32_t>& series) override {
    auto& from = static_cast<QuantileAccumulator&>(other);
    for (uint32_t i = 0; i < from.series_.size(); ++i) {
      if (from.series_[i].empty()) continue;
      NARFI_TRY(MakeRoom(series[i]));
      for (size_t step = 0; step < from.series_[i].size(); ++step) {
        std::vector<double>& more = from.series_[i][step];
        std::vector<double>& to = series_[series[i]][step];
        if (to.size() < more.size()) to.swap(more);
        to.insert(to.end(), more.begin(), more.end());
      }
    }
    return {};
  }

  void Finish(uint32_t series, StepSeries& out) override {
    if (series >= series_.size()) return;
    for (size_t step = 0; step < series_[series].size(); ++step) {
      std::vector<double>& values = series_[series][step];
      if (!values.empty()) out.Set(step, Quantile(std::move(values), param_));
    }
  }

 private:
  Status MakeRoom(uint32_t series) {
    if (series >= series_.size()) series_.resize(series + 1);
    if (!series_[series].empty()) return {};
    const auto steps = static_cast<size_t>(windows_.grid.count);
    NARFI_TRY(monitor_.AddMemory(static_cast<int64_t>(steps * sizeof(std::vector<double>))));
    series_[series].resize(steps);
    return {};
  }

  const double param_;
  const Windows windows_;
  QueryMonitor& monitor_;
  std::vector<std::vector<std::vector<double>>> series_;  // [series][step]
};

}  // namespace

std::unique_ptr<RangeAccumulator> MakeRangeQuantile(const logql::RangeAggregation& node,
                                                    const Windows& windows, QueryMonitor& monitor) {
  return std::make_unique<QuantileAccumulator>(node, windows, monitor);
}

}  // namespace narfi::query
