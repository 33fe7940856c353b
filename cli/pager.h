// Fetches the lines of a range query in batches, since a server answers only so many at once.
//
// The next batch begins at the time where the last one ended, that time included, because other
// lines may share it; lines already given are left out. So every line comes exactly once, also
// where a batch ends within a run of equal times.
//
// No request asks for more than the server answers: Loki's default limit, or what the server says
// its own is when it refuses. An instant that has more lines than that cannot be read to its end,
// since each request would begin with the same lines: it is stepped past, and a warning says so.
//
// Order:   newest first, or oldest first for a forward query.
// Threads: one at a time.
// Limits:  holds one batch, and a hash of each line of the time where it ended.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "cli/answer.h"
#include "cli/loki.h"

namespace narfi::cli {

class Pager {
 public:
  using Fetch = std::function<Result<QueryAnswer>(const RangeQuery& query)>;

  // At most `limit` lines (0: all), `batch` a request.
  Pager(RangeQuery query, uint64_t limit, uint64_t batch, Fetch fetch);

  bool done() const { return done_; }
  // The next lines, in order. A metric query is answered whole, at once.
  Result<QueryAnswer> Next();

 private:
  int64_t EdgeNs() const { return query_.forward ? query_.start_ns : query_.end_ns - 1; }
  void DropGiven(QueryAnswer& answer) const;
  void MoveEdge(const QueryAnswer& answer);
  Result<QueryAnswer> FetchWithinLimit(uint64_t limit);
  void StepPastEdge(QueryAnswer& answer);

  RangeQuery query_;
  const uint64_t limit_;
  const uint64_t batch_;
  const Fetch fetch_;
  uint64_t given_ = 0;
  bool done_ = false;
  // Of the lines given at the time that the next batch begins with: how often each.
  std::unordered_map<uint64_t, uint64_t> at_edge_;
  uint64_t edge_lines_ = 0;
  uint64_t most_;  // that the server gives in one answer, as far as we know
};

// Identity of a line of an answer, its time aside.
uint64_t EntryHash(const StreamLabels& labels, const std::string& line);
// By time, keeping the order of equal times.
void SortEntries(std::vector<LogEntry>& entries, bool forward);

}  // namespace narfi::cli
