#include "server/tail_source.h"

#include <algorithm>
#include <map>

#include "base/check.h"

namespace narfi::server {
namespace {

class TailRowGroup final : public storage::RowGroupReader {
 public:
  explicit TailRowGroup(std::vector<TailRow> rows) : rows_(std::move(rows)) {
    std::stable_sort(rows_.begin(), rows_.end(), [](const TailRow& a, const TailRow& b) {
      return a.row().time_ns < b.row().time_ns;
    });
    storage::StreamRun& run = runs_.emplace_back();
    run.id = rows_.front().chunk->id;
    run.labels = rows_.front().chunk->labels;
    run.rows = static_cast<uint32_t>(rows_.size());
    run.min_time_ns = rows_.front().row().time_ns;
    run.max_time_ns = rows_.back().row().time_ns;
    for (const TailRow& row : rows_) {
      run.line_bytes += row.row().line.size();
      for (const auto& pair : row.row().metadata)
        run.metadata_bytes += pair.name.size() + pair.value.size();
    }
  }

  storage::Origin origin() const override { return storage::Origin::kHead; }
  const std::vector<storage::StreamRun>& runs() const override { return runs_; }
  std::string name() const override { return "tail"; }

  Status Read(uint32_t run, uint32_t first, uint32_t count, storage::ColumnSet columns,
              storage::RowBatch& out) const override {
    NARFI_CHECK(run == 0 && first + count <= rows_.size());
    out.Start(columns);
    for (uint32_t i = first; i < first + count; ++i) {
      const TailChunk::Row& row = rows_[i].row();
      out.Append(columns, row.time_ns, row.line, row.metadata);
    }
    return {};
  }

  bool MayContain(uint32_t, std::string_view) const override { return true; }
  uint64_t ReadCost(uint32_t, storage::ColumnSet) const override { return 0; }

 private:
  std::vector<TailRow> rows_;
  std::vector<storage::StreamRun> runs_;
};

}  // namespace

TailSource::TailSource(std::vector<TailRow> rows) {
  std::map<StreamId, std::vector<TailRow>> by_stream;
  for (TailRow& row : rows) by_stream[row.chunk->id].push_back(std::move(row));
  for (auto& [id, of_stream] : by_stream)
    groups_.push_back(std::make_shared<const TailRowGroup>(std::move(of_stream)));
}

Result<storage::Snapshot> TailSource::TakeSnapshot(const storage::Selector&) {
  storage::Snapshot snapshot;
  for (const auto& group : groups_) snapshot.runs.push_back({group, 0, 0});
  return snapshot;
}

Result<std::vector<Labels>> TailSource::Series(const storage::Selector&) {
  std::vector<Labels> out;
  for (const auto& group : groups_) out.push_back(*group->runs()[0].labels);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace narfi::server
