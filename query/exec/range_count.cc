// count_over_time, rate, bytes_over_time, bytes_rate, absent_over_time: whole numbers that add up.
//
// An entry adds to a stretch of steps: its value goes in where the stretch begins and out behind
// its end, and the sums along the steps are the answer. That is O(1) an entry, whatever the window.
#include "query/exec/range_op.h"

namespace narfi::query {
namespace {

class CountAccumulator final : public RangeAccumulator {
 public:
  CountAccumulator(const logql::RangeAggregation& node, const Windows& windows,
                   QueryMonitor& monitor)
      : windows_(windows),
        monitor_(monitor),
        has_totals_(MeasuresBytes(node.op)),
        places_(static_cast<size_t>(windows.grid.count) + 1) {
    const bool is_rate = node.op == logql::RangeOp::kRate || node.op == logql::RangeOp::kBytesRate;
    if (is_rate) divisor_ = static_cast<double>(node.range_ns) / 1e9;
  }

  Status Add(std::span<const RangeSample> samples) override {
    StepCursor cursor(windows_);
    for (const RangeSample& sample : samples) {
      const StepSpan steps = cursor.At(sample.time_ns);
      if (steps.empty()) continue;
      NARFI_TRY(MakeRoom(sample.series));
      AddTo(sample.series, steps, 1, static_cast<int64_t>(sample.value));
    }
    return {};
  }

  Result<bool> AddCounts(uint32_t series, StepSpan steps, uint64_t entries,
                         uint64_t total) override {
    NARFI_TRY(MakeRoom(series));
    AddTo(series, steps, static_cast<int64_t>(entries), static_cast<int64_t>(total));
    return true;
  }

  Status Merge(RangeAccumulator& other, const std::vector<uint32_t>& series) override {
    auto& from = static_cast<CountAccumulator&>(other);
    for (uint32_t i = 0; i < from.seen_.size(); ++i) {
      if (from.seen_[i] == 0) continue;
      NARFI_TRY(MakeRoom(series[i]));
      for (size_t place = 0; place < places_; ++place) {
        counts_[series[i] * places_ + place] += from.counts_[i * places_ + place];
        if (has_totals_) totals_[series[i] * places_ + place] += from.totals_[i * places_ + place];
      }
    }
    return {};
  }

  void Finish(uint32_t series, StepSeries& out) override {
    if (series >= seen_.size() || seen_[series] == 0) return;
    int64_t count = 0;
    int64_t total = 0;
    for (size_t step = 0; step < out.values.size(); ++step) {
      count += counts_[series * places_ + step];
      if (has_totals_) total += totals_[series * places_ + step];
      const auto value = static_cast<double>(has_totals_ ? total : count);
      if (count > 0) out.Set(step, divisor_ == 0 ? value : value / divisor_);
    }
  }

 private:
  static bool MeasuresBytes(logql::RangeOp op) {
    return op == logql::RangeOp::kBytesOverTime || op == logql::RangeOp::kBytesRate;
  }

  Status MakeRoom(uint32_t series) {
    if (series >= seen_.size()) {
      const size_t more = series + 1 - seen_.size();
      NARFI_TRY(monitor_.AddMemory(
          static_cast<int64_t>(more * places_ * sizeof(int64_t) * (has_totals_ ? 2 : 1))));
      seen_.resize(series + 1);
      counts_.resize((series + 1) * places_);
      if (has_totals_) totals_.resize((series + 1) * places_);
    }
    seen_[series] = 1;
    return {};
  }

  void AddTo(uint32_t series, StepSpan steps, int64_t entries, int64_t total) {
    const size_t first = series * places_ + static_cast<size_t>(steps.first);
    const size_t behind = series * places_ + static_cast<size_t>(steps.last) + 1;
    counts_[first] += entries;
    counts_[behind] -= entries;
    if (!has_totals_) return;
    totals_[first] += total;
    totals_[behind] -= total;
  }

  const Windows windows_;
  QueryMonitor& monitor_;
  const bool has_totals_;
  double divisor_ = 0;           // 0: none
  const size_t places_;          // of a series: its steps, and one behind them
  std::vector<uint8_t> seen_;    // series that have entries
  std::vector<int64_t> counts_;  // [series][place]
  std::vector<int64_t> totals_;
};

}  // namespace

std::unique_ptr<RangeAccumulator> MakeRangeCount(const logql::RangeAggregation& node,
                                                 const Windows& windows, QueryMonitor& monitor) {
  return std::make_unique<CountAccumulator>(node, windows, monitor);
}

}  // namespace narfi::query
