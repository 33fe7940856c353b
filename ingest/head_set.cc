#include "ingest/head_set.h"

#include <algorithm>
#include <atomic>

#include "base/check.h"
#include "storage/row_group_writer.h"

namespace narfi::ingest {
namespace {

constexpr uint64_t kHeadBytes = 300;  // of an empty Head and its map nodes, labels aside
// Where a part closes: a row group's worth of rows, or of text.
constexpr uint32_t kPartRows = storage::kMaxRows;
constexpr uint64_t kPartBytes = 24 << 20;
// Streams with fewer rows in a part keep their newest ones there.
constexpr uint32_t kLeastToMoveFrom = 16;

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

HeadSet::Part& HeadSet::OpenPart(int64_t now_monotonic_ns) {
  if (parts_.empty() || parts_.back()->is_closed) {
    parts_.push_back(std::make_shared<Part>());
    opened_ns_ = now_monotonic_ns;
  }
  return *parts_.back();
}

HeadSet::Head& HeadSet::HeadOf(StreamId id, const std::shared_ptr<const Labels>& labels,
                               int64_t now_monotonic_ns) {
  Part& part = OpenPart(now_monotonic_ns);
  appended_ns_ = now_monotonic_ns;
  Head& head = part.heads[id];
  if (head.rows != nullptr) return head;
  streams_.insert(id);
  head.labels = labels;
  head.rows = std::make_shared<OpenRows>();
  const uint64_t added = kHeadBytes + LabelBytes(*labels) + head.rows->bytes();
  part.bytes += added;
  bytes_ += added;
  open_bytes_ += added;
  return head;
}

bool HeadSet::AppendRow(Head& head, const Entry& entry) {
  Part& part = *parts_.back();
  const uint64_t before = head.rows->bytes();
  if (head.rows->Append(entry.time_ns, entry.line, entry.metadata)) ++part.rows;
  const uint64_t added = head.rows->bytes() - before;
  part.bytes += added;
  bytes_ += added;
  open_bytes_ += added;
  if (part.rows < kPartRows && part.bytes < kPartBytes) return false;
  Close(true);
  return true;
}

uint64_t HeadSet::closed_bytes() const {
  uint64_t sum = 0;
  for (const auto& part : parts_)
    sum += part->is_closed && part->sealed == nullptr ? part->bytes : 0;
  return sum;
}

void HeadSet::Close(bool moves_on) {
  if (parts_.empty() || parts_.back()->is_closed) return;
  Part& part = *parts_.back();
  for (auto& [id, head] : part.heads) head.count = head.rows->size();
  part.is_closed = true;
  if (!moves_on) return;
  auto next = std::make_shared<Part>();
  MoveNewest(part, *next);
  if (next->rows == 0) return;
  bytes_ += next->bytes;
  open_bytes_ += next->bytes;
  opened_ns_ = appended_ns_;
  parts_.push_back(std::move(next));
}

// Rows of a stream that came in order and end in one moment: that moment goes on.
void HeadSet::MoveNewest(Part& from, Part& to) {
  for (auto& [id, head] : from.heads) {
    if (head.count < kLeastToMoveFrom || !head.rows->is_ordered()) continue;
    const int64_t newest = head.rows->row(head.count - 1).time_ns;
    uint32_t first = head.count;
    while (first > 0 && head.rows->row(first - 1).time_ns == newest) --first;
    if (first * 2 < head.count) continue;
    Head& moved = to.heads[id];
    moved.labels = head.labels;
    moved.rows = std::make_shared<OpenRows>();
    for (uint32_t i = first; i < head.count; ++i) {
      const OpenRows::Row& row = head.rows->row(i);
      moved.rows->Append(row.time_ns, row.line, row.metadata);
    }
    to.rows += moved.rows->size();
    to.bytes += kHeadBytes + LabelBytes(*moved.labels) + moved.rows->bytes();
    from.rows -= head.count - first;
    head.count = first;
  }
}

std::shared_ptr<const HeadSet::Part> HeadSet::ToSeal() const {
  for (const auto& part : parts_) {
    if (part->is_closed && part->sealed == nullptr) return part;
  }
  return nullptr;
}

std::shared_ptr<const storage::StoredRowGroup> HeadSet::Encode(const Part& part,
                                                               storage::PageCache* cache) {
  const Hash128 owner = NextSealedId();
  storage::BlockWriter blocks(owner, 0);
  storage::RowGroupWriter writer(blocks, {.borrows_texts = true});
  storage::RowBatch batch;
  for (const auto& [id, head] : part.heads) {
    const auto open = ReadOpenRows(head.rows, head.count, id, head.labels);
    const uint32_t rows = open->runs()[0].rows;
    for (uint32_t first = 0; first < rows; first += batch.rows) {
      // Open rows are read from memory: this cannot fail.
      static_cast<void>(open->Read(
          0, first, std::min(rows - first, storage::kBatchRows),
          storage::Column::kTime | storage::Column::kLine | storage::Column::kMetadata, batch));
      for (uint32_t i = 0; i < batch.rows; ++i)
        writer.Append(id, head.labels, batch.times[i], batch.lines[i], batch.metadata(i));
    }
  }
  storage::RowGroupMeta meta = writer.Finish();
  std::string bytes = blocks.Take();
  bytes.shrink_to_fit();
  return std::make_shared<const storage::StoredRowGroup>(
      std::make_shared<const MemoryBlocks>(owner, std::move(bytes)), std::move(meta), "sealed head",
      cache);
}

void HeadSet::Replace(const std::shared_ptr<const Part>& part,
                      std::shared_ptr<const storage::StoredRowGroup> sealed) {
  const auto it = std::find(parts_.begin(), parts_.end(), part);
  NARFI_CHECK(it != parts_.end());
  // A new part, as readers and the sealing thread may still hold the old one.
  auto made = std::make_shared<Part>();
  made->rows = part->rows;
  made->is_closed = true;
  made->bytes = sealed->stored_bytes() + sealed->runs().size() * sizeof(storage::StreamRun) + 400;
  made->sealed = std::move(sealed);
  bytes_ = bytes_ - part->bytes + made->bytes;
  open_bytes_ -= part->bytes;
  *it = std::move(made);
}

std::vector<std::shared_ptr<const storage::StoredRowGroup>> HeadSet::Groups() const {
  std::vector<std::shared_ptr<const storage::StoredRowGroup>> out;
  for (const auto& part : parts_) {
    NARFI_CHECK(part->sealed != nullptr);
    out.push_back(part->sealed);
  }
  return out;
}

void HeadSet::Readers(StreamId id, std::vector<storage::RunRef>& out) const {
  if (!streams_.contains(id)) return;
  for (const auto& part : parts_) {
    if (part->sealed != nullptr) {
      const auto& runs = part->sealed->runs();
      const auto run = std::lower_bound(
          runs.begin(), runs.end(), id,
          [](const storage::StreamRun& a, const StreamId& wanted) { return a.id < wanted; });
      if (run != runs.end() && run->id == id)
        out.push_back({part->sealed, static_cast<uint32_t>(run - runs.begin()), 0});
      continue;
    }
    const auto it = part->heads.find(id);
    if (it == part->heads.end()) continue;
    const Head& head = it->second;
    const uint32_t count = part->is_closed ? head.count : head.rows->size();
    if (count > 0) out.push_back({ReadOpenRows(head.rows, count, id, head.labels), 0, 0});
  }
}

}  // namespace narfi::ingest
