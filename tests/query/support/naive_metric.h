// The parts of the naive evaluator that work on series (naive_vector.cc) and on the samples of a
// window (naive_window.cc).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query/plan/step_grid.h"
#include "tests/query/support/naive.h"

namespace narfi::query_test {

// Thrown inside the naive evaluator; becomes NaiveAnswer::error.
struct NaiveFailure {
  std::string text;
};

// A scalar is a series without labels.
struct NaiveValue {
  bool is_scalar = false;
  NaiveSeries series;
};

struct NaiveSample {
  int64_t time_ns = 0;
  double value = 0;
};

// The value of a window that ends at `end_ns`; `window` by time and not empty.
double WindowNaively(const logql::RangeAggregation& node, const std::vector<NaiveSample>& window,
                     int64_t end_ns);
// 1 at the steps where `found` has nothing.
NaiveSeries AbsenceNaively(const logql::RangeAggregation& node, const NaiveSeries& found,
                           const query::StepGrid& grid);

LabelMap GroupNaively(const LabelMap& labels, const std::optional<logql::Grouping>& grouping);
NaiveSeries AggregateNaively(const logql::VectorAggregation& node, const NaiveSeries& inner,
                             const query::StepGrid& grid);
NaiveValue CombineNaively(const logql::BinaryOperation& node, const NaiveValue& left,
                          const NaiveValue& right, const query::StepGrid& grid);
NaiveSeries ReplaceNaively(const logql::LabelReplace& node, const NaiveSeries& inner);

}  // namespace narfi::query_test
