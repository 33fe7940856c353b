#include "query/exec/run_skip.h"

#include <algorithm>

#include "query/exec/batch.h"

namespace narfi::query {
namespace {

bool MayContainAny(const storage::RunRef& run, const std::vector<std::string>& texts) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return run.group->MayContain(run.run, text); });
}

Result<bool> HasMetadata(const storage::RunRef& run, std::string_view name, QueryMonitor& monitor) {
  const storage::StreamRun& info = run.info();
  if (info.metadata_bytes == 0) return false;
  // `x` of an entry is seen as `x_extracted` where the stream has an x.
  std::string_view plain = name;
  if (name.ends_with(kExtractedSuffix)) plain.remove_suffix(kExtractedSuffix.size());
  storage::RowBatch rows;
  for (uint32_t first = 0; first < info.rows; first += storage::kBatchRows) {
    NARFI_TRY(monitor.Check());
    rows.Clear();
    const uint32_t count = std::min(storage::kBatchRows, info.rows - first);
    NARFI_TRY(run.group->Read(run.run, first, count,
                              storage::ColumnSet{} | storage::Column::kMetadata, rows));
    for (const Field& pair : rows.pairs) {
      if (pair.name == name || pair.name == plain) return true;
    }
  }
  return false;
}

}  // namespace

Result<bool> IsRuledOut(const storage::RunRef& run, const Needle& needle, QueryMonitor& monitor) {
  if (MayContainAny(run, needle.any_of)) return false;
  if (needle.field.empty()) return true;
  if (run.info().labels->Has(needle.field) || run.group->MayContain(run.run, kEscapeNeedle))
    return false;
  NARFI_ASSIGN(const bool in_metadata, HasMetadata(run, needle.field, monitor));
  return !in_metadata;
}

}  // namespace narfi::query
