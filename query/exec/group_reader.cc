#include "query/exec/group_reader.h"

#include <algorithm>

namespace narfi::query {
namespace {

constexpr uint32_t kGrowth = 4;

}  // namespace

class GroupReader::RangeReader final : public UnitReader, public LineLoader {
 public:
  RangeReader(GroupReader& reader, size_t range, uint32_t first_row)
      : reader_(reader), range_(range), first_row_(first_row) {}

  Result<storage::RowBatch*> Next() override {
    NARFI_ASSIGN(piece_, reader_.NextPiece(range_));
    if (piece_ == nullptr) return nullptr;
    reader_.CutBatch(*piece_, batch_);
    return &batch_;
  }
  // A batch's rows are numbered one after the other; that keeps their order among all others.
  int64_t first_sequence() const override { return piece_->rows.front() - first_row_; }
  LineLoader* loader() override { return this; }
  Status LoadLines(storage::RowBatch& rows, std::span<const uint32_t> wanted) override {
    return reader_.LoadLines(*piece_, wanted, rows);
  }

 private:
  GroupReader& reader_;
  const size_t range_;
  const uint32_t first_row_;  // of its run
  const Piece* piece_ = nullptr;
  storage::RowBatch batch_;
};

GroupReader::GroupReader(const GroupScan& scan, const storage::RowSet& rows,
                         storage::ColumnSet columns, uint32_t first_batch, Direction direction)
    : scan_(scan),
      set_(rows),
      columns_(columns),
      forward_(direction == Direction::kForward),
      batch_rows_(std::min(first_batch, storage::kBatchRows)) {
  EnterRange(0);
}

std::unique_ptr<UnitReader> GroupReader::Open(size_t range) {
  const storage::RunRef& run = *scan_.ranges()[range].unit->runs.front();
  return std::make_unique<RangeReader>(*this, range, run.info().first_row);
}

void GroupReader::EnterRange(size_t range) {
  range_ = range;
  rows_left_.clear();
  if (range == scan_.ranges().size()) return;
  const GroupScan::Range& of = scan_.ranges()[range];
  ForEachRow(set_, of.begin, of.end, [&](uint32_t row) { rows_left_.push_back(row); });
  // Taken from the end.
  if (forward_) std::reverse(rows_left_.begin(), rows_left_.end());
}

Result<const GroupReader::Piece*> GroupReader::NextPiece(size_t range) {
  while (next_piece_ < pieces_.size() && pieces_[next_piece_].range < range) ++next_piece_;
  if (next_piece_ == pieces_.size()) {
    if (range < range_ || range_ == scan_.ranges().size()) return nullptr;
    NARFI_TRY(Gather(range));
  }
  const bool is_there = next_piece_ < pieces_.size() && pieces_[next_piece_].range == range;
  return is_there ? &pieces_[next_piece_++] : nullptr;
}

Status GroupReader::Gather(size_t range) {
  if (range > range_) EnterRange(range);
  pieces_.clear();
  next_piece_ = 0;
  has_lines_ = false;
  uint32_t room = batch_rows_;
  while (room > 0 && range_ < scan_.ranges().size()) {
    const size_t count = std::min<size_t>(room, rows_left_.size());
    if (count > 0) {
      Piece& piece = pieces_.emplace_back();
      piece.range = range_;
      piece.rows.assign(rows_left_.end() - static_cast<ptrdiff_t>(count), rows_left_.end());
      if (forward_) std::reverse(piece.rows.begin(), piece.rows.end());
      rows_left_.resize(rows_left_.size() - count);
      room -= static_cast<uint32_t>(count);
    }
    if (rows_left_.empty()) EnterRange(range_ + 1);
  }
  batch_rows_ = std::min(batch_rows_ * kGrowth, storage::kBatchRows);
  // Rows are read in the order in which they lie there.
  std::vector<Piece*> by_row;
  for (Piece& piece : pieces_) by_row.push_back(&piece);
  std::sort(by_row.begin(), by_row.end(),
            [](const Piece* a, const Piece* b) { return a->rows.front() < b->rows.front(); });
  read_rows_.clear();
  for (Piece* piece : by_row) {
    piece->first = read_rows_.size();
    read_rows_.insert(read_rows_.end(), piece->rows.begin(), piece->rows.end());
  }
  const auto& group = scan_.ranges().front().unit->runs.front()->group;
  return group->ReadRows(read_rows_, columns_, read_);
}

void GroupReader::CutBatch(const Piece& piece, storage::RowBatch& out) const {
  out.Clear();
  const size_t end = piece.first + piece.rows.size();
  out.rows = static_cast<uint32_t>(piece.rows.size());
  if (Has(columns_, storage::Column::kTime)) {
    out.times.assign(read_.times.begin() + static_cast<ptrdiff_t>(piece.first),
                     read_.times.begin() + static_cast<ptrdiff_t>(end));
  }
  if (!Has(columns_, storage::Column::kMetadata)) return;
  const uint32_t first_pair = read_.pair_offsets[piece.first];
  out.pairs.assign(read_.pairs.begin() + first_pair, read_.pairs.begin() + read_.pair_offsets[end]);
  for (size_t i = piece.first; i <= end; ++i)
    out.pair_offsets.push_back(read_.pair_offsets[i] - first_pair);
}

Status GroupReader::LoadLines(const Piece& piece, std::span<const uint32_t> wanted,
                              storage::RowBatch& out) {
  if (!has_lines_) {
    const auto& group = scan_.ranges().front().unit->runs.front()->group;
    NARFI_TRY(group->ReadRows(read_rows_, storage::ColumnSet{} | storage::Column::kLine, lines_));
    has_lines_ = true;
  }
  out.lines.assign(out.rows, {});
  for (const uint32_t row : wanted) out.lines[row] = lines_.lines[piece.first + row];
  return {};
}

}  // namespace narfi::query
