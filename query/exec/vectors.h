// What a metric expression comes to at every step: series of values, or one scalar a step.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "query/exec/result.h"
#include "query/plan/step_grid.h"

namespace narfi::query {

// One place a step; a step without a sample is absent.
struct StepSeries {
  LabelPairs labels;
  std::vector<double> values;
  std::vector<uint8_t> present;

  StepSeries() = default;
  StepSeries(LabelPairs labels_in, int64_t steps)
      : labels(std::move(labels_in)),
        values(static_cast<size_t>(steps)),
        present(static_cast<size_t>(steps)) {}
  void Set(size_t step, double value) {
    values[step] = value;
    present[step] = 1;
  }
  bool empty() const {
    for (const uint8_t here : present) {
      if (here != 0) return false;
    }
    return true;
  }
};

// Series have different labels. Sorting is by value at the one step of an instant query.
struct VectorSteps {
  std::vector<StepSeries> series;
  bool sorted_by_value = false;  // keep this order in the answer
};

struct ScalarSteps {
  std::vector<double> values;
};

using EvalValue = std::variant<VectorSteps, ScalarSteps>;

// Bytes that a series of so many steps takes.
inline int64_t SeriesBytes(int64_t steps) { return steps * 9 + 200; }

// By name, value, name and so on of their labels, as bytes.
void SortByLabels(std::vector<StepSeries>& series);

// A key that is equal for equal label sets alone.
std::string LabelsKey(const LabelPairs& labels);

}  // namespace narfi::query
