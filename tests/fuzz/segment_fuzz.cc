// What lies in segments: the first byte chooses the directory of a row group, the footer, a whole
// file, or lines to be encoded; the rest are the bytes. Checksums are taken over what comes, so
// that the readers behind them are reached.
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "base/hash.h"
#include "storage/row_group_writer.h"
#include "storage/segment_reader.h"
#include "storage/stored_columns.h"
#include "tests/storage/support/one_object.h"

namespace {

namespace storage = narfi::storage;

constexpr narfi::Hash128 kOwner{1, 2};

// A segment with this footer and no blocks before it.
std::string FileWithFooter(std::string_view footer, narfi::Hash128 id) {
  std::string file(storage::kSegmentMagic);
  narfi::PutU32(file, storage::kSegmentVersion);
  narfi::PutU32(file, 0);
  narfi::PutU64(file, id.high);
  narfi::PutU64(file, id.low);
  storage::BlockWriter blocks(id, storage::kSegmentHeaderBytes);
  const storage::BlockRef ref = blocks.Append(footer, 0);
  file += blocks.bytes();
  std::string trailer;
  narfi::PutU64(trailer, ref.offset);
  narfi::PutU32(trailer, ref.length);
  narfi::PutU32(trailer, storage::kSegmentVersion);
  narfi::PutU64(trailer, narfi::Hash64(trailer));
  return file + trailer + std::string(storage::kSegmentMagic);
}

void ReadEverything(std::string bytes) {
  storage::OneObject store(std::move(bytes));
  const auto segment = storage::SegmentReader::Open(store, "x", nullptr);
  if (!segment) return;
  storage::RowBatch batch;
  for (const auto& group : (*segment)->groups()) {
    for (uint32_t run = 0; run < group->runs().size(); ++run) {
      const uint32_t rows = std::min(group->runs()[run].rows, storage::kBatchRows);
      static_cast<void>(group->Read(
          run, 0, rows,
          storage::Column::kTime | storage::Column::kLine | storage::Column::kMetadata, batch));
      static_cast<void>(group->MayContain(run, " word "));
    }
  }
}

void AskEverything(const storage::StoredRowGroup& group, std::string_view needle) {
  const auto columns = group.columnar();
  if (!columns) return;
  static_cast<void>((*columns)->RowTemplates());
  if (!needle.empty()) static_cast<void>((*columns)->FindText(needle));
  for (uint32_t slot = 0; slot < 3; ++slot) {
    const std::vector<uint32_t> slots((*columns)->templates().size(), slot);
    static_cast<void>((*columns)->Field(slots));
  }
  for (const std::string_view name : (*columns)->metadata_names())
    static_cast<void>((*columns)->MetadataField(name));
  storage::RowBatch batch;
  for (uint32_t run = 0; run < group.runs().size(); ++run) {
    static_cast<void>(group.Read(
        run, 0, std::min(group.runs()[run].rows, storage::kBatchRows),
        storage::Column::kTime | storage::Column::kLine | storage::Column::kMetadata, batch));
    static_cast<void>(group.RowsBefore(run, group.runs()[run].min_time_ns + 1));
  }
}

// A directory of `rows` rows whose blobs are all inside it, and times that are all one.
void ReadDirectory(std::string_view directory, uint32_t rows) {
  storage::BlockWriter blocks(kOwner, 0);
  storage::RowGroupMeta meta;
  meta.directory = blocks.Append(directory, 0);
  const auto labels = std::make_shared<const narfi::Labels>();
  meta.runs.push_back({.id = labels->Id(), .labels = labels, .first_row = 0, .rows = rows});
  meta.times = blocks.Append(std::string((rows + 8) / 8, '\xff'), 0);
  AskEverything(
      {std::make_shared<const storage::MemoryBlocks>(kOwner, blocks.Take()), meta, "x", nullptr},
      "ab1");
}

// Lines, whatever they are, come back as they were.
void SplitAndJoin(std::string_view text) {
  storage::RowGroupWriter writer(kOwner, {});
  const auto labels = std::make_shared<const narfi::Labels>();
  std::vector<std::string_view> lines;
  for (size_t at = 0; at <= text.size() && lines.size() < storage::kBatchRows;) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    writer.Append(labels->Id(), labels,
                  1'795'651'200'000'000'000 + static_cast<int64_t>(at) * 1'000, lines.back(), {});
    at = end + 1;
  }
  const auto group = writer.Finish("x", nullptr);
  storage::RowBatch batch;
  const auto read = group->Read(0, 0, static_cast<uint32_t>(lines.size()),
                                storage::ColumnSet{} | storage::Column::kLine, batch);
  if (!read || batch.lines != lines) std::abort();
  AskEverything(*group, text.substr(0, 8));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  const uint32_t rows = data[1] + 256u * data[2];
  switch (data[0] % 4) {
    case 0:
      ReadDirectory(bytes, 1 + rows % storage::kMaxRows);
      break;
    case 1: {
      // A footer that decodes must encode to something that decodes to the same.
      const auto footer = storage::DecodeFooter(bytes);
      if (footer && !storage::DecodeFooter(storage::EncodeFooter(*footer))) std::abort();
      if (footer) ReadEverything(FileWithFooter(bytes, footer->id));
      break;
    }
    case 2:
      SplitAndJoin(bytes);
      break;
    default:
      ReadEverything(std::string(bytes));
  }
  return 0;
}
