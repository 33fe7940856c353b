#include "storage/row_group.h"

#include <algorithm>

#include "base/check.h"
#include "storage/word_filter.h"

namespace narfi::storage {
namespace {

// What a page holds on to, given what its block unpacked to.
uint64_t HeldBytes(const TimePage& page, uint64_t) { return page.times.size() * sizeof(int64_t); }
uint64_t HeldBytes(const LinePage& page, uint64_t) {
  return page.text.size() + page.lines.size() * sizeof(std::string_view);
}
uint64_t HeldBytes(const MetadataPage& page, uint64_t payload) {
  return payload + page.pairs.size() * sizeof(MetadataPair) +
         (page.row_sets.size() + page.set_offsets.size()) * sizeof(uint32_t);
}
uint64_t HeldBytes(const std::string&, uint64_t payload) { return payload; }

// Looks `key` up in the cache, or makes the page by `decode` and remembers it.
template <class Page, class Decode>
Result<std::shared_ptr<const Page>> CachedPage(PageCache* cache, const BlockSource& source,
                                               BlockRef ref, Decode decode) {
  const PageKey key{source.owner(), ref.offset};
  if (cache != nullptr) {
    if (auto found = cache->Find(key)) return std::static_pointer_cast<const Page>(found);
  }
  NARFI_ASSIGN(std::string payload, ReadBlock(source, ref));
  const uint64_t payload_bytes = payload.size();
  NARFI_ASSIGN(auto page, decode(std::move(payload)));
  if (cache != nullptr) cache->Insert(key, page, HeldBytes(*page, payload_bytes) + 256);
  return page;
}

void AppendMetadataRows(const MetadataPage& page, uint32_t from, uint32_t count, RowBatch& out) {
  for (uint32_t row = from; row < from + count; ++row) {
    const uint32_t set = page.row_sets[row];
    out.pairs.insert(out.pairs.end(), page.pairs.begin() + page.set_offsets[set],
                     page.pairs.begin() + page.set_offsets[set + 1]);
    out.pair_offsets.push_back(static_cast<uint32_t>(out.pairs.size()));
  }
}

}  // namespace

uint32_t RowsOf(const RowGroupMeta& meta) {
  uint32_t rows = 0;
  for (const StreamRun& run : meta.runs) rows += run.rows;
  return rows;
}

StoredRowGroup::StoredRowGroup(std::shared_ptr<const BlockSource> source, RowGroupMeta meta,
                               std::string name, PageCache* cache)
    : source_(std::move(source)), meta_(std::move(meta)), name_(std::move(name)), cache_(cache) {
  uint32_t row = 0;
  for (const PageRef& page : meta_.pages) {
    page_starts_.push_back(row);
    row += page.rows;
  }
}

size_t StoredRowGroup::PageOfRow(uint32_t row) const {
  const auto after = std::upper_bound(page_starts_.begin(), page_starts_.end(), row);
  return static_cast<size_t>(after - page_starts_.begin()) - 1;
}

Status StoredRowGroup::Read(uint32_t run, uint32_t first, uint32_t count, ColumnSet columns,
                            RowBatch& out) const {
  NARFI_CHECK(run < meta_.runs.size() && count <= kBatchRows &&
              first + count <= meta_.runs[run].rows);
  out.Clear();
  if (Has(columns, Column::kMetadata)) out.pair_offsets.push_back(0);
  uint32_t row = meta_.runs[run].first_row + first;
  for (const uint32_t end = row + count; row < end;) {
    const size_t page = PageOfRow(row);
    const uint32_t from = row - page_starts_[page];
    const uint32_t part = std::min(end - row, meta_.pages[page].rows - from);
    if (auto done = ReadPart(page, from, part, columns, out); !done)
      return Wrap(name_, std::move(done).error());
    row += part;
  }
  out.rows = count;
  return {};
}

Status StoredRowGroup::ReadPart(size_t page, uint32_t from, uint32_t count, ColumnSet columns,
                                RowBatch& out) const {
  const PageRef& ref = meta_.pages[page];
  if (Has(columns, Column::kTime)) {
    NARFI_ASSIGN(const auto times, Times(ref));
    out.times.insert(out.times.end(), times->times.begin() + from,
                     times->times.begin() + from + count);
  }
  if (Has(columns, Column::kLine)) {
    NARFI_ASSIGN(const auto lines, Lines(ref));
    out.lines.insert(out.lines.end(), lines->lines.begin() + from,
                     lines->lines.begin() + from + count);
    out.pins.push_back(lines);
  }
  if (Has(columns, Column::kMetadata)) {
    NARFI_ASSIGN(const auto metadata, Metadata(ref));
    AppendMetadataRows(*metadata, from, count, out);
    out.pins.push_back(metadata);
  }
  return {};
}

Result<std::shared_ptr<const TimePage>> StoredRowGroup::Times(const PageRef& page) const {
  return CachedPage<TimePage>(cache_, *source_, page.time,
                              [&](std::string payload) { return DecodeTimes(payload, page.rows); });
}

Result<std::shared_ptr<const LinePage>> StoredRowGroup::Lines(const PageRef& page) const {
  using Decoded = Result<std::shared_ptr<const LinePage>>;
  return CachedPage<LinePage>(cache_, *source_, page.line, [&](std::string payload) -> Decoded {
    if (meta_.plain_lines) return DecodePlainLines(std::move(payload), page.rows);
    if (!LinesNeedTimes(payload)) return DecodeLines(payload, page.rows, {});
    NARFI_ASSIGN(const auto times, Times(page));
    return DecodeLines(payload, page.rows, times->times);
  });
}

Result<std::shared_ptr<const MetadataPage>> StoredRowGroup::Metadata(const PageRef& page) const {
  return CachedPage<MetadataPage>(cache_, *source_, page.metadata, [&](std::string payload) {
    return DecodeMetadata(std::move(payload), page.rows);
  });
}

bool StoredRowGroup::MayContain(uint32_t, std::string_view needle) const {
  if (meta_.filter.length == 0) return true;
  const auto filter = CachedPage<std::string>(
      cache_, *source_, meta_.filter,
      [](std::string payload) -> Result<std::shared_ptr<const std::string>> {
        return std::make_shared<const std::string>(std::move(payload));
      });
  // A filter that cannot be read proves nothing; reading the lines will tell whether they can.
  return !filter || WordFilter(**filter).MayContain(needle);
}

uint64_t StoredRowGroup::ReadCost(uint32_t run, ColumnSet columns) const {
  const StreamRun& info = meta_.runs[run];
  if (info.rows == 0) return 0;
  uint64_t bytes = 0;
  const size_t last = PageOfRow(info.first_row + info.rows - 1);
  for (size_t page = PageOfRow(info.first_row); page <= last; ++page) {
    const PageRef& ref = meta_.pages[page];
    if (Has(columns, Column::kTime)) bytes += ref.time.length;
    if (Has(columns, Column::kLine)) bytes += ref.line.length;
    if (Has(columns, Column::kMetadata)) bytes += ref.metadata.length;
  }
  return bytes;
}

}  // namespace narfi::storage
