#include "storage/source.h"

#include <algorithm>
#include <unordered_map>

namespace narfi::storage {
namespace {

// Gives every run of one stream that shares a moment with another one the number of its cluster.
void MarkStream(std::vector<RunRef*>& runs, uint32_t& next) {
  if (runs.size() < 2) return;
  std::sort(runs.begin(), runs.end(), [](const RunRef* a, const RunRef* b) {
    return a->info().min_time_ns < b->info().min_time_ns;
  });
  size_t first = 0;
  int64_t reach = runs[0]->info().max_time_ns;
  const auto close = [&](size_t end) {
    if (end - first < 2) return;
    for (size_t i = first; i < end; ++i) runs[i]->overlap = next;
    ++next;
  };
  for (size_t i = 1; i < runs.size(); ++i) {
    if (runs[i]->info().min_time_ns > reach) {
      close(i);
      first = i;
    }
    reach = std::max(reach, runs[i]->info().max_time_ns);
  }
  close(runs.size());
}

}  // namespace

void MarkOverlaps(std::vector<RunRef>& runs) {
  std::unordered_map<StreamId, std::vector<RunRef*>> by_stream;
  for (RunRef& run : runs) {
    run.overlap = 0;
    by_stream[run.info().id].push_back(&run);
  }
  uint32_t next = 1;
  for (auto& [id, of_stream] : by_stream) MarkStream(of_stream, next);
}

}  // namespace narfi::storage
