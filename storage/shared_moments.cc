#include "storage/shared_moments.h"

#include <algorithm>

namespace narfi::storage {
namespace {

// The times of the rows of [start, end].
Result<std::vector<int64_t>> TimesBetween(const RunRef& ref, int64_t start_ns, int64_t end_ns) {
  std::vector<int64_t> out;
  NARFI_ASSIGN(uint32_t row, ref.group->RowsBefore(ref.run, start_ns));
  RowBatch batch;
  while (row < ref.info().rows) {
    const uint32_t count = std::min(ref.info().rows - row, kBatchRows);
    NARFI_TRY(ref.group->Read(ref.run, row, count, ColumnSet{} | Column::kTime, batch));
    for (const int64_t time : batch.times) {
      if (time > end_ns) return out;
      out.push_back(time);
    }
    row += count;
  }
  return out;
}

Result<bool> ShareTimes(const RunRef& a, const RunRef& b) {
  const int64_t start = std::max(a.info().min_time_ns, b.info().min_time_ns);
  const int64_t end = std::min(a.info().max_time_ns, b.info().max_time_ns);
  if (start > end) return false;
  NARFI_ASSIGN(const std::vector<int64_t> of_a, TimesBetween(a, start, end));
  NARFI_ASSIGN(const std::vector<int64_t> of_b, TimesBetween(b, start, end));
  auto at = of_b.begin();
  for (const int64_t time : of_a) {
    while (at != of_b.end() && *at < time) ++at;
    if (at != of_b.end() && *at == time) return true;
  }
  return false;
}

}  // namespace

Result<bool> ShareMoments(std::vector<RunRef> runs) {
  std::sort(runs.begin(), runs.end(), [](const RunRef& a, const RunRef& b) {
    return a.info().min_time_ns < b.info().min_time_ns;
  });
  for (size_t i = 0; i < runs.size(); ++i) {
    const int64_t end = runs[i].info().max_time_ns;
    for (size_t j = i + 1; j < runs.size() && runs[j].info().min_time_ns <= end; ++j) {
      NARFI_ASSIGN(const bool shared, ShareTimes(runs[i], runs[j]));
      if (shared) return true;
    }
  }
  return false;
}

}  // namespace narfi::storage
