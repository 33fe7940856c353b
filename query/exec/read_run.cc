#include <algorithm>

#include "query/exec/unit_reader.h"

namespace narfi::query {
namespace {

class RunReader final : public UnitReader, public LineLoader {
 public:
  RunReader(const RunPart& part, storage::ColumnSet columns, bool lazy_lines, Direction direction)
      : run_(*part),
        begin_(part.first),
        end_(part.first + part.rows),
        columns_(columns),
        lazy_lines_(lazy_lines),
        direction_(direction),
        left_(part.rows) {}

  Result<storage::RowBatch*> Next() override {
    if (left_ == 0) return nullptr;
    // Chunks start at multiples of kBatchRows from either end.
    if (direction_ == Direction::kForward) {
      first_ = end_ - left_;
      count_ = std::min(left_, storage::kBatchRows);
    } else {
      const uint32_t last = begin_ + left_ - 1;
      first_ = std::max(begin_, last / storage::kBatchRows * storage::kBatchRows);
      count_ = last + 1 - first_;
    }
    left_ -= count_;
    rows_.Clear();
    NARFI_TRY(run_.group->Read(run_.run, first_, count_, columns_, rows_));
    return &rows_;
  }

  int64_t first_sequence() const override { return first_; }
  LineLoader* loader() override { return lazy_lines_ ? this : nullptr; }

  Status LoadLines(storage::RowBatch& rows, std::span<const uint32_t>) override {
    lines_.Clear();
    NARFI_TRY(run_.group->Read(run_.run, first_, count_,
                               storage::ColumnSet{} | storage::Column::kLine, lines_));
    rows.lines = lines_.lines;
    return {};
  }

 private:
  const storage::RunRef& run_;
  const uint32_t begin_;
  const uint32_t end_;
  const storage::ColumnSet columns_;
  const bool lazy_lines_;
  const Direction direction_;
  uint32_t left_;
  uint32_t first_ = 0;
  uint32_t count_ = 0;
  storage::RowBatch rows_;
  storage::RowBatch lines_;
};

}  // namespace

std::unique_ptr<UnitReader> ReadRun(const RunPart& run, storage::ColumnSet columns, bool lazy_lines,
                                    Direction direction) {
  return std::make_unique<RunReader>(run, columns, lazy_lines, direction);
}

}  // namespace narfi::query
