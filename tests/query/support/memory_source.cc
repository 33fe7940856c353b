#include "tests/query/support/memory_source.h"

#include <algorithm>
#include <random>
#include <set>

namespace narfi::query_test {
namespace {

// One run of one stream.
class MemoryGroup final : public storage::RowGroupReader {
 public:
  MemoryGroup(const Labels& labels, std::vector<TestEntry> entries,
              std::shared_ptr<ReadCounts> counts, std::shared_ptr<const Error> failure)
      : entries_(std::move(entries)), counts_(std::move(counts)), failure_(std::move(failure)) {
    storage::StreamRun run;
    run.id = labels.Id();
    run.labels = std::make_shared<const Labels>(labels);
    run.rows = static_cast<uint32_t>(entries_.size());
    run.min_time_ns = entries_.front().time_ns;
    run.max_time_ns = entries_.back().time_ns;
    for (const TestEntry& entry : entries_) {
      run.line_bytes += entry.line.size();
      for (const Label& pair : entry.metadata)
        run.metadata_bytes += pair.name.size() + pair.value.size();
    }
    runs_.push_back(std::move(run));
  }

  const std::vector<storage::StreamRun>& runs() const override { return runs_; }
  std::string name() const override { return "memory"; }

  Status Read(uint32_t, uint32_t first, uint32_t count, storage::ColumnSet columns,
              storage::RowBatch& out) const override {
    if (!failure_->text.empty()) return tl::unexpected(*failure_);
    ++counts_->reads;
    if (Has(columns, storage::Column::kLine)) ++counts_->line_reads;
    if (Has(columns, storage::Column::kMetadata)) ++counts_->metadata_reads;
    out.rows = count;
    if (Has(columns, storage::Column::kMetadata)) out.pair_offsets.push_back(0);
    for (uint32_t i = first; i < first + count; ++i) {
      const TestEntry& entry = entries_[i];
      if (Has(columns, storage::Column::kTime)) out.times.push_back(entry.time_ns);
      // Copies, so that a view that outlives its batch is caught by the address sanitizer.
      if (Has(columns, storage::Column::kLine)) out.lines.push_back(out.arena.Copy(entry.line));
      if (!Has(columns, storage::Column::kMetadata)) continue;
      for (const Label& pair : entry.metadata)
        out.pairs.push_back({out.arena.Copy(pair.name), out.arena.Copy(pair.value)});
      out.pair_offsets.push_back(static_cast<uint32_t>(out.pairs.size()));
    }
    return {};
  }

  bool MayContain(uint32_t, std::string_view needle) const override {
    return std::any_of(entries_.begin(), entries_.end(), [&](const TestEntry& e) {
      return e.line.find(needle) != std::string::npos;
    });
  }
  uint64_t ReadCost(uint32_t, storage::ColumnSet) const override {
    return runs_.front().line_bytes;
  }

 private:
  const std::vector<TestEntry> entries_;
  const std::shared_ptr<ReadCounts> counts_;
  const std::shared_ptr<const Error> failure_;
  std::vector<storage::StreamRun> runs_;
};

}  // namespace

void MemorySource::Add(const TestStream& stream, const Layout& layout) {
  std::mt19937 random(layout.seed);
  std::vector<std::vector<TestEntry>> piles(std::max<uint32_t>(layout.scatter, 1));
  for (const TestEntry& entry : stream.entries) {
    const size_t pile = random() % piles.size();
    piles[pile].push_back(entry);
    const bool repeat = piles.size() > 1 && random() % 100 < layout.repeat_percent;
    if (repeat) piles[(pile + 1) % piles.size()].push_back(entry);
  }
  for (std::vector<TestEntry>& pile : piles) {
    std::stable_sort(pile.begin(), pile.end(),
                     [](const TestEntry& a, const TestEntry& b) { return a.time_ns < b.time_ns; });
    for (size_t first = 0; first < pile.size(); first += layout.rows_per_run) {
      const size_t end = std::min(pile.size(), first + layout.rows_per_run);
      std::vector<TestEntry> part(pile.begin() + static_cast<ptrdiff_t>(first),
                                  pile.begin() + static_cast<ptrdiff_t>(end));
      stored_.push_back(
          {stream.tenant, stream.labels,
           std::make_shared<MemoryGroup>(stream.labels, std::move(part), counts_, failure_)});
    }
  }
}

Result<storage::Snapshot> MemorySource::TakeSnapshot(const storage::Selector& selector) {
  storage::Snapshot snapshot;
  if (!warning_.empty()) snapshot.warnings.push_back(warning_);
  for (const Stored& stored : stored_) {
    const storage::StreamRun& run = stored.group->runs().front();
    if (stored.tenant != selector.tenant || !Matches(stored.labels, selector.predicates)) continue;
    if (run.max_time_ns < selector.start_ns || run.min_time_ns >= selector.end_ns) continue;
    NARFI_TRY(storage::AppendVisible({stored.group, 0, 0}, hidden_, snapshot.runs));
  }
  storage::MarkOverlaps(snapshot.runs);
  storage::MarkParts(snapshot.runs);
  return snapshot;
}

Result<std::vector<Labels>> MemorySource::Series(const storage::Selector& selector) {
  NARFI_ASSIGN(const storage::Snapshot snapshot, TakeSnapshot(selector));
  std::set<Labels> labels;
  for (const storage::RunRef& run : snapshot.runs) labels.insert(*run.info().labels);
  return std::vector<Labels>(labels.begin(), labels.end());
}

std::vector<std::string> MemorySource::Tenants() {
  std::set<std::string> tenants;
  for (const Stored& stored : stored_) tenants.insert(stored.tenant);
  return {tenants.begin(), tenants.end()};
}

}  // namespace narfi::query_test
