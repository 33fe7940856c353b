#include <algorithm>
#include <atomic>
#include <memory>
#include <unordered_map>

#include "base/cores.h"
#include "query/exec/scan.h"

namespace narfi::query {
namespace {

// Below this many rows a second thread costs more than it brings.
constexpr uint64_t kRowsWorthSharing = 16'384;

// Tasks come in the order of their first unit, and units within a task keep theirs.
std::vector<ScanTask> MakeTasks(const std::vector<ScanUnit>& units) {
  std::vector<ScanTask> tasks;
  std::unordered_map<const storage::RowGroupReader*, size_t> of_group;
  for (const ScanUnit& unit : units) {
    if (unit.alone()) {
      const auto [place, is_new] =
          of_group.try_emplace(unit.runs.front()->group.get(), tasks.size());
      if (!is_new) {
        tasks[place->second].push_back(&unit);
        continue;
      }
    }
    tasks.push_back({&unit});
  }
  return tasks;
}

std::vector<const storage::RunRef*> RunsOf(const ScanTask& task) {
  std::vector<const storage::RunRef*> runs;
  for (const ScanUnit* unit : task) {
    for (const RunPart& part : unit->runs) runs.push_back(part.run);
  }
  return runs;
}

struct Worker {
  Scanner scanner;
  ScanSink& sink;
  Status status;
};

}  // namespace

Status ScanAll(const SelectorPlan& plan, const std::vector<ScanUnit>& units, Direction direction,
               QueryMonitor& monitor, Pool& pool, const std::function<ScanSink&()>& make_sink,
               QueryStats& stats) {
  uint64_t rows = 0;
  for (const ScanUnit& unit : units) {
    rows += unit.rows;
    for (const RunPart& run : unit.runs) ++stats.of(run->group->origin()).runs;
  }
  const std::vector<ScanTask> tasks = MakeTasks(units);
  // More of them would each have sums of its own for nothing; with one more than there are cores,
  // none of those idles while a thread is on its way to it.
  const size_t workers =
      rows < kRowsWorthSharing ? 1 : std::min({pool.threads() + 1, Cores() + 1, tasks.size()});
  std::vector<std::unique_ptr<Worker>> crew;
  for (size_t i = 0; i < std::max<size_t>(workers, 1); ++i)
    crew.push_back(
        std::make_unique<Worker>(Worker{Scanner(plan, monitor, direction), make_sink(), {}}));
  std::atomic<size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work_on = [&](Worker& worker, size_t task) {
    Status scanned = worker.scanner.Scan(tasks[task], worker.sink);
    if (scanned) return;
    if (!monitor.IsDamage(RunsOf(tasks[task]), scanned.error())) failed = true;
    worker.status = std::move(scanned);
  };
  const auto work = [&](size_t index) {
    for (size_t i = next++; i < tasks.size() && !failed; i = next++) work_on(*crew[index], i);
  };
  // Often the first row group has all that a limit allows.
  if (crew.front()->sink.capacity() != UINT64_MAX && !tasks.empty()) work_on(*crew[0], next++);
  if (crew.size() == 1) {
    work(0);
  } else if (!failed) {
    pool.ParallelFor(crew.size(), work);
  }
  for (const auto& worker : crew) stats.Add(worker->scanner.stats());
  for (const auto& worker : crew) NARFI_TRY(worker->status);
  return {};
}

}  // namespace narfi::query
