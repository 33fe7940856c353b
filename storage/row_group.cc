#include "storage/row_group.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "storage/id_dictionary.h"
#include "storage/stored_columns.h"

namespace narfi::storage {

uint32_t RowsOf(const RowGroupMeta& meta) {
  uint32_t rows = 0;
  for (const StreamRun& run : meta.runs) rows += run.rows;
  return rows;
}

StoredRowGroup::StoredRowGroup(std::shared_ptr<const BlockSource> source, RowGroupMeta meta,
                               std::string name, PageCache* cache,
                               std::shared_ptr<const IdDictionaries> ids)
    : source_(std::move(source)),
      meta_(std::move(meta)),
      name_(std::move(name)),
      cache_(cache),
      ids_(std::move(ids)) {}

StoredRowGroup::~StoredRowGroup() {
  if (cache_ != nullptr) cache_->Forget(ColumnsKey());
  if (ids_ != nullptr) ids_->Forget();
}

Result<std::shared_ptr<const StoredColumns>> StoredRowGroup::Columns() const {
  if (cache_ != nullptr) {
    if (auto found = cache_->Find(ColumnsKey()))
      return std::static_pointer_cast<const StoredColumns>(found);
  }
  NARFI_ASSIGN(auto made, StoredColumns::Open(source_, meta_, ids_, cache_));
  if (cache_ != nullptr) cache_->Insert(ColumnsKey(), made, made->bytes());
  return made;
}

Result<std::shared_ptr<const StoredColumns>> StoredRowGroup::ColumnsApart(PageCache& cache) const {
  return StoredColumns::Open(source_, meta_, ids_, &cache);
}

Result<std::shared_ptr<const Columnar>> StoredRowGroup::columnar() const {
  auto columns = Columns();
  if (!columns) return Wrap(name_, std::move(columns).error());
  return std::shared_ptr<const Columnar>(std::move(*columns));
}

Status StoredRowGroup::Read(uint32_t run, uint32_t first, uint32_t count, ColumnSet columns,
                            RowBatch& out) const {
  NARFI_CHECK(run < meta_.runs.size() && count <= kBatchRows &&
              first + count <= meta_.runs[run].rows);
  std::vector<uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), meta_.runs[run].first_row + first);
  return ReadRows(rows, columns, out);
}

Status StoredRowGroup::ReadRows(std::span<const uint32_t> rows, ColumnSet columns,
                                RowBatch& out) const {
  out.Clear();
  if (auto done = ReadColumns(rows, columns, out); !done)
    return Wrap(name_, std::move(done).error());
  out.rows = static_cast<uint32_t>(rows.size());
  return {};
}

Status StoredRowGroup::ReadColumns(std::span<const uint32_t> rows, ColumnSet columns,
                                   RowBatch& out) const {
  if (Has(columns, Column::kMetadata)) out.pair_offsets.push_back(0);
  if (rows.empty()) return {};
  NARFI_ASSIGN(const auto stored, Columns());
  out.pins.push_back(stored);
  if (Has(columns, Column::kTime) || Has(columns, Column::kLine)) {
    NARFI_ASSIGN(const auto times, stored->Times());
    AppendTimes(*times, rows, out.times);
  }
  if (Has(columns, Column::kLine)) {
    auto sink = std::make_shared<TextSink>();
    out.lines.resize(rows.size());
    NARFI_TRY(stored->Lines(rows, out.times, *sink, out.lines.data()));
    out.pins.push_back(std::move(sink));
    if (!Has(columns, Column::kTime)) out.times.clear();
  }
  if (Has(columns, Column::kMetadata)) return stored->Metadata(rows, out);
  return {};
}

void StoredRowGroup::AppendTimes(const TimeColumn& times, std::span<const uint32_t> rows,
                                 std::vector<int64_t>& out) const {
  const auto& runs = meta_.runs;
  const auto behind =
      std::upper_bound(runs.begin(), runs.end(), rows.front(),
                       [](uint32_t row, const StreamRun& run) { return row < run.first_row; });
  auto run = static_cast<uint32_t>(behind - runs.begin()) - 1;
  for (size_t i = 0; i < rows.size();) {
    while (rows[i] >= runs[run].first_row + runs[run].rows) ++run;
    const uint32_t end = runs[run].first_row + runs[run].rows;
    size_t next = i + 1;  // rows that follow one another are read in one go
    while (next < rows.size() && rows[next] == rows[next - 1] + 1 && rows[next] < end) ++next;
    const uint32_t first = rows[i] - runs[run].first_row;
    if (next - i == 1) {
      out.push_back(times.At(run, first));
    } else {
      times.Append(run, first, static_cast<uint32_t>(next - i), out);
    }
    i = next;
  }
}

Result<uint32_t> StoredRowGroup::RowsBefore(uint32_t run, int64_t time_ns) const {
  const StreamRun& info = meta_.runs[run];
  if (time_ns <= info.min_time_ns) return 0;
  if (time_ns > info.max_time_ns) return info.rows;
  NARFI_ASSIGN(const auto stored, Columns());
  NARFI_ASSIGN(const auto times, stored->Times());
  return times->RowsBefore(run, time_ns);
}

bool StoredRowGroup::MayContain(uint32_t run, std::string_view needle) const {
  if (needle.empty()) return true;
  const auto stored = Columns();
  if (!stored) return true;  // reading the lines will tell
  const auto hits = (*stored)->FindText(needle);
  if (!hits) return true;
  const StreamRun& info = meta_.runs[run];
  return (*hits)->sure.CountIn(info.first_row, info.rows) +
             (*hits)->maybe.CountIn(info.first_row, info.rows) >
         0;
}

// Blocks are read by column and not by run: a run pays by its share of the rows.
uint64_t StoredRowGroup::ReadCost(uint32_t run, ColumnSet columns) const {
  const uint64_t rows = std::max<uint32_t>(RowsOf(meta_), 1);
  uint64_t bytes = 0;
  if (Has(columns, Column::kTime)) bytes += meta_.times.length;
  if (Has(columns, Column::kLine)) bytes += meta_.directory.offset - meta_.start;
  return bytes * meta_.runs[run].rows / rows;
}

}  // namespace narfi::storage
