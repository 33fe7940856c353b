#include "storage/damage.h"

#include <algorithm>
#include <unordered_set>

namespace narfi::storage {

Status ReadAllRows(const RowGroupReader& group) {
  RowBatch batch;
  const auto run_count = static_cast<uint32_t>(group.runs().size());
  for (uint32_t run = 0; run < run_count; ++run) {
    const uint32_t rows = group.runs()[run].rows;
    for (uint32_t first = 0; first < rows; first += kBatchRows) {
      NARFI_TRY(group.Read(run, first, std::min(rows - first, kBatchRows),
                           Column::kTime | Column::kLine | Column::kMetadata, batch));
    }
  }
  return {};
}

void DamageList::Add(const RunRef& run, const Error& error) {
  const MutexLock lock(mutex_);
  damaged_.push_back({run.group, error});
}

void DamageList::Note(std::span<const RunRef* const> of, const Error& error) {
  std::vector<const RunRef*> runs;  // one for each row group
  std::unordered_set<const RowGroupReader*> known;
  for (const RunRef* run : of) {
    if (known.insert(run->group.get()).second) runs.push_back(run);
  }
  if (runs.size() == 1) return Add(*runs.front(), error);
  bool is_found = false;
  for (const RunRef* run : runs) {
    const Status read = ReadAllRows(*run->group);
    if (read || read.error().code != Code::kCorrupt) continue;
    Add(*run, read.error());
    is_found = true;
  }
  if (is_found) return;
  // What is damaged is no part of the rows: the error names it, or else they all are suspect.
  for (const RunRef* run : runs) {
    if (error.text.find(run->group->name()) == std::string::npos) continue;
    Add(*run, error);
    is_found = true;
  }
  if (is_found) return;
  for (const RunRef* run : runs) Add(*run, error);
}

tl::unexpected<Error> DamageList::NoteOf(std::span<const RunRef> runs, const Error& error) {
  if (error.code == Code::kCorrupt) {
    std::vector<const RunRef*> refs;
    for (const RunRef& run : runs) refs.push_back(&run);
    Note(refs, error);
  }
  return tl::unexpected<Error>(error);
}

bool DamageList::Quarantine(Source& source) {
  const MutexLock lock(mutex_);
  bool helps = !damaged_.empty();
  for (const Damaged& one : damaged_) helps = source.Quarantine(*one.group, one.error) && helps;
  return helps;
}

}  // namespace narfi::storage
