#include "query/exec/log_query.h"

#include <unordered_set>

#include "query/exec/entry_collector.h"
#include "query/exec/group_skip.h"
#include "query/exec/scan.h"
#include "query/exec/split_units.h"
#include "query/plan/selector_plan.h"

namespace narfi::query {
namespace {

// Streams of a moment that stand before the place have been given.
void DropGiven(const MomentPlace& behind, std::vector<ScanUnit>& units) {
  std::erase_if(units,
                [&](const ScanUnit& unit) { return TieHash(unit.labels()) < behind.stream_hash; });
}

}  // namespace

uint64_t CountStreams(const storage::Snapshot& snapshot) {
  std::unordered_set<StreamId> ids;
  for (const storage::RunRef& run : snapshot.runs) ids.insert(run.info().id);
  return ids.size();
}

Result<QueryResult> RunLogQuery(const logql::LogSelector& selector, const Request& request,
                                storage::Source& source, Pool& pool, QueryMonitor& monitor) {
  SelectorPlan plan =
      MakeSelectorPlan(selector, SelectorUse{}, request.tenant,
                       std::max(request.start_ns, monitor.context().oldest_ns), request.end_ns);
  if (monitor.context().use_pushdown) SkipByNeedles(plan, pool);
  NARFI_ASSIGN(storage::Snapshot snapshot, source.TakeSnapshot(plan.selector));
  std::vector<ScanUnit> units = MakeUnits(snapshot, plan.selector.start_ns, plan.selector.end_ns);
  if (monitor.context().use_pushdown) NARFI_TRY(SplitOverlaps(units));
  if (request.moment && request.moment->behind) DropGiven(*request.moment->behind, units);
  SortUnits(units, request.direction);
  EntryCollector collector(request, monitor);
  QueryResult result;
  result.warnings = std::move(snapshot.warnings);
  result.stats.streams = CountStreams(snapshot);
  NARFI_TRY(monitor.CheckStreams(result.stats.streams));
  NARFI_TRY(ScanAll(
      plan, units, request.direction, monitor, pool, [&]() -> ScanSink& { return collector; },
      result.stats));
  StreamsResult streams = collector.Finish();
  for (const LogStream& stream : streams.streams)
    result.stats.entries_returned += stream.entries.size();
  result.data = std::move(streams);
  return result;
}

}  // namespace narfi::query
