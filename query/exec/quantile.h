// Quantiles as Prometheus computes them: linear between the closest ranks.
#pragma once

#include <vector>

namespace narfi::query {

// -Inf below 0, +Inf above 1, NaN without values.
double Quantile(std::vector<double> values, double q);

}  // namespace narfi::query
