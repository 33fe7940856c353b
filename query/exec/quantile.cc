#include "query/exec/quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace narfi::query {

double Quantile(std::vector<double> values, double q) {
  if (values.empty() || std::isnan(q)) return std::numeric_limits<double>::quiet_NaN();
  if (q < 0) return -std::numeric_limits<double>::infinity();
  if (q > 1) return std::numeric_limits<double>::infinity();
  const auto before = [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; };
  const double count = static_cast<double>(values.size());
  const double rank = q * (count - 1);
  const double lower = std::max(0.0, std::floor(rank));
  const double weight = rank - std::floor(rank);
  // The two values that stand there once all are sorted.
  const auto low = values.begin() + static_cast<ptrdiff_t>(lower);
  std::nth_element(values.begin(), low, values.end(), before);
  const auto high = low + 1 == values.end() ? low : std::min_element(low + 1, values.end(), before);
  return *low * (1 - weight) + *high * weight;
}

}  // namespace narfi::query
