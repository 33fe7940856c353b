#include "tests/query/support/columnar_group.h"

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>

#include "base/arena.h"
#include "base/thread_annotations.h"
#include "storage/skeleton.h"
#include "tests/query/support/append_entry.h"
#include "tests/query/support/json_split.h"

namespace narfi::query_test {
namespace {

class SplitColumns final : public storage::Columnar {
 public:
  SplitColumns(const std::vector<const TestEntry*>& entries, const Doubts& doubts)
      : entries_(entries), doubts_(doubts) {
    auto of_row = std::make_shared<std::vector<uint16_t>>();
    for (const TestEntry* entry : entries) {
      of_row->push_back(Add(entry->line));
      for (const Label& pair : entry->metadata) names_.insert(pair.name);
    }
    of_row_ = std::move(of_row);
    metadata_names_.assign(names_.begin(), names_.end());
  }

  uint32_t rows() const override { return static_cast<uint32_t>(entries_.size()); }
  const std::vector<storage::LineTemplate>& templates() const override { return templates_; }
  Result<std::shared_ptr<const std::vector<uint16_t>>> RowTemplates() const override {
    return of_row_;
  }

  Result<std::shared_ptr<const storage::FieldView>> Field(
      std::span<const uint32_t> slot_of_template) const override {
    ViewMaker maker;
    for (uint32_t row = 0; row < rows(); ++row) {
      const uint32_t slot = slot_of_template[(*of_row_)[row]];
      if (slot == kSlotAbsent) {
        maker.Add(storage::FieldView::kAbsent);
      } else if (slot == kSlotAsk || Doubtful()) {
        maker.Add(storage::FieldView::kAsk);
      } else {
        maker.Add(lines_[row].slots[slot].value);
      }
    }
    return maker.Take();
  }

  Result<std::shared_ptr<const storage::FieldView>> Skeletons(
      std::span<const uint32_t> slot_of_template) const override {
    NARFI_ASSIGN(const auto values, Field(slot_of_template));
    ViewMaker maker;
    std::vector<storage::Variable> variables;
    std::string skeleton;
    for (const uint16_t code : values->codes) {
      if (code >= storage::FieldView::kAsk) {
        maker.Add(code);
        continue;
      }
      MakeSkeleton(values->values[code], skeleton, variables);
      maker.Add(skeletons_.Copy(skeleton));
    }
    return maker.Take();
  }
  Result<bool> IsPlain(uint16_t, uint32_t) const override { return false; }

  Result<std::shared_ptr<const storage::FieldView>> MetadataField(
      std::string_view name) const override {
    ViewMaker maker;
    for (const TestEntry* entry : entries_) {
      const auto at = std::find_if(entry->metadata.begin(), entry->metadata.end(),
                                   [&](const Label& pair) { return pair.name == name; });
      if (at == entry->metadata.end()) {
        maker.Add(storage::FieldView::kAbsent);
      } else {
        maker.Add(at->value);
      }
    }
    return maker.Take();
  }
  const std::vector<std::string_view>& metadata_names() const override { return metadata_names_; }

  Result<std::shared_ptr<const storage::TextHits>> FindText(
      std::string_view needle) const override {
    auto hits = std::make_shared<storage::TextHits>();
    hits->sure = storage::RowSet(rows());
    hits->maybe = storage::RowSet(rows());
    for (uint32_t row = 0; row < rows(); ++row) {
      const bool found = entries_[row]->line.find(needle) != std::string::npos;
      if (Doubtful()) {
        hits->maybe.Add(row);
      } else if (found) {
        hits->sure.Add(row);
      }
    }
    return hits;
  }

  Result<std::shared_ptr<const storage::TextHits>> FindMatches(
      const storage::PatternSearch& search) const override {
    auto hits = std::make_shared<storage::TextHits>();
    hits->sure = storage::RowSet(rows());
    hits->maybe = storage::RowSet(rows());
    for (uint32_t row = 0; row < rows(); ++row) {
      if (Doubtful()) {
        hits->maybe.Add(row);
      } else if (search.matches(entries_[row]->line)) {
        hits->sure.Add(row);
      }
    }
    return hits;
  }

  Result<Bytes> Remember(std::string_view name,
                         const std::function<Result<Bytes>()>& make) const override {
    {
      const MutexLock lock(mutex_);
      const auto known = remembered_.find(name);
      if (known != remembered_.end()) return known->second;
    }
    NARFI_ASSIGN(Bytes made, make());
    const MutexLock lock(mutex_);
    return remembered_.emplace(name, std::move(made)).first->second;
  }

 private:
  class ViewMaker {
   public:
    void Add(uint16_t code) { view_->codes.push_back(code); }
    void Add(std::string_view value) {
      const auto [at, is_new] =
          known_.try_emplace(value, static_cast<uint16_t>(view_->values.size()));
      if (is_new) view_->values.push_back(value);
      Add(at->second);
    }
    std::shared_ptr<const storage::FieldView> Take() { return view_; }

   private:
    std::map<std::string_view, uint16_t> known_;
    std::shared_ptr<storage::FieldView> view_ = std::make_shared<storage::FieldView>();
  };

  // The number of the line's template.
  uint16_t Add(const std::string& line) {
    auto split = SplitJson(line);
    const bool is_json = split.has_value();
    if (!is_json) split = SplitLine{{"", ""}, {{storage::SlotKind::kText, {}, line}}};
    lines_.push_back(std::move(*split));
    const SplitLine& kept = lines_.back();
    std::vector<std::string> key = kept.literals;
    for (const SplitLine::Slot& slot : kept.slots)
      key.push_back(std::to_string(static_cast<int>(slot.kind)));
    const auto [at, is_new] = numbers_.try_emplace(key, static_cast<uint16_t>(templates_.size()));
    if (!is_new) return at->second;
    storage::LineTemplate form;
    form.is_json = is_json;
    form.literals.assign(kept.literals.begin(), kept.literals.end());
    std::map<std::vector<std::string>, uint32_t> repetitions;
    for (const SplitLine::Slot& slot : kept.slots) {
      std::vector<std::string> column(slot.path.begin(), slot.path.end());
      column.push_back(std::to_string(static_cast<int>(slot.kind)));
      column.push_back(std::to_string(repetitions[column]++));
      const auto number =
          columns_.try_emplace(column, static_cast<uint32_t>(columns_.size())).first->second;
      form.slots.push_back({number, slot.kind, {slot.path.begin(), slot.path.end()}});
    }
    templates_.push_back(std::move(form));
    return at->second;
  }

  // From several threads at once; that no two calls agree does not matter.
  bool Doubtful() const {
    if (doubts_.percent == 0) return false;
    static thread_local std::mt19937 random;
    return (random() + doubts_.seed) % 100 < doubts_.percent;
  }

  const std::vector<const TestEntry*> entries_;
  const Doubts doubts_;
  std::deque<SplitLine> lines_;
  mutable Arena skeletons_;
  std::map<std::vector<std::string>, uint32_t> columns_;
  std::map<std::vector<std::string>, uint16_t> numbers_;
  std::vector<storage::LineTemplate> templates_;
  std::shared_ptr<const std::vector<uint16_t>> of_row_;
  std::set<std::string> names_;
  std::vector<std::string_view> metadata_names_;
  mutable Mutex mutex_;
  mutable std::map<std::string, Bytes, std::less<>> remembered_ GUARDED_BY(mutex_);
};

class ColumnarGroup final : public storage::RowGroupReader {
 public:
  ColumnarGroup(std::vector<TestStream> streams, const Doubts& doubts,
                std::shared_ptr<ReadCounts> counts)
      : streams_(std::move(streams)), counts_(std::move(counts)) {
    std::sort(streams_.begin(), streams_.end(), [](const TestStream& a, const TestStream& b) {
      return a.labels.Id() < b.labels.Id();
    });
    for (const TestStream& stream : streams_) AddRun(stream);
    columns_ = std::make_shared<const SplitColumns>(entries_, doubts);
  }

  const std::vector<storage::StreamRun>& runs() const override { return runs_; }
  std::string name() const override { return "columns in memory"; }

  Status Read(uint32_t run, uint32_t first, uint32_t count, storage::ColumnSet columns,
              storage::RowBatch& out) const override {
    ++counts_->reads;
    if (Has(columns, storage::Column::kLine)) ++counts_->line_reads;
    if (Has(columns, storage::Column::kMetadata)) ++counts_->metadata_reads;
    out.Start(columns);
    for (uint32_t i = first; i < first + count; ++i)
      AppendEntry(*entries_[runs_[run].first_row + i], columns, out);
    return {};
  }

  bool MayContain(uint32_t, std::string_view needle) const override {
    return std::any_of(entries_.begin(), entries_.end(), [&](const TestEntry* entry) {
      return entry->line.find(needle) != std::string::npos;
    });
  }
  uint64_t ReadCost(uint32_t run, storage::ColumnSet) const override {
    return runs_[run].line_bytes;
  }
  Result<std::shared_ptr<const storage::Columnar>> columnar() const override { return columns_; }

  Status ReadRows(std::span<const uint32_t> rows, storage::ColumnSet columns,
                  storage::RowBatch& out) const override {
    if (Has(columns, storage::Column::kLine)) counts_->lines_rebuilt += rows.size();
    return RowGroupReader::ReadRows(rows, columns, out);
  }

 private:
  void AddRun(const TestStream& stream) {
    storage::StreamRun run;
    run.id = stream.labels.Id();
    run.labels = std::make_shared<const Labels>(stream.labels);
    run.first_row = static_cast<uint32_t>(entries_.size());
    run.rows = static_cast<uint32_t>(stream.entries.size());
    run.min_time_ns = stream.entries.front().time_ns;
    run.max_time_ns = stream.entries.back().time_ns;
    for (const TestEntry& entry : stream.entries) {
      entries_.push_back(&entry);
      run.line_bytes += entry.line.size();
      for (const Label& pair : entry.metadata)
        run.metadata_bytes += pair.name.size() + pair.value.size();
    }
    runs_.push_back(std::move(run));
  }

  std::vector<TestStream> streams_;
  const std::shared_ptr<ReadCounts> counts_;
  std::vector<const TestEntry*> entries_;
  std::vector<storage::StreamRun> runs_;
  std::shared_ptr<const storage::Columnar> columns_;
};

}  // namespace

std::shared_ptr<const storage::RowGroupReader> MakeColumnarGroup(
    std::vector<TestStream> streams, const Doubts& doubts, std::shared_ptr<ReadCounts> counts) {
  return std::make_shared<ColumnarGroup>(std::move(streams), doubts, std::move(counts));
}

}  // namespace narfi::query_test
