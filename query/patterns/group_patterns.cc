#include "query/patterns/group_patterns.h"

#include <algorithm>
#include <map>

#include "base/duration.h"
#include "query/patterns/row_kinds.h"
#include "storage/json_shape.h"

namespace narfi::query {
namespace {

using storage::Columnar;
using storage::FieldView;

int64_t FloorTo(int64_t value, int64_t unit) { return value / unit - (value % unit < 0 ? 1 : 0); }

constexpr uint32_t kNotAsked = UINT32_MAX;
// Of kinds whose lines are compared at once.
constexpr size_t kMostSlots = 8192;

// What one column has in the rows of one kind.
struct ColumnUse {
  uint32_t slot = kNotAsked;
  uint32_t first_code = kNotAsked;
  bool differs = false;
  bool is_plain = true;
};

// Finds out what values the slots of each kind have.
class SlotSurvey {
 public:
  SlotSurvey(const storage::RowGroupReader& group, const Columnar& columns, const RowKinds& kinds,
             PatternTable& table)
      : group_(group),
        columns_(columns),
        forms_(kinds.forms()),
        kinds_(kinds.kinds()),
        kind_of_row_(kinds.of_row()),
        table_(table) {}

  Status Run() {
    for (uint32_t first = 0; first < kinds_.size();) {
      const uint32_t end = EndOfShare(first);
      NARFI_TRY(CompareSamples(first, end));
      first = end;
    }
    for (auto& [column, kinds] : asked_) {
      while (!kinds.empty()) {
        NARFI_TRY(table_.GoOn());
        NARFI_TRY(AskColumn(kinds));
      }
    }
    return {};
  }

 private:
  // A slot of a kind, of which the column must be asked.
  struct Asked {
    uint32_t kind = 0;
    uint32_t slot = 0;
  };

  // Behind the kinds from `first` on that are looked at together: one at least.
  uint32_t EndOfShare(uint32_t first) const {
    size_t slots = 0;
    uint32_t end = first;
    while (end < kinds_.size()) {
      slots += columns_.templates()[kinds_[end].line_template].slots.size();
      if (end > first && slots > kMostSlots) break;
      ++end;
    }
    return end;
  }

  // Rows of each kind that are compared, by row.
  std::vector<std::pair<uint32_t, uint32_t>> RowsToCompare(uint32_t first, uint32_t end) const {
    std::vector<std::pair<uint32_t, uint32_t>> samples;  // row and kind
    for (uint32_t i = first; i < end; ++i) {
      const RowKind& kind = kinds_[i];
      if (columns_.templates()[kind.line_template].slots.size() < 2 &&
          table_.form(forms_[kind.line_template]).message == 0)
        continue;
      for (const uint32_t row : {kind.first_row, kind.middle_row, kind.last_row})
        samples.emplace_back(row, i);
    }
    std::sort(samples.begin(), samples.end());
    samples.erase(std::unique(samples.begin(), samples.end()), samples.end());
    return samples;
  }

  // Rebuilds some lines of each kind; slots whose values are the same there are left to ask.
  Status CompareSamples(uint32_t first_kind, uint32_t end_kind) {
    const auto samples = RowsToCompare(first_kind, end_kind);
    std::vector<std::vector<SlotValues>> seen(end_kind - first_kind);
    std::vector<bool> is_odd(end_kind - first_kind);
    size_t slots = 0;
    for (uint32_t i = first_kind; i < end_kind; ++i)
      slots += columns_.templates()[kinds_[i].line_template].slots.size();
    table_.set_aside(slots * (sizeof(SlotValues) + kMaxConstant));
    storage::RowBatch batch;
    std::vector<uint32_t> rows;
    std::vector<std::string_view> values;
    for (size_t first = 0; first < samples.size(); first += storage::kBatchRows) {
      NARFI_TRY(table_.GoOn());
      const size_t end = std::min(samples.size(), first + storage::kBatchRows);
      rows.clear();
      for (size_t i = first; i < end; ++i) rows.push_back(samples[i].first);
      NARFI_TRY(group_.ReadRows(rows, storage::ColumnSet{} | storage::Column::kLine, batch));
      for (size_t i = first; i < end; ++i) {
        const uint32_t kind = samples[i].second;
        const storage::LineTemplate& shape = columns_.templates()[kinds_[kind].line_template];
        if (!shape.is_json || !SplitByTemplate(shape, batch.lines[i - first], values)) {
          is_odd[kind - first_kind] = true;
          continue;
        }
        std::vector<SlotValues>& of = seen[kind - first_kind];
        of.resize(values.size());
        for (size_t slot = 0; slot < values.size(); ++slot) of[slot].Add(values[slot]);
      }
    }
    for (uint32_t i = first_kind; i < end_kind; ++i)
      NARFI_TRY(TakeSamples(i, seen[i - first_kind], is_odd[i - first_kind]));
    table_.set_aside(0);
    return {};
  }

  Status TakeSamples(uint32_t number, const std::vector<SlotValues>& seen, bool is_odd) {
    const RowKind& kind = kinds_[number];
    const PatternTable::Form& form = table_.form(forms_[kind.line_template]);
    const auto& slots = columns_.templates()[kind.line_template].slots;
    for (uint32_t i = 0; i < form.kinds.size(); ++i) {
      if (i == form.message) continue;
      const SlotValues& known = table_.slot(kind.entry, i);
      if (is_odd) {
        table_.AddMany(kind.entry, i, false);
      } else if (kind.rows <= 2) {
        table_.AddValues(kind.entry, i, seen[i]);
      } else {
        const bool differs =
            seen[i].kind == SlotValues::Kind::kMany || known.kind == SlotValues::Kind::kMany;
        bool is_plain = !differs || form.kinds[i] != storage::SlotKind::kString || !known.is_plain;
        if (!is_plain) {
          NARFI_ASSIGN(is_plain, columns_.IsPlain(kind.line_template, i));
        }
        if (differs && is_plain) {
          table_.AddMany(kind.entry, i, true);
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
    std::vector<uint32_t> slots(columns_.templates().size(), Columnar::kSlotAbsent);
    std::vector<ColumnUse> uses(kinds_.size());
    for (const Asked& asked : all) {
      uint32_t& slot = slots[kinds_[asked.kind].line_template];
      if (slot == Columnar::kSlotAbsent) slot = asked.slot;
      (slot == asked.slot ? kinds : left).push_back(asked);
      if (slot == asked.slot) uses[asked.kind].slot = asked.slot;
    }
    all = std::move(left);
    NARFI_ASSIGN(const auto view, columns_.Field(slots));
    std::vector<bool> plain;
    for (const std::string_view value : view->values)
      plain.push_back(!value.empty() && value.find('"') == std::string_view::npos);
    for (uint32_t row = 0; row < kind_of_row_.size(); ++row) {
      const uint32_t kind = kind_of_row_[row];
      if (kind == RowKinds::kNoKind || uses[kind].slot == kNotAsked) continue;
      ColumnUse& use = uses[kind];
      const uint16_t code = view->codes[row];
      if (use.first_code == kNotAsked) use.first_code = code;
      use.differs |= use.first_code != code || code >= FieldView::kAsk;
      use.is_plain &= code < FieldView::kAsk && plain[code];
    }
    for (const Asked& asked : kinds) {
      const ColumnUse& use = uses[asked.kind];
      const uint32_t entry = kinds_[asked.kind].entry;
      if (use.differs || use.first_code == kNotAsked) {
        table_.AddMany(entry, asked.slot, use.is_plain);
      } else {
        table_.AddValue(entry, asked.slot, view->values[use.first_code]);
      }
    }
    return {};
  }

  const storage::RowGroupReader& group_;
  const Columnar& columns_;
  const std::vector<uint32_t>& forms_;  // of each template
  const std::vector<RowKind>& kinds_;
  const std::vector<uint32_t>& kind_of_row_;
  PatternTable& table_;
  std::map<uint32_t, std::vector<Asked>> asked_;  // by column
};

}  // namespace

int64_t StepOf(int64_t time_ns, int64_t step_ns) {
  return StepOfSecond(FloorTo(time_ns, kSecond), step_ns / kSecond);
}

int64_t StepOfSecond(int64_t time_s, int64_t step_s) { return FloorTo(time_s, step_s) * step_s; }

std::string_view EntryLevel(std::span<const storage::MetadataPair> metadata) {
  for (const storage::MetadataPair& pair : metadata) {
    if (pair.name == "detected_level") return pair.value;
  }
  return kUnknownLevel;
}

Result<bool> AddFromColumns(const storage::RowGroupReader& group, const std::vector<RunRows>& runs,
                            int64_t step_ns, PatternTable& table) {
  NARFI_ASSIGN(const auto columns, group.columnar());
  if (columns == nullptr) return false;
  RowKinds kinds(group, *columns, table);
  NARFI_ASSIGN(const bool is_told, kinds.Find(runs));
  table.set_aside(0);
  if (!is_told) return false;
  NARFI_TRY(kinds.Count(runs, step_ns));
  NARFI_TRY(SlotSurvey(group, *columns, kinds, table).Run());
  NARFI_TRY(kinds.AddOthers(step_ns));
  return true;
}

}  // namespace narfi::query
