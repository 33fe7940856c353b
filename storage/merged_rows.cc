#include "storage/merged_rows.h"

#include <algorithm>

#include "base/bytes.h"

namespace narfi::storage {

struct MergedRows::Cursor {
  RunRef ref;
  size_t order = 0;  // of the run among those given
  RowBatch batch;
  uint32_t next = 0;  // row of the run that the next batch starts with
  uint32_t at = 0;    // row of the batch

  int64_t time() const { return batch.times[at]; }
};

MergedRows::MergedRows(const std::vector<RunRef>& runs, int64_t start_ns, int64_t end_ns)
    : start_ns_(start_ns), end_ns_(end_ns) {
  for (size_t i = 0; i < runs.size(); ++i) {
    const StreamRun& info = runs[i].info();
    if (info.rows == 0 || info.max_time_ns < start_ns || info.min_time_ns >= end_ns) continue;
    waiting_.push_back(std::make_unique<Cursor>());
    waiting_.back()->ref = runs[i];
    waiting_.back()->order = i;
  }
  std::stable_sort(waiting_.begin(), waiting_.end(), [](const auto& a, const auto& b) {
    return a->ref.info().min_time_ns > b->ref.info().min_time_ns;
  });
}

MergedRows::~MergedRows() = default;

bool MergedRows::ComesLater(const std::unique_ptr<Cursor>& a, const std::unique_ptr<Cursor>& b) {
  return a->time() != b->time() ? a->time() > b->time() : a->order > b->order;
}

// Moves to the next row inside the range; false at the end.
Result<bool> MergedRows::Advance(Cursor& cursor) const {
  if (cursor.batch.rows > 0) ++cursor.at;
  for (;;) {
    if (cursor.at >= cursor.batch.rows) {
      const uint32_t count = std::min(cursor.ref.info().rows - cursor.next, kBatchRows);
      if (count == 0) return false;
      NARFI_TRY(cursor.ref.group->Read(cursor.ref.run, cursor.next, count,
                                       Column::kTime | Column::kLine | Column::kMetadata,
                                       cursor.batch));
      cursor.next += count;
      cursor.at = 0;
    }
    if (cursor.time() >= start_ns_) return cursor.time() < end_ns_;
    ++cursor.at;
  }
}

Status MergedRows::Push(std::unique_ptr<Cursor> cursor) {
  NARFI_ASSIGN(const bool more, Advance(*cursor));
  if (!more) return {};
  heap_.push_back(std::move(cursor));
  std::push_heap(heap_.begin(), heap_.end(), ComesLater);
  return {};
}

// Every run that may hold a row not later than the first one on the heap.
Status MergedRows::OpenWhatIsDue() {
  while (!waiting_.empty()) {
    const int64_t first = std::max(waiting_.back()->ref.info().min_time_ns, start_ns_);
    if (!heap_.empty() && first > heap_.front()->time()) break;
    auto cursor = std::move(waiting_.back());
    waiting_.pop_back();
    NARFI_TRY(Push(std::move(cursor)));
  }
  return {};
}

bool MergedRows::IsRepeat(const Row& row) {
  const bool is_shared = !heap_.empty() && heap_.front()->time() == row.time_ns;
  if (row.time_ns != instant_) {
    seen_.clear();
    instant_ = row.time_ns;
    // A run holds no repeats of its own: alone at its time a row needs no look.
    if (!is_shared) {
      instant_ = INT64_MIN;
      return false;
    }
  }
  std::string key(row.line);
  for (const MetadataPair& pair : row.metadata) {
    PutString(key, pair.name);
    PutString(key, pair.value);
  }
  PutU64(key, row.line.size());
  return !seen_.insert(std::move(key)).second;
}

Result<bool> MergedRows::Next(Row& row) {
  for (;;) {
    if (current_ != nullptr) NARFI_TRY(Push(std::move(current_)));
    NARFI_TRY(OpenWhatIsDue());
    if (heap_.empty()) return false;
    std::pop_heap(heap_.begin(), heap_.end(), ComesLater);
    current_ = std::move(heap_.back());
    heap_.pop_back();
    row = {current_->time(), current_->batch.lines[current_->at],
           current_->batch.metadata(current_->at)};
    if (!IsRepeat(row)) return true;
  }
}

}  // namespace narfi::storage
