// count_over_time, rate, bytes_over_time, bytes_rate, absent_over_time: whole numbers that add up.
//
// An entry adds to a stretch of steps: its value goes in where the stretch begins and out behind
// its end, and the sums along the steps are the answer. That is O(1) an entry, whatever the window.
#include <memory>

#include "query/exec/range_op.h"

namespace narfi::query {
namespace {

// A row of numbers for each series, in blocks: there may be a hundred thousand series of one step,
// or some hundred of ten thousand.
class SeriesRows {
 public:
  explicit SeriesRows(size_t places) : places_(places) {
    while (places_ << (shift_ + 1) <= kBlockNumbers) ++shift_;
  }
  int64_t* operator[](uint32_t series) const {
    return blocks_[series >> shift_].get() + (series & ((uint32_t{1} << shift_) - 1)) * places_;
  }
  // Makes room for a series and all before it.
  Status MakeRoom(uint32_t series, QueryMonitor& monitor) {
    const size_t numbers = places_ << shift_;
    while (blocks_.size() <= series >> shift_) {
      NARFI_TRY(monitor.AddMemory(static_cast<int64_t>(numbers * sizeof(int64_t))));
      blocks_.push_back(std::make_unique<int64_t[]>(numbers));
    }
    return {};
  }

 private:
  static constexpr size_t kBlockNumbers = 4096;
  const size_t places_;
  unsigned shift_ = 0;  // of series of a block
  std::vector<std::unique_ptr<int64_t[]>> blocks_;
};

class CountAccumulator final : public RangeAccumulator {
 public:
  CountAccumulator(const logql::RangeAggregation& node, const Windows& windows,
                   QueryMonitor& monitor)
      : windows_(windows),
        monitor_(monitor),
        has_totals_(MeasuresBytes(node.op)),
        places_(static_cast<size_t>(windows.grid.count) + 1),
        counts_(places_),
        totals_(places_) {
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

  void Approach(uint32_t series) const override {
    if (series < seen_.size()) __builtin_prefetch(counts_[series], 1);
  }

  Status Merge(RangeAccumulator& other, const std::vector<uint32_t>& series) override {
    auto& from = static_cast<CountAccumulator&>(other);
    for (uint32_t i = 0; i < from.seen_.size(); ++i) {
      if (from.seen_[i] == 0) continue;
      NARFI_TRY(MakeRoom(series[i]));
      AddAll(counts_[series[i]], from.counts_[i]);
      if (has_totals_) AddAll(totals_[series[i]], from.totals_[i]);
    }
    return {};
  }

  void Finish(uint32_t series, StepSeries& out) override {
    if (series >= seen_.size() || seen_[series] == 0) return;
    int64_t count = 0;
    int64_t total = 0;
    for (size_t step = 0; step < out.values.size(); ++step) {
      count += counts_[series][step];
      if (has_totals_) total += totals_[series][step];
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
      seen_.resize(series + 1);
      NARFI_TRY(counts_.MakeRoom(series, monitor_));
      if (has_totals_) NARFI_TRY(totals_.MakeRoom(series, monitor_));
    }
    seen_[series] = 1;
    return {};
  }

  void AddTo(uint32_t series, StepSpan steps, int64_t entries, int64_t total) {
    counts_[series][steps.first] += entries;
    counts_[series][steps.last + 1] -= entries;
    if (!has_totals_) return;
    totals_[series][steps.first] += total;
    totals_[series][steps.last + 1] -= total;
  }

  void AddAll(int64_t* to, const int64_t* from) const {
    for (size_t place = 0; place < places_; ++place) to[place] += from[place];
  }

  const Windows windows_;
  QueryMonitor& monitor_;
  const bool has_totals_;
  double divisor_ = 0;         // 0: none
  const size_t places_;        // of a series: its steps, and one behind them
  std::vector<uint8_t> seen_;  // series that have entries
  SeriesRows counts_;
  SeriesRows totals_;
};

}  // namespace

std::unique_ptr<RangeAccumulator> MakeRangeCount(const logql::RangeAggregation& node,
                                                 const Windows& windows, QueryMonitor& monitor) {
  return std::make_unique<CountAccumulator>(node, windows, monitor);
}

}  // namespace narfi::query
