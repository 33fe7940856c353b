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
      : windows_(windows), monitor_(monitor), has_totals_(MeasuresBytes(node.op)) {
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
    for (uint32_t i = 0; i < from.counts_.size(); ++i) {
      if (from.counts_[i].empty()) continue;
      NARFI_TRY(MakeRoom(series[i]));
      AddAll(counts_[series[i]], from.counts_[i]);
      if (has_totals_) AddAll(totals_[series[i]], from.totals_[i]);
    }
    return {};
  }

  void Finish(uint32_t series, StepSeries& out) override {
    if (series >= counts_.size() || counts_[series].empty()) return;
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
    if (series < counts_.size() && !counts_[series].empty()) return {};
    if (series >= counts_.size()) {
      counts_.resize(series + 1);
      totals_.resize(series + 1);
    }
    const size_t places = static_cast<size_t>(windows_.grid.count) + 1;
    NARFI_TRY(
        monitor_.AddMemory(static_cast<int64_t>(places * sizeof(int64_t) * (has_totals_ ? 2 : 1))));
    counts_[series].assign(places, 0);
    if (has_totals_) totals_[series].assign(places, 0);
    return {};
  }

  void AddTo(uint32_t series, StepSpan steps, int64_t entries, int64_t total) {
    const auto first = static_cast<size_t>(steps.first);
    const auto behind = static_cast<size_t>(steps.last) + 1;
    counts_[series][first] += entries;
    counts_[series][behind] -= entries;
    if (!has_totals_) return;
    totals_[series][first] += total;
    totals_[series][behind] -= total;
  }

  static void AddAll(std::vector<int64_t>& to, const std::vector<int64_t>& from) {
    for (size_t i = 0; i < from.size(); ++i) to[i] += from[i];
  }

  const Windows windows_;
  QueryMonitor& monitor_;
  const bool has_totals_;
  double divisor_ = 0;  // 0: none
  std::vector<std::vector<int64_t>> counts_;
  std::vector<std::vector<int64_t>> totals_;
};

}  // namespace

std::unique_ptr<RangeAccumulator> MakeRangeCount(const logql::RangeAggregation& node,
                                                 const Windows& windows, QueryMonitor& monitor) {
  return std::make_unique<CountAccumulator>(node, windows, monitor);
}

}  // namespace narfi::query
