#include "tests/query/support/memory_source.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/query/support/append_entry.h"
#include "tests/query/support/columnar_group.h"

namespace narfi::query_test {
namespace {

// One run of one stream.
class MemoryGroup final : public storage::RowGroupReader {
 public:
  MemoryGroup(const Labels& labels, std::vector<TestEntry> entries, storage::Origin origin,
              std::shared_ptr<ReadCounts> counts, std::shared_ptr<const Error> failure)
      : entries_(std::move(entries)),
        origin_(origin),
        counts_(std::move(counts)),
        failure_(std::move(failure)) {
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

  storage::Origin origin() const override { return origin_; }
  const std::vector<storage::StreamRun>& runs() const override { return runs_; }
  std::string name() const override { return "memory"; }

  Status Read(uint32_t, uint32_t first, uint32_t count, storage::ColumnSet columns,
              storage::RowBatch& out) const override {
    if (!failure_->text.empty()) return tl::unexpected(*failure_);
    ++counts_->reads;
    if (Has(columns, storage::Column::kLine)) ++counts_->line_reads;
    if (Has(columns, storage::Column::kMetadata)) ++counts_->metadata_reads;
    out.Start(columns);
    for (uint32_t i = first; i < first + count; ++i) AppendEntry(entries_[i], columns, out);
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
  const storage::Origin origin_;
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
          {stream.tenant, std::make_shared<MemoryGroup>(stream.labels, std::move(part),
                                                        layout.origin, counts_, failure_)});
    }
  }
}

void MemorySource::AddColumnar(const std::vector<TestStream>& streams, uint32_t rows_per_group,
                               uint32_t doubt_percent, uint32_t late_percent, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::pair<int64_t, std::pair<size_t, const TestEntry*>>> arrivals;
  for (size_t i = 0; i < streams.size(); ++i) {
    for (const TestEntry& entry : streams[i].entries)
      arrivals.push_back({entry.time_ns, {i, &entry}});
  }
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::map<size_t, TestStream>> groups(arrivals.size() / rows_per_group + 2);
  for (size_t i = 0; i < arrivals.size(); ++i) {
    const auto [stream, entry] = arrivals[i].second;
    const size_t late = random() % 100 < late_percent ? 1 : 0;
    TestStream& to = groups[i / rows_per_group + late][stream];
    to.labels = streams[stream].labels;
    to.entries.push_back(*entry);
  }
  for (auto& group : groups) {
    std::vector<TestStream> parts;
    for (auto& [number, stream] : group) {
      std::stable_sort(
          stream.entries.begin(), stream.entries.end(),
          [](const TestEntry& a, const TestEntry& b) { return a.time_ns < b.time_ns; });
      parts.push_back(std::move(stream));
    }
    if (parts.empty()) continue;
    stored_.push_back({streams.front().tenant,
                       MakeColumnarGroup(std::move(parts), {doubt_percent, seed}, counts_)});
  }
}

Result<storage::Snapshot> MemorySource::TakeSnapshot(const storage::Selector& selector) {
  storage::Snapshot snapshot;
  if (!warning_.empty()) snapshot.warnings.push_back(warning_);
  for (const Stored& stored : stored_) {
    if (stored.tenant != selector.tenant) continue;
    if (selector.filter != nullptr) {
      NARFI_ASSIGN(const bool may_hold, selector.filter->MayHold(*stored.group));
      if (!may_hold) continue;
    }
    const auto& runs = stored.group->runs();
    for (uint32_t i = 0; i < runs.size(); ++i) {
      if (!Matches(*runs[i].labels, selector.predicates)) continue;
      if (runs[i].max_time_ns < selector.start_ns || runs[i].min_time_ns >= selector.end_ns)
        continue;
      NARFI_TRY(storage::AppendVisible({stored.group, i, 0}, hidden_, snapshot.runs));
    }
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
