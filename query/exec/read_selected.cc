#include <algorithm>
#include <deque>

#include "query/exec/group_scan.h"
#include "query/exec/unit_reader.h"

namespace narfi::query {
namespace {

// Rows this far apart are still read in one go.
constexpr uint32_t kMaxGap = 64;
constexpr uint32_t kGrowth = 4;

class SelectedReader final : public UnitReader, public LineLoader {
 public:
  SelectedReader(const storage::RunRef& run, const storage::RowSet& set, uint32_t begin,
                 uint32_t end, storage::ColumnSet columns, uint32_t first_batch,
                 Direction direction)
      : run_(run),
        columns_(columns),
        forward_(direction == Direction::kForward),
        batch_rows_(std::min(first_batch, storage::kBatchRows)) {
    const uint32_t base = run.info().first_row;
    ForEachRow(set, begin, end, [&](uint32_t row) { rows_.push_back(row - base); });
  }

  Result<storage::RowBatch*> Next() override {
    const auto left = static_cast<uint32_t>(rows_.size()) - given_;
    if (left == 0) return nullptr;
    const uint32_t count = std::min(left, batch_rows_);
    const size_t first = forward_ ? given_ : left - count;
    chosen_ = std::span(rows_).subspan(first, count);
    given_ += count;
    batch_rows_ = std::min(batch_rows_ * kGrowth, storage::kBatchRows);
    NARFI_TRY(ReadChosen());
    return &batch_;
  }

  // A batch's rows are numbered one after the other; that keeps their order among all others.
  int64_t first_sequence() const override { return chosen_.front(); }
  LineLoader* loader() override { return this; }

  Status LoadLines(storage::RowBatch& rows, std::span<const uint32_t> wanted) override {
    wanted_.clear();
    for (const uint32_t row : wanted) wanted_.push_back(chosen_[row]);
    lines_.Clear();
    NARFI_TRY(run_.group->ReadLines(run_.run, wanted_, lines_));
    rows.lines.assign(rows.rows, {});
    for (size_t i = 0; i < wanted.size(); ++i) rows.lines[wanted[i]] = lines_.lines[i];
    return {};
  }

 private:
  Status ReadChosen() {
    batch_.Clear();
    if (chosen_.back() - chosen_.front() + 1 == chosen_.size()) {
      return run_.group->Read(run_.run, chosen_.front(), static_cast<uint32_t>(chosen_.size()),
                              columns_, batch_);
    }
    size_t parts = 0;
    if (Has(columns_, storage::Column::kMetadata)) batch_.pair_offsets.push_back(0);
    for (size_t i = 0; i < chosen_.size();) {
      size_t end = i + 1;
      while (end < chosen_.size() && chosen_[end] - chosen_[end - 1] <= kMaxGap &&
             chosen_[end] - chosen_[i] < storage::kBatchRows) {
        ++end;
      }
      if (parts == parts_.size()) parts_.emplace_back();
      NARFI_TRY(ReadPart(chosen_.subspan(i, end - i), parts_[parts++]));
      i = end;
    }
    return {};
  }

  // Rows that lie near each other, into `part`, which then keeps what the batch points to.
  Status ReadPart(std::span<const uint32_t> rows, storage::RowBatch& part) {
    part.Clear();
    NARFI_TRY(
        run_.group->Read(run_.run, rows.front(), rows.back() - rows.front() + 1, columns_, part));
    batch_.rows += static_cast<uint32_t>(rows.size());
    for (const uint32_t row : rows) {
      const uint32_t place = row - rows.front();
      if (Has(columns_, storage::Column::kTime)) batch_.times.push_back(part.times[place]);
      if (!Has(columns_, storage::Column::kMetadata)) continue;
      for (const storage::MetadataPair& pair : part.metadata(place)) batch_.pairs.push_back(pair);
      batch_.pair_offsets.push_back(static_cast<uint32_t>(batch_.pairs.size()));
    }
    return {};
  }

  const storage::RunRef& run_;
  const storage::ColumnSet columns_;
  const bool forward_;
  uint32_t batch_rows_;
  std::vector<uint32_t> rows_;  // of the run
  uint32_t given_ = 0;
  std::span<const uint32_t> chosen_;  // of the batch, within rows_
  storage::RowBatch batch_;
  std::deque<storage::RowBatch> parts_;
  storage::RowBatch lines_;
  std::vector<uint32_t> wanted_;
};

}  // namespace

std::unique_ptr<UnitReader> ReadSelected(const storage::RunRef& run, const storage::RowSet& rows,
                                         uint32_t begin, uint32_t end, storage::ColumnSet columns,
                                         uint32_t first_batch, Direction direction) {
  return std::make_unique<SelectedReader>(run, rows, begin, end, columns, first_batch, direction);
}

}  // namespace narfi::query
