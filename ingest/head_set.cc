#include "ingest/head_set.h"

#include <algorithm>
#include <atomic>

#include "storage/row_group_writer.h"

namespace narfi::ingest {
namespace {

constexpr uint64_t kHeadBytes = 300;  // of an empty Head and its map nodes, labels aside

uint64_t LabelBytes(const Labels& labels) {
  uint64_t bytes = 0;
  for (const Label& label : labels) bytes += sizeof label + label.name.size() + label.value.size();
  return bytes;
}

// The blocks of a sealed head.
class MemoryBlocks final : public storage::BlockSource {
 public:
  MemoryBlocks(Hash128 owner, std::string bytes) : owner_(owner), bytes_(std::move(bytes)) {}
  Hash128 owner() const override { return owner_; }
  Status ReadRaw(storage::BlockRef ref, std::string& dst) const override {
    dst.assign(bytes_, ref.offset, ref.length);
    return {};
  }

 private:
  const Hash128 owner_;
  const std::string bytes_;
};

// Names no segment can have: their high half is never zero.
Hash128 NextSealedId() {
  static std::atomic<uint64_t> next = 1;
  return {0, next++};
}

}  // namespace

bool HeadSet::Append(StreamId id, const std::shared_ptr<const Labels>& labels, int64_t time_ns,
                     std::string_view line, std::span<const MetadataPair> metadata) {
  Head& head = heads_[id];
  if (head.open == nullptr) {
    if (head.labels == nullptr) bytes_ += kHeadBytes + LabelBytes(*labels);
    head.labels = labels;
    head.open = std::make_shared<OpenRows>();
    bytes_ += head.open->bytes();
  }
  const uint64_t before = head.open->bytes();
  const bool is_new = head.open->Append(time_ns, line, metadata);
  bytes_ += head.open->bytes() - before;
  if (head.open->full()) Seal(id, head);
  return is_new;
}

void HeadSet::Seal(StreamId id, Head& head) {
  const auto open = ReadOpenRows(head.open, head.open->size(), id, head.labels);
  const storage::StreamRun& run = open->runs()[0];
  storage::RowBatch batch;
  // Open rows are read from memory: this cannot fail.
  static_cast<void>(open->Read(
      0, 0, run.rows, storage::Column::kTime | storage::Column::kLine | storage::Column::kMetadata,
      batch));
  const Hash128 owner = NextSealedId();
  storage::BlockWriter blocks(owner, 0);
  // No word filter and no columns: flushing makes them, and a head is small enough to search.
  storage::RowGroupWriter writer(blocks, {.max_bytes = UINT64_MAX,
                                          .page_bytes = UINT64_MAX,
                                          .zstd_level = 1,
                                          .word_filter = false,
                                          .line_columns = false});
  for (uint32_t i = 0; i < batch.rows; ++i)
    writer.Append(id, head.labels, batch.times[i], batch.lines[i], batch.metadata(i));
  storage::RowGroupMeta meta = writer.Finish();
  bytes_ -= head.open->bytes();
  std::string bytes = blocks.Take();
  bytes.shrink_to_fit();
  bytes_ += bytes.size() + 400;
  head.sealed.push_back(std::make_shared<const storage::StoredRowGroup>(
      std::make_shared<const MemoryBlocks>(owner, std::move(bytes)), std::move(meta), "sealed head",
      cache_));
  head.open.reset();
}

void HeadSet::Readers(StreamId id, std::vector<storage::RunRef>& out) const {
  const auto it = heads_.find(id);
  if (it == heads_.end()) return;
  for (const auto& group : it->second.sealed) out.push_back({group, 0, 0});
  const auto& open = it->second.open;
  if (open != nullptr && open->size() > 0)
    out.push_back({ReadOpenRows(open, open->size(), id, it->second.labels), 0, 0});
}

std::vector<StreamId> HeadSet::StreamIds() const {
  std::vector<StreamId> ids;
  ids.reserve(heads_.size());
  for (const auto& [id, head] : heads_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace narfi::ingest
