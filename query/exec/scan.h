// Scans the units of a selector: reads what the plan asks for, runs the pipeline, hands the batches
// that have something left to a sink.
//
// Threads: a Scanner belongs to one worker; ScanAll() spreads units over the pool.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/pool.h"
#include "query/exec/batch.h"
#include "query/exec/group_scan.h"
#include "query/exec/monitor.h"
#include "query/exec/run_skip.h"
#include "query/exec/scan_unit.h"
#include "query/exec/unit_reader.h"
#include "query/plan/selector_plan.h"

namespace narfi::query {

// Where the entries go; one for each worker.
class ScanSink {
 public:
  virtual ~ScanSink() = default;
  // The entries that are left in a batch of a unit. Lines are there if the plan reads them.
  virtual Status Take(Batch& batch, const ScanUnit& unit, int64_t first_sequence) = 0;
  // The whole unit from its counts alone; false when that is not possible.
  virtual Result<bool> TakeCounts(const ScanUnit&) { return false; }
  // The rows of a row group that surely pass, which it may narrow, from columns alone; false when
  // it wants them as batches.
  virtual Result<bool> TakeColumns(GroupScan&) { return false; }
  // How many entries it can take at most, the first ones in the direction of the scan.
  virtual uint64_t capacity() const { return UINT64_MAX; }
  // True when no entry at `time_ns` or behind it, in the direction of the scan, is wanted any more.
  virtual bool Enough(int64_t) const { return false; }
};

// What a worker scans in one go: a unit, or all units that are single runs of one row group.
using ScanTask = std::vector<const ScanUnit*>;

class Scanner {
 public:
  Scanner(const SelectorPlan& plan, QueryMonitor& monitor, Direction direction);

  Status Scan(const ScanTask& task, ScanSink& sink);
  const QueryStats& stats() const { return stats_; }
  QueryStats& stats() { return stats_; }

 private:
  Status ScanUnitAlone(const ScanUnit& unit, ScanSink& sink);
  Status ScanGroup(const ScanTask& task, std::shared_ptr<const storage::Columnar> columnar,
                   ScanSink& sink);
  void CountGroup(const GroupScan& scan, bool taken);
  // Leaves of `rows` those that may be among the first ones that the sink can take.
  Status KeepFirst(const GroupScan& scan, uint64_t capacity, storage::RowSet& rows) const;
  bool IsEnough(const ScanUnit& unit, const ScanSink& sink) const;
  // Without the runs that are proven to hold nothing.
  Result<std::vector<RunPart>> RunsToRead(const ScanUnit& unit);
  Status ScanRuns(const ScanUnit& unit, const std::vector<RunPart>& runs, ScanSink& sink);
  Status ScanBatches(UnitReader& reader, const ScanUnit& unit, bool has_metadata, bool counts_lines,
                     ScanSink& sink);
  Status DropByText();
  bool MayPass(const Needle& needle, uint32_t row) const;
  Status RunStages();
  void ClipTimes();
  // Of a unit that stands alone, or of its first run.
  ReadStats& StatsOf(const ScanUnit& unit);
  // Adds the rows of the selection, by where they come from.
  void CountSelected(const UnitReader& reader, const ScanUnit& unit, uint64_t ReadStats::*what);
  Status CountRead(const UnitReader& reader, const ScanUnit& unit, const storage::RowBatch& rows);

  const SelectorPlan& plan_;
  QueryMonitor& monitor_;
  const Direction direction_;
  RunSkip run_skip_;
  std::vector<std::unique_ptr<StageOp>> stages_;
  Batch batch_;
  QueryStats stats_;
};

// Scans every unit; workers take them in order. `make_sink` is called once for each worker, before
// any work, on the caller's thread. Adds what it cost to `stats`.
Status ScanAll(const SelectorPlan& plan, const std::vector<ScanUnit>& units, Direction direction,
               QueryMonitor& monitor, Pool& pool, const std::function<ScanSink&()>& make_sink,
               QueryStats& stats);

}  // namespace narfi::query
