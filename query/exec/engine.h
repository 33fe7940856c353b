// The query engine: LogQL in, a typed result out.
//
//   Engine engine(source, pool, clock);
//   auto result = engine.Execute(request, context);
//
// Errors:    kInvalidArgument for what the query gets wrong ("parse error : ..."; "pipeline error:
//            ..."), kLimit for a limit of the context, kDeadline, kCancelled, and what the source
//            says.
// Ownership: source, pool and clock are borrowed and outlive the engine.
// Threads:   safe; a query runs on the caller's thread and on the pool's.
// Limits:    those of QueryContext; kMaxPoints steps a range query.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/memory_share.h"
#include "base/pool.h"
#include "base/result.h"
#include "query/exec/result.h"
#include "query/logql/ast.h"
#include "storage/source.h"

namespace narfi::query {

constexpr int64_t kMaxPoints = 11'000;

enum class Direction : uint8_t { kBackward, kForward };

struct Request {
  std::string tenant;
  std::string query;
  // When set, `query` is not parsed again.
  std::shared_ptr<const logql::Expr> expr;
  // Log queries: [start, end). Range queries: start is rounded down and end up to a multiple of the
  // step. Instant queries are evaluated at end_ns.
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  int64_t step_ns = 0;
  int64_t interval_ns = 0;  // log queries: at most one entry each interval
  uint64_t limit = 100;     // entries of a log query
  Direction direction = Direction::kBackward;
  bool is_instant = false;
  // Log queries: the range is a single moment, of which the entries behind a place are wanted.
  struct Moment {
    std::optional<MomentPlace> behind;  // nothing: all of them
  };
  std::optional<Moment> moment;
  // Group entries by their stream labels alone; metadata and parsed labels stay with the entries.
  bool categorize = false;
};

struct QueryContext {
  int64_t deadline_ns = INT64_MAX;               // of Clock::MonotonicNs
  const std::atomic<bool>* cancelled = nullptr;  // borrowed; true stops the query
  uint64_t max_memory_bytes = 48ull << 20;       // of what the query holds at once
  std::shared_ptr<MemoryShare> memory;           // what all queries may hold together; or null
  uint64_t max_bytes_read = UINT64_MAX;          // of lines and metadata
  uint64_t max_series = 500;
  int64_t oldest_ns = INT64_MIN;      // entries before it are not seen
  uint64_t max_streams = UINT64_MAX;  // that one selector may select
  bool partial_series = false;        // over max_series: what fits and a warning, not an error
  bool approx_topk = false;           // counted exactly, as topk
  bool use_pushdown = true;           // false: every run is read; the answer is the same
};

class Engine {
 public:
  Engine(storage::Source& source, Pool& pool, const Clock& clock)
      : source_(source), pool_(pool), clock_(clock) {}

  Result<QueryResult> Execute(const Request& request, const QueryContext& context) const;

  // The plan of a query as text, one step a line; takes a snapshot but reads no row.
  Result<std::string> Explain(const Request& request, const QueryContext& context) const;

 private:
  storage::Source& source_;
  Pool& pool_;
  const Clock& clock_;
};

}  // namespace narfi::query
