#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/bytes.h"
#include "base/hash.h"
#include "query/exec/unit_reader.h"

namespace narfi::query {
namespace {

constexpr storage::ColumnSet kAllColumns =
    storage::Column::kTime | storage::Column::kLine | storage::Column::kMetadata;

// Of one time, among which it is quicker to look at each than to ask a table.
constexpr size_t kFewEntries = 32;

// Where a run stands: a batch of it, and the next row to give.
class RunCursor {
 public:
  RunCursor(const RunPart& run, Direction direction)
      : origin_(run->group->origin()),
        reader_(ReadRun(run, kAllColumns, false, direction)),
        forward_(direction == Direction::kForward) {}

  Status Load() {
    NARFI_ASSIGN(rows_, reader_->Next());
    given_ = 0;
    return {};
  }
  bool done() const { return rows_ == nullptr; }
  bool used_up() const { return rows_ != nullptr && given_ == rows_->rows; }
  uint32_t row() const { return forward_ ? given_ : rows_->rows - 1 - given_; }
  int64_t time() const { return rows_->times[row()]; }
  const storage::RowBatch& rows() const { return *rows_; }
  storage::Origin origin() const { return origin_; }
  void Advance() { ++given_; }

 private:
  const storage::Origin origin_;
  std::unique_ptr<UnitReader> reader_;
  const bool forward_;
  storage::RowBatch* rows_ = nullptr;
  uint32_t given_ = 0;
};

class MergeReader final : public UnitReader {
 public:
  MergeReader(const std::vector<RunPart>& runs, Direction direction)
      : forward_(direction == Direction::kForward) {
    for (const RunPart& run : runs) {
      cursors_.emplace_back(run, direction);
      backward_sequence_ += run.rows;
    }
  }

  Result<storage::RowBatch*> Next() override {
    do {
      NARFI_TRY(Fill());
    } while (out_.rows == 0 && !AllDone());
    if (out_.rows == 0) return nullptr;
    if (forward_) {
      first_sequence_ = forward_sequence_;
      forward_sequence_ += out_.rows;
    } else {
      Reverse();
      backward_sequence_ -= out_.rows;
      first_sequence_ = backward_sequence_;
    }
    return &out_;
  }

  int64_t first_sequence() const override { return first_sequence_; }
  const std::vector<storage::Origin>* origins() const override { return &origins_; }
  uint64_t duplicates() const override { return duplicates_; }

 private:
  // The views of `out_` hold only while no cursor reads on.
  Status Fill() {
    out_.Clear();
    origins_.clear();
    out_.pair_offsets.push_back(0);
    for (RunCursor& cursor : cursors_) {
      if (!started_ || cursor.used_up()) NARFI_TRY(cursor.Load());
    }
    started_ = true;
    while (out_.rows < storage::kBatchRows) {
      RunCursor* next = Pick();
      if (next == nullptr) break;
      Take(*next);
      if (next->used_up()) break;
    }
    return {};
  }

  bool AllDone() const {
    return std::all_of(cursors_.begin(), cursors_.end(),
                       [](const RunCursor& c) { return c.done(); });
  }

  // The cursor whose entry comes next; of equal times the first run's going forward, the last one's
  // going backward.
  RunCursor* Pick() {
    RunCursor* best = nullptr;
    for (RunCursor& cursor : cursors_) {
      if (cursor.done() || cursor.used_up()) continue;
      const bool better = best == nullptr ||
                          (forward_ ? cursor.time() < best->time() : cursor.time() >= best->time());
      if (better) best = &cursor;
    }
    return best;
  }

  void Take(RunCursor& cursor) {
    const storage::RowBatch& rows = cursor.rows();
    const uint32_t row = cursor.row();
    cursor.Advance();
    if (IsRepeated(rows, row)) {
      ++duplicates_;
      return;
    }
    out_.times.push_back(rows.times[row]);
    out_.lines.push_back(rows.lines[row]);
    for (const Field& pair : rows.metadata(row)) out_.pairs.push_back(pair);
    out_.pair_offsets.push_back(static_cast<uint32_t>(out_.pairs.size()));
    origins_.push_back(cursor.origin());
    ++out_.rows;
  }

  // Remembers the entries of the latest time.
  bool IsRepeated(const storage::RowBatch& rows, uint32_t row) {
    if (rows.times[row] != seen_time_) {
      seen_.clear();
      seen_before_.clear();
    }
    seen_time_ = rows.times[row];
    scratch_.clear();
    PutString(scratch_, rows.lines[row]);
    for (const Field& pair : rows.metadata(row)) {
      PutString(scratch_, pair.name);
      PutString(scratch_, pair.value);
    }
    const Hash128 hash = HashWide(scratch_);
    if (std::find(seen_.begin(), seen_.end(), hash) != seen_.end()) return true;
    if (seen_before_.count(hash) > 0) return true;
    seen_.push_back(hash);
    if (seen_.size() < kFewEntries) return false;
    seen_before_.insert(seen_.begin(), seen_.end());
    seen_.clear();
    return false;
  }

  void Reverse() {
    std::reverse(out_.times.begin(), out_.times.end());
    std::reverse(out_.lines.begin(), out_.lines.end());
    std::reverse(origins_.begin(), origins_.end());
    std::vector<Field> pairs;
    std::vector<uint32_t> offsets = {0};
    for (uint32_t row = out_.rows; row-- > 0;) {
      for (const Field& pair : out_.metadata(row)) pairs.push_back(pair);
      offsets.push_back(static_cast<uint32_t>(pairs.size()));
    }
    out_.pairs = std::move(pairs);
    out_.pair_offsets = std::move(offsets);
  }

  const bool forward_;
  std::vector<RunCursor> cursors_;
  bool started_ = false;
  storage::RowBatch out_;
  std::vector<storage::Origin> origins_;
  int64_t first_sequence_ = 0;
  int64_t forward_sequence_ = 0;
  int64_t backward_sequence_ = 0;
  int64_t seen_time_ = INT64_MIN;
  std::vector<Hash128> seen_;                // the latest ones, fewer than kFewEntries
  std::unordered_set<Hash128> seen_before_;  // where many entries have one time
  std::string scratch_;
  uint64_t duplicates_ = 0;
};

}  // namespace

std::unique_ptr<UnitReader> MergeRuns(const std::vector<RunPart>& runs, Direction direction) {
  return std::make_unique<MergeReader>(runs, direction);
}

}  // namespace narfi::query
