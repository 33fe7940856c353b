// The sample of an entry: 1, the length of its line, or an unwrapped label.
#pragma once

#include <optional>

#include "query/exec/stage.h"
#include "query/logql/ast.h"

namespace narfi::query {

constexpr std::string_view kUnwrapError = "SampleExtractionErr";

// What a label's value, which is not empty, comes to.
Result<double> ConvertSample(logql::Conversion conversion, std::string_view text);

class SampleTaker {
 public:
  SampleTaker(const logql::RangeAggregation& node, bool preserve_errors);

  // The label filters behind the unwrap, and the conversion: rows without a value leave the
  // selection. values()[i] belongs to the i-th row of what is left.
  void Run(Batch& batch);
  const std::vector<double>& values() const { return values_; }
  // True for a row that has no value and is only counted.
  bool only_counts(uint32_t row) const { return counts_all_ && without_value_[row] != 0; }

 private:
  void Unwrap(Batch& batch);
  // Loki computes avg_over_time(...) by (...) as a sum divided by a count, and the count is of all
  // entries that pass the pipeline, with and without the label.
  void UnwrapCountingAll(Batch& batch);
  void RunFilters(Batch& batch);
  // The value of a row; nothing when it has none. A value that does not convert is an error.
  std::optional<double> ValueOf(Batch& batch, uint32_t row) const;

  const logql::RangeAggregation& node_;
  const bool preserve_errors_;
  std::vector<std::unique_ptr<StageOp>> filters_;
  const bool counts_all_;
  std::vector<double> by_row_;
  std::vector<uint8_t> without_value_;
  std::vector<double> values_;
};

}  // namespace narfi::query
