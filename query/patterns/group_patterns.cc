#include "query/patterns/group_patterns.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/duration.h"
#include "query/patterns/pattern_scan.h"

namespace narfi::query {
namespace {

using storage::Columnar;
using storage::FieldView;
using View = std::shared_ptr<const FieldView>;

int64_t FloorTo(int64_t value, int64_t unit) { return value / unit - (value % unit < 0 ? 1 : 0); }

constexpr uint32_t kNoKind = UINT32_MAX;
// Above so many kinds of rows messages are joined before they come to the table.
constexpr size_t kManyKinds = 1024;

// Rows of one template, level and message.
struct RowKind {
  uint16_t line_template = 0;
  uint16_t level = 0;
  uint16_t skeleton = 0;
  uint32_t entry = kNoKind;  // of the table
  uint32_t rows = 0;
  uint32_t first_row = 0;
  uint32_t middle_row = 0;
  uint32_t last_row = 0;
};

// What one column has in the rows of one kind.
struct ColumnUse {
  uint32_t slot = kNoKind;  // none: it is not asked
  uint32_t first_code = kNoKind;
  bool differs = false;
  bool is_plain = true;
};

class GroupPatterns {
 public:
  GroupPatterns(const storage::RowGroupReader& group, std::shared_ptr<const Columnar> columns,
                int64_t step_ns, PatternTable& table)
      : group_(group), columns_(std::move(columns)), step_ns_(step_ns), table_(table) {}

  // False when the columns do not tell which kind a row is of.
  Result<bool> Add(const std::vector<RunRows>& runs) {
    NARFI_TRY(OpenColumns());
    kind_of_row_.assign(columns_->rows(), kNoKind);
    for (const RunRows& run : runs) {
      NARFI_ASSIGN(const bool all, CountRun(run));
      if (!all) return false;
    }
    FindEntries();
    for (const auto& [kind, step, lines] : counts_) table_.Count(kinds_[kind].entry, step, lines);
    NARFI_TRY(CompareSamples());
    for (auto& [column, kinds] : asked_) {
      while (!kinds.empty()) NARFI_TRY(AskColumn(kinds));
    }
    return true;
  }

 private:
  struct Count {
    uint32_t kind = 0;
    int64_t step = 0;
    uint64_t lines = 0;
  };
  // A slot of a kind, of which the column must be asked.
  struct Asked {
    uint32_t kind = 0;
    uint32_t slot = 0;
  };

  Status OpenColumns() {
    NARFI_ASSIGN(templates_, columns_->RowTemplates());
    NARFI_ASSIGN(levels_, columns_->MetadataField("detected_level"));
    std::vector<uint32_t> messages;
    for (const storage::LineTemplate& line : columns_->templates()) {
      forms_.push_back(table_.FormOf(line));
      const uint32_t slot = table_.form(forms_.back()).message;
      messages.push_back(slot == PatternTable::kNoMessage ? Columnar::kSlotAbsent : slot);
    }
    NARFI_ASSIGN(skeletons_, columns_->Skeletons(messages));
    return {};
  }

  Result<bool> CountRun(const RunRows& run) {
    const uint32_t base = group_.runs()[run.run].first_row;
    storage::RowBatch batch;
    for (uint32_t first = run.first; first < run.end; first += storage::kBatchRows) {
      const uint32_t count = std::min(run.end - first, storage::kBatchRows);
      NARFI_TRY(
          group_.Read(run.run, first, count, storage::ColumnSet{} | storage::Column::kTime, batch));
      for (uint32_t i = 0; i < count; ++i) {
        if (!CountRow(base + first + i, batch.times[i])) return false;
      }
    }
    return true;
  }

  bool CountRow(uint32_t row, int64_t time_ns) {
    const uint16_t skeleton = skeletons_->codes[row];
    if (skeleton == FieldView::kAsk) return false;
    const uint16_t line = (*templates_)[row];
    const uint16_t level = levels_->codes[row];
    const uint64_t key = uint64_t{line} << 32 | uint64_t{level} << 16 | skeleton;
    if (key != last_key_ || last_kind_ == kNoKind) {
      const auto [it, is_new] =
          kind_numbers_.try_emplace(key, static_cast<uint32_t>(kinds_.size()));
      if (is_new) {
        kinds_.push_back({line, level, skeleton, kNoKind, 0, row, row, row});
        open_.push_back(kNoKind);
      }
      last_key_ = key;
      last_kind_ = it->second;
    }
    RowKind& kind = kinds_[last_kind_];
    // The first rows' middle, then again when there are twice as many.
    if ((kind.rows & (kind.rows - 1)) == 0) kind.middle_row = row;
    kind.last_row = row;
    ++kind.rows;
    kind_of_row_[row] = last_kind_;
    if (time_ns < step_begin_ns_ || time_ns >= step_end_ns_) SetStep(time_ns);
    uint32_t& open = open_[last_kind_];
    if (open == kNoKind || counts_[open].step != step_) {
      open = static_cast<uint32_t>(counts_.size());
      counts_.push_back({last_kind_, step_, 0});
    }
    ++counts_[open].lines;
    return true;
  }

  void SetStep(int64_t time_ns) {
    step_ = StepOf(time_ns, step_ns_);
    // At the ends of all time each row is looked at by itself.
    if (__builtin_mul_overflow(step_, kSecond, &step_begin_ns_) ||
        __builtin_add_overflow(step_begin_ns_, step_ns_, &step_end_ns_))
      step_begin_ns_ = step_end_ns_ = 0;
  }

  void FindEntries() {
    std::vector<std::string_view> skeletons(skeletons_->values.begin(), skeletons_->values.end());
    std::vector<std::string> joined;
    if (kinds_.size() > kManyKinds) {
      joined = JoinSkeletons(skeletons);
      skeletons.assign(joined.begin(), joined.end());
    }
    for (RowKind& kind : kinds_) {
      const std::string_view level =
          kind.level == FieldView::kAbsent ? kUnknownLevel : levels_->values[kind.level];
      const std::string_view skeleton =
          kind.skeleton == FieldView::kAbsent ? std::string_view() : skeletons[kind.skeleton];
      kind.entry = table_.EntryOf(forms_[kind.line_template], level, skeleton);
    }
  }

  // Rebuilds some lines of each kind; slots whose values are the same there are left to ask.
  Status CompareSamples() {
    std::vector<std::pair<uint32_t, uint32_t>> samples;  // row and kind
    for (uint32_t i = 0; i < kinds_.size(); ++i) {
      const RowKind& kind = kinds_[i];
      if (columns_->templates()[kind.line_template].slots.size() < 2 &&
          table_.form(forms_[kind.line_template]).message == 0)
        continue;
      for (const uint32_t row : {kind.first_row, kind.middle_row, kind.last_row})
        samples.emplace_back(row, i);
    }
    std::sort(samples.begin(), samples.end());
    samples.erase(std::unique(samples.begin(), samples.end()), samples.end());
    std::vector<std::vector<SlotValues>> seen(kinds_.size());
    std::vector<bool> is_odd(kinds_.size());
    storage::RowBatch batch;
    std::vector<uint32_t> rows;
    std::vector<std::string_view> values;
    for (size_t first = 0; first < samples.size(); first += storage::kBatchRows) {
      const size_t end = std::min(samples.size(), first + storage::kBatchRows);
      rows.clear();
      for (size_t i = first; i < end; ++i) rows.push_back(samples[i].first);
      NARFI_TRY(group_.ReadRows(rows, storage::ColumnSet{} | storage::Column::kLine, batch));
      for (size_t i = first; i < end; ++i) {
        const uint32_t kind = samples[i].second;
        const uint32_t form = table_.SplitLine(batch.lines[i - first], values);
        if (form != forms_[kinds_[kind].line_template]) {
          is_odd[kind] = true;
          continue;
        }
        seen[kind].resize(values.size());
        for (size_t slot = 0; slot < values.size(); ++slot) seen[kind][slot].Add(values[slot]);
      }
    }
    for (uint32_t i = 0; i < kinds_.size(); ++i) NARFI_TRY(TakeSamples(i, seen[i], is_odd[i]));
    return {};
  }

  Status TakeSamples(uint32_t number, const std::vector<SlotValues>& seen, bool is_odd) {
    const RowKind& kind = kinds_[number];
    const PatternTable::Form& form = table_.form(forms_[kind.line_template]);
    const auto& slots = columns_->templates()[kind.line_template].slots;
    for (uint32_t i = 0; i < form.kinds.size(); ++i) {
      if (i == form.message) continue;
      SlotValues& known = table_.slot(kind.entry, i);
      if (is_odd) {
        known.AddMany(false);
      } else if (kind.rows <= 2) {
        known.Join(seen[i]);
      } else {
        const bool differs =
            seen[i].kind == SlotValues::Kind::kMany || known.kind == SlotValues::Kind::kMany;
        bool is_plain = !differs || form.kinds[i] != storage::SlotKind::kString || !known.is_plain;
        if (!is_plain) {
          NARFI_ASSIGN(is_plain, columns_->IsPlain(kind.line_template, i));
        }
        if (differs && is_plain) {
          known.AddMany(true);
        } else {
          asked_[slots[i].column].push_back({number, i});
        }
      }
    }
    return {};
  }

  // All values that one column has in the rows of some kinds. What is left over is another slot of
  // a template that has the column twice.
  Status AskColumn(std::vector<Asked>& all) {
    std::vector<Asked> kinds;
    std::vector<Asked> left;
    std::vector<uint32_t> slots(columns_->templates().size(), Columnar::kSlotAbsent);
    std::vector<ColumnUse> uses(kinds_.size());
    for (const Asked& asked : all) {
      uint32_t& slot = slots[kinds_[asked.kind].line_template];
      if (slot == Columnar::kSlotAbsent) slot = asked.slot;
      (slot == asked.slot ? kinds : left).push_back(asked);
      if (slot == asked.slot) uses[asked.kind].slot = asked.slot;
    }
    all = std::move(left);
    NARFI_ASSIGN(const View view, columns_->Field(slots));
    std::vector<bool> plain;
    for (const std::string_view value : view->values)
      plain.push_back(!value.empty() && value.find('"') == std::string_view::npos);
    for (uint32_t row = 0; row < kind_of_row_.size(); ++row) {
      const uint32_t kind = kind_of_row_[row];
      if (kind == kNoKind || uses[kind].slot == kNoKind) continue;
      ColumnUse& use = uses[kind];
      const uint16_t code = view->codes[row];
      if (use.first_code == kNoKind) use.first_code = code;
      use.differs |= use.first_code != code || code >= FieldView::kAsk;
      use.is_plain &= code < FieldView::kAsk && plain[code];
    }
    for (const Asked& asked : kinds) {
      const ColumnUse& use = uses[asked.kind];
      SlotValues& known = table_.slot(kinds_[asked.kind].entry, asked.slot);
      if (use.differs || use.first_code == kNoKind) {
        known.AddMany(use.is_plain);
      } else {
        known.Add(view->values[use.first_code]);
      }
    }
    return {};
  }

  const storage::RowGroupReader& group_;
  const std::shared_ptr<const Columnar> columns_;
  const int64_t step_ns_;
  PatternTable& table_;
  std::vector<uint32_t> forms_;  // of each template
  std::shared_ptr<const std::vector<uint16_t>> templates_;
  View levels_;
  View skeletons_;
  std::vector<RowKind> kinds_;
  std::unordered_map<uint64_t, uint32_t> kind_numbers_;
  uint64_t last_key_ = 0;
  uint32_t last_kind_ = kNoKind;
  std::vector<uint32_t> kind_of_row_;
  std::vector<Count> counts_;
  std::vector<uint32_t> open_;  // of each kind: where the counts of its latest step are
  int64_t step_ = 0;
  int64_t step_begin_ns_ = 0;
  int64_t step_end_ns_ = 0;
  std::map<uint32_t, std::vector<Asked>> asked_;  // by column
};

}  // namespace

int64_t StepOf(int64_t time_ns, int64_t step_ns) {
  const int64_t time_s = FloorTo(time_ns, kSecond);
  const int64_t step_s = step_ns / kSecond;
  return FloorTo(time_s, step_s) * step_s;
}

Result<bool> AddFromColumns(const storage::RowGroupReader& group, const std::vector<RunRows>& runs,
                            int64_t step_ns, PatternTable& table) {
  NARFI_ASSIGN(auto columns, group.columnar());
  if (columns == nullptr) return false;
  return GroupPatterns(group, std::move(columns), step_ns, table).Add(runs);
}

}  // namespace narfi::query
