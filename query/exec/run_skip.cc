#include "query/exec/run_skip.h"

#include <algorithm>

#include "query/exec/batch.h"

namespace narfi::query {

Result<bool> RunSkip::MayContain(const storage::RunRef& run, const std::string& text) {
  NARFI_ASSIGN(const auto columnar, run.group->columnar());
  if (columnar == nullptr || text.empty()) return run.group->MayContain(run.run, text);
  if (hits_.size() >= kMaxHits) hits_.clear();
  auto& hits = hits_[{run.group.get(), text}];
  if (hits == nullptr) {
    NARFI_ASSIGN(hits, columnar->FindText(text));
  }
  const storage::StreamRun& info = run.info();
  return hits->sure.CountIn(info.first_row, info.rows) != 0 ||
         hits->maybe.CountIn(info.first_row, info.rows) != 0;
}

Result<bool> RunSkip::HasMetadata(const storage::RunRef& run, std::string_view name) {
  const storage::StreamRun& info = run.info();
  if (info.metadata_bytes == 0) return false;
  // `x` of an entry is seen as `x_extracted` where the stream has an x.
  const std::string_view plain = WithoutExtracted(name);
  NARFI_ASSIGN(const auto columnar, run.group->columnar());
  if (columnar != nullptr) {
    return columnar->MayHaveMetadata(name) || columnar->MayHaveMetadata(plain);
  }
  storage::RowBatch rows;
  for (uint32_t first = 0; first < info.rows; first += storage::kBatchRows) {
    NARFI_TRY(monitor_.Check());
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

Result<bool> RunSkip::IsRuledOut(const storage::RunRef& run, const Needle& needle) {
  for (const std::string& text : needle.any_of) {
    NARFI_ASSIGN(const bool may, MayContain(run, text));
    if (may) return false;
  }
  if (needle.field.empty()) return true;
  if (run.info().labels->Has(needle.field)) return false;
  NARFI_ASSIGN(const bool escaped, MayContain(run, kEscapeNeedle));
  if (escaped) return false;
  NARFI_ASSIGN(const bool in_metadata, HasMetadata(run, needle.field));
  return !in_metadata;
}

}  // namespace narfi::query
