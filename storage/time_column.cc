#include "storage/time_column.h"

namespace narfi::storage {
namespace {

// Times as unsigned numbers in the same order.
uint64_t ToNumber(int64_t time_ns) {
  return static_cast<uint64_t>(time_ns) ^ uint64_t { 1 } << 63;
}
int64_t ToTime(uint64_t number) { return static_cast<int64_t>(number ^ uint64_t{1} << 63); }

}  // namespace

void AppendRunTimes(std::string& dst, std::span<const int64_t> times) {
  std::vector<uint64_t> numbers;
  numbers.reserve(times.size());
  for (const int64_t time : times) numbers.push_back(ToNumber(time));
  AppendEliasFano(dst, numbers);
}

bool TimeColumn::Open(std::string bytes, const std::vector<StreamRun>& runs) {
  bytes_ = std::move(bytes);
  std::string_view rest = bytes_;
  runs_.resize(runs.size());
  for (size_t i = 0; i < runs.size(); ++i) {
    if (!runs_[i].Open(rest, ToNumber(runs[i].min_time_ns), ToNumber(runs[i].max_time_ns),
                       runs[i].rows))
      return false;
  }
  return rest.empty();
}

void TimeColumn::Append(uint32_t run, uint32_t first, uint32_t count,
                        std::vector<int64_t>& out) const {
  out.reserve(out.size() + count);
  runs_[run].ForEach(first, count, [&](uint64_t number) { out.push_back(ToTime(number)); });
}

int64_t TimeColumn::At(uint32_t run, uint32_t row) const { return ToTime(runs_[run].At(row)); }

uint32_t TimeColumn::RowsBefore(uint32_t run, int64_t time_ns) const {
  return runs_[run].CountBelow(ToNumber(time_ns));
}

}  // namespace narfi::storage
