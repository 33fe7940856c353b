#include "query/patterns/group_patterns.h"

#include <algorithm>
#include <map>

#include "base/duration.h"
#include "query/patterns/row_kinds.h"

namespace narfi::query {
namespace {

using storage::Columnar;
using storage::FieldView;

int64_t FloorTo(int64_t value, int64_t unit) { return value / unit - (value % unit < 0 ? 1 : 0); }

constexpr uint32_t kNotAsked = UINT32_MAX;

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
    NARFI_TRY(CompareSamples());
    for (auto& [column, kinds] : asked_) {
      while (!kinds.empty()) NARFI_TRY(AskColumn(kinds));
    }
    return {};
  }

 private:
  // A slot of a kind, of which the column must be asked.
  struct Asked {
    uint32_t kind = 0;
    uint32_t slot = 0;
  };

  // Rebuilds some lines of each kind; slots whose values are the same there are left to ask.
  Status CompareSamples() {
    std::vector<std::pair<uint32_t, uint32_t>> samples;  // row and kind
    for (uint32_t i = 0; i < kinds_.size(); ++i) {
      const RowKind& kind = kinds_[i];
      if (columns_.templates()[kind.line_template].slots.size() < 2 &&
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
    const auto& slots = columns_.templates()[kind.line_template].slots;
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
          NARFI_ASSIGN(is_plain, columns_.IsPlain(kind.line_template, i));
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
      SlotValues& known = table_.slot(kinds_[asked.kind].entry, asked.slot);
      if (use.differs || use.first_code == kNotAsked) {
        known.AddMany(use.is_plain);
      } else {
        known.Add(view->values[use.first_code]);
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
  const int64_t time_s = FloorTo(time_ns, kSecond);
  const int64_t step_s = step_ns / kSecond;
  return FloorTo(time_s, step_s) * step_s;
}

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
  if (!is_told) return false;
  NARFI_TRY(kinds.Count(runs, step_ns));
  NARFI_TRY(SlotSurvey(group, *columns, kinds, table).Run());
  return true;
}

}  // namespace narfi::query
