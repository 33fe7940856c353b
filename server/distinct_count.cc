#include "server/distinct_count.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/hash.h"

namespace narfi::server {

void DistinctCount::Add(std::string_view value) {
  const uint64_t hash = Hash64(value);
  if (!registers_.empty()) return Register(hash);
  const auto at = std::lower_bound(exact_.begin(), exact_.end(), hash);
  if (at != exact_.end() && *at == hash) return;
  if (exact_.size() < kMaxExact) {
    exact_.insert(at, hash);
    return;
  }
  registers_.assign(kMaxBytes, 0);
  for (const uint64_t known : exact_) Register(known);
  std::vector<uint64_t>().swap(exact_);
  Register(hash);
}

// The register that the first bits name keeps the longest run of zeros behind them.
void DistinctCount::Register(uint64_t hash) {
  uint8_t& rank = registers_[hash >> (64 - kIndexBits)];
  const int zeros = std::countl_zero((hash << kIndexBits) | (uint64_t{1} << (kIndexBits - 1)));
  rank = std::max(rank, static_cast<uint8_t>(zeros + 1));
}

uint64_t DistinctCount::Count() const {
  if (registers_.empty()) return exact_.size();
  const auto count = static_cast<double>(registers_.size());
  double sum = 0;
  double empty = 0;
  for (const uint8_t rank : registers_) {
    sum += std::ldexp(1.0, -rank);
    empty += rank == 0 ? 1 : 0;
  }
  double estimate = 0.7213 / (1 + 1.079 / count) * count * count / sum;
  // Few values leave registers empty, which tells their number better.
  if (estimate <= 2.5 * count && empty > 0) estimate = count * std::log(count / empty);
  return static_cast<uint64_t>(std::llround(estimate));
}

}  // namespace narfi::server
