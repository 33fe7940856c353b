#include "ingest/open_rows.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>
#include <numeric>
#include <unordered_set>

#include "base/bytes.h"
#include "base/check.h"

namespace narfi::ingest {
namespace {

using storage::ColumnSet;

bool SameEntry(const OpenRows::Row& a, const OpenRows::Row& b) {
  return a.time_ns == b.time_ns && a.line == b.line && std::ranges::equal(a.metadata, b.metadata);
}

class OpenRowGroup final : public storage::RowGroupReader {
 public:
  OpenRowGroup(std::shared_ptr<const OpenRows> rows, uint32_t first, uint32_t size, StreamId id,
               std::shared_ptr<const Labels> labels)
      : rows_(std::move(rows)),
        first_(first),
        size_(size),
        is_ordered_(rows_->is_ordered()),
        id_(id),
        labels_(std::move(labels)) {}

  storage::Origin origin() const override { return storage::Origin::kHead; }
  // Made on first use, and not under the tenant's lock, which is held when the group is.
  const std::vector<storage::StreamRun>& runs() const override {
    std::call_once(described_, [this] {
      if (!is_ordered_) order_ = SortedOrder(size_);
      Describe(order_.empty() ? size_ : static_cast<uint32_t>(order_.size()));
    });
    return runs_;
  }
  std::string name() const override { return "head"; }

  Status Read(uint32_t run, uint32_t first, uint32_t count, ColumnSet columns,
              storage::RowBatch& out) const override {
    NARFI_CHECK(run == 0 && count <= storage::kBatchRows && first + count <= runs()[0].rows);
    out.Start(columns);
    out.pins.push_back(rows_);
    for (uint32_t i = first; i < first + count; ++i) {
      const OpenRows::Row& row = At(i);
      out.Append(columns, row.time_ns, row.line, row.metadata);
    }
    return {};
  }

  bool MayContain(uint32_t, std::string_view) const override { return true; }
  uint64_t ReadCost(uint32_t, ColumnSet) const override { return 0; }

 private:
  const OpenRows::Row& At(uint32_t i) const {
    return rows_->row(order_.empty() ? first_ + i : order_[i]);
  }

  // By time, then arrival, equal entries once.
  std::vector<uint32_t> SortedOrder(uint32_t size) const {
    std::vector<uint32_t> order(size);
    std::iota(order.begin(), order.end(), first_);
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return rows_->row(a).time_ns < rows_->row(b).time_ns;
    });
    std::vector<uint32_t> kept;
    std::unordered_set<std::string> seen;  // entries of the current time
    for (const uint32_t index : order) {
      const OpenRows::Row& row = rows_->row(index);
      if (!kept.empty() && rows_->row(kept.back()).time_ns != row.time_ns) seen.clear();
      if (seen.insert(EntryKey(row)).second) kept.push_back(index);
    }
    return kept;
  }

  void Describe(uint32_t rows) const {
    runs_.resize(1);
    storage::StreamRun& run = runs_[0];
    run.id = id_;
    run.labels = labels_;
    run.rows = rows;
    run.min_time_ns = At(0).time_ns;
    run.max_time_ns = At(rows - 1).time_ns;
    for (uint32_t i = 0; i < rows; ++i) {
      const OpenRows::Row& row = At(i);
      run.line_bytes += row.line.size();
      for (const MetadataPair& pair : row.metadata)
        run.metadata_bytes += pair.name.size() + pair.value.size();
    }
  }

  const std::shared_ptr<const OpenRows> rows_;
  const uint32_t first_;
  const uint32_t size_;
  const bool is_ordered_;
  const StreamId id_;
  const std::shared_ptr<const Labels> labels_;
  mutable std::once_flag described_;
  mutable std::vector<uint32_t> order_;  // empty: as they came
  mutable std::vector<storage::StreamRun> runs_;
};

}  // namespace

// Slab k begins at row kFirstSlab * (2^k - 1).
const OpenRows::Row& OpenRows::row(uint32_t index) const {
  const uint32_t slab = static_cast<uint32_t>(std::bit_width(index / kFirstSlab + 1)) - 1;
  return slabs_[slab][index - kFirstSlab * ((1U << slab) - 1)];
}

OpenRows::Row& OpenRows::Slot(uint32_t index) {
  const uint32_t slab = static_cast<uint32_t>(std::bit_width(index / kFirstSlab + 1)) - 1;
  if (slabs_[slab] == nullptr) {
    slabs_[slab] = std::make_unique<Row[]>(size_t{kFirstSlab} << slab);
    row_bytes_ += (size_t{kFirstSlab} << slab) * sizeof(Row);
  }
  return slabs_[slab][index - kFirstSlab * ((1U << slab) - 1)];
}

bool OpenRows::IsRepeat(int64_t time_ns, std::string_view line,
                        std::span<const MetadataPair> metadata) const {
  static constexpr uint32_t kLookBack = 64;  // the rest is found when rows are sorted or merged
  for (uint32_t i = size_; i > 0 && size_ - i < kLookBack; --i) {
    const Row& other = row(i - 1);
    if (other.time_ns != time_ns) return false;
    if (SameEntry(other, {time_ns, line, metadata})) return true;
  }
  return false;
}

std::span<const MetadataPair> OpenRows::Keep(std::span<const MetadataPair> metadata) {
  if (metadata.empty()) return {};
  for (const auto& kept : recent_) {
    if (std::ranges::equal(kept, metadata)) return kept;
  }
  auto* const out = kept_.AllocateFor<MetadataPair>(metadata.size());
  for (size_t i = 0; i < metadata.size(); ++i)
    out[i] = {kept_.Copy(metadata[i].name), kept_.Copy(metadata[i].value)};
  recent_[next_recent_++ % kRecent] = {out, metadata.size()};
  return {out, metadata.size()};
}

bool OpenRows::Append(int64_t time_ns, std::string_view line,
                      std::span<const MetadataPair> metadata) {
  NARFI_CHECK(size_ < kMaxOpenRows);
  if (size_ > 0) {
    const int64_t last = row(size_ - 1).time_ns;
    if (time_ns == last && IsRepeat(time_ns, line, metadata)) return false;
    // Equal times may hide a repeat further back than IsRepeat() looks.
    if (time_ns < last || (time_ns == last && size_ >= 64 && row(size_ - 64).time_ns == time_ns))
      is_ordered_ = false;
  }
  const auto kept = Keep(metadata);
  Slot(size_) = {time_ns, kept_.Copy(line), kept};
  ++size_;
  return true;
}

std::string EntryKey(const OpenRows::Row& row) {
  std::string key(row.line);
  for (const MetadataPair& pair : row.metadata) {
    PutString(key, pair.name);
    PutString(key, pair.value);
  }
  PutU64(key, row.line.size());
  return key;
}

std::shared_ptr<const storage::RowGroupReader> ReadOpenRows(std::shared_ptr<const OpenRows> rows,
                                                            uint32_t first, uint32_t count,
                                                            StreamId id,
                                                            std::shared_ptr<const Labels> labels) {
  return std::make_shared<const OpenRowGroup>(std::move(rows), first, count, id, std::move(labels));
}

}  // namespace narfi::ingest
