#include "ingest/quarantine.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/metrics.h"

namespace narfi::ingest {

std::string MissingEntries(uint64_t rows, const std::string& reason) {
  return fmt::format("{} entries are missing from this answer: {}", rows, reason);
}

void Quarantine::Add(const storage::RowGroupReader& group, const Error& error) {
  static auto damaged = CounterMetric("narfi_damaged_blocks_total",
                                      "Damaged blocks found; their row groups are left out.");
  const std::string name = group.name();
  const std::string reason = error.text.starts_with(name) ? error.text : name + ": " + error.text;
  {
    const MutexLock lock(mutex_);
    if (!reasons_.try_emplace(name, reason).second) return;
    is_empty_ = false;
  }
  damaged.Increment();
  Log(LogLevel::kError, "a block is damaged: its row group is left out of every answer",
      {{"reason", reason}});
}

void Quarantine::LeaveOut(storage::Snapshot& snapshot) const {
  if (is_empty_) return;
  std::map<std::string, uint64_t> missing;
  const MutexLock lock(mutex_);
  std::vector<storage::RunRef> kept;
  for (storage::RunRef& run : snapshot.runs) {
    const std::string name = run.group->name();
    if (reasons_.contains(name)) {
      missing[name] += run.info().rows;
    } else {
      kept.push_back(std::move(run));
    }
  }
  snapshot.runs = std::move(kept);
  for (const auto& [name, rows] : missing)
    snapshot.warnings.push_back(MissingEntries(rows, reasons_.at(name)));
}

}  // namespace narfi::ingest
