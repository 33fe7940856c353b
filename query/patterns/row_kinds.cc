#include "query/patterns/row_kinds.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/duration.h"
#include "query/patterns/group_patterns.h"
#include "query/patterns/message.h"

namespace narfi::query {
namespace {

using storage::FieldView;

// Above so many messages are joined before they come to the table.
constexpr size_t kManyKinds = 512;
// What is held of a row group at once, after messages are joined.
constexpr size_t kMostKinds = 8192;
constexpr size_t kStepsToAsk = 256;

// The row group has rows of other streams too; what is asked for is looked at alone.
template <class See>
void ForRows(const storage::RowGroupReader& group, const std::vector<RunRows>& runs, See see) {
  for (const RunRows& run : runs) {
    const uint32_t base = group.runs()[run.run].first_row;
    for (uint32_t row = base + run.first; row < base + run.end; ++row) see(row);
  }
}

}  // namespace

Status RowKinds::OpenColumns() {
  NARFI_ASSIGN(templates_, columns_.RowTemplates());
  NARFI_ASSIGN(levels_, columns_.MetadataField("detected_level"));
  std::vector<uint32_t> messages;
  forms_.assign(columns_.templates().size(), PatternTable::kNoForm);
  for (const storage::LineTemplate& line : columns_.templates()) {
    const uint32_t slot = PatternTable::MessageSlot(line);
    messages.push_back(slot == PatternTable::kNoMessage ? storage::Columnar::kSlotAbsent : slot);
  }
  NARFI_ASSIGN(skeletons_, columns_.Skeletons(messages));
  return {};
}

uint32_t RowKinds::FinestOf(uint32_t row) {
  const uint16_t line = (*templates_)[row];
  const uint16_t level = levels_->codes[row];
  const uint16_t skeleton = skeletons_->codes[row];
  const uint64_t key = KeyOf({line, level, skeleton});
  if (key == last_key_) return last_;
  uint32_t& place = PlaceOf(key);
  if (place == 0) {
    finest_.push_back({line, level, skeleton});
    place = static_cast<uint32_t>(finest_.size());
  }
  last_key_ = key;
  last_ = place - 1;
  if (2 * finest_.size() > finest_table_.size()) GrowFinestTable();
  return last_;
}

// Where the number of the key stands, or would.
uint32_t& RowKinds::PlaceOf(uint64_t key) {
  constexpr uint64_t kMix = 0x9E3779B97F4A7C15ULL;
  const size_t mask = finest_table_.size() - 1;
  for (size_t at = ((key * kMix) >> 32) & mask;; at = (at + 1) & mask) {
    const uint32_t number = finest_table_[at];
    if (number == 0 || KeyOf(finest_[number - 1]) == key) return finest_table_[at];
  }
}

void RowKinds::GrowFinestTable() {
  finest_table_.assign(std::max<size_t>(64, 2 * finest_table_.size()), 0);
  for (size_t i = 0; i < finest_.size(); ++i)
    PlaceOf(KeyOf(finest_[i])) = static_cast<uint32_t>(i) + 1;
}

Result<bool> RowKinds::Find(const std::vector<RunRows>& runs) {
  NARFI_TRY(OpenColumns());
  of_row_.assign(columns_.rows(), kNoKind);
  FindBraces();
  GrowFinestTable();
  bool is_told = true;
  ForRows(group_, runs, [&](uint32_t row) {
    const uint16_t skeleton = skeletons_->codes[row];
    is_told &= skeleton != FieldView::kAsk;
    if (!is_told) return;
    const bool is_text = !columns_.templates()[(*templates_)[row]].is_json;
    if (is_text && skeleton < begins_with_brace_.size() && begins_with_brace_[skeleton]) {
      others_.push_back(row);
    } else {
      of_row_[row] = FinestOf(row);
    }
  });
  if (!is_told) return false;
  NARFI_ASSIGN(const bool are_made, MakeKinds());
  if (!are_made) return false;
  ForRows(group_, runs, [&](uint32_t row) {
    if (of_row_[row] == kNoKind) return;
    of_row_[row] = finest_[of_row_[row]].kind;
    if (of_row_[row] == kNoKind) return others_.push_back(row);
    RowKind& kind = kinds_[of_row_[row]];
    if (kind.rows == 0) kind.first_row = row;
    // Again whenever there are twice as many.
    if ((kind.rows & (kind.rows - 1)) == 0) kind.middle_row = row;
    kind.last_row = row;
    ++kind.rows;
  });
  return true;
}

void RowKinds::FindBraces() {
  for (const std::string_view text : skeletons_->values) {
    const size_t begin = text.find_first_not_of(" \t\r\n");
    begins_with_brace_.push_back(begin != std::string_view::npos && text[begin] == '{');
  }
}

std::string_view RowKinds::SkeletonOf(const Finest& of) const {
  return of.skeleton == FieldView::kAbsent ? std::string_view() : skeletons_->values[of.skeleton];
}

std::string_view RowKinds::LevelOf(const Finest& of) const {
  return of.level == FieldView::kAbsent ? kUnknownLevel : levels_->values[of.level];
}

Result<std::optional<JoinedMessages>> RowKinds::JoinMany() {
  if (finest_.size() > kManyKinds) {
    std::vector<MessageOf> messages;
    messages.reserve(finest_.size());
    for (const Finest& of : finest_)
      messages.push_back({uint32_t{of.line_template} << 16 | of.level, SkeletonOf(of)});
    return JoinSkeletons(messages, table_);
  }
  JoinedMessages all;
  for (const Finest& of : finest_) {
    all.of_message.push_back(static_cast<uint32_t>(all.skeletons.size()));
    all.skeletons.emplace_back(SkeletonOf(of));
  }
  return all;
}

bool RowKinds::HaveRoom(const JoinedMessages& joined) const {
  if (joined.skeletons.size() > kMostKinds) return false;
  std::vector<bool> is_known(joined.skeletons.size());
  uint64_t bytes = 0;
  for (size_t i = 0; i < finest_.size(); ++i) {
    const uint32_t skeleton = joined.of_message[i];
    if (is_known[skeleton]) continue;
    is_known[skeleton] = true;
    bytes += PatternTable::EntryBytes(
        std::string_view(joined.skeletons[skeleton]).substr(0, kMaxMessage),
        columns_.templates()[finest_[i].line_template].slots.size());
  }
  return bytes <= table_.most_bytes() / 2;
}

Result<bool> RowKinds::MakeKinds() {
  NARFI_ASSIGN(const auto joined, JoinMany());
  if (!joined || !HaveRoom(*joined)) return false;
  std::unordered_map<uint64_t, uint32_t> numbers;
  std::vector<uint32_t> kind_of_skeleton(joined->skeletons.size(), kNoKind);
  for (size_t i = 0; i < finest_.size(); ++i) {
    Finest& of = finest_[i];
    uint32_t& kind = kind_of_skeleton[joined->of_message[i]];
    if (kind == kNoKind) {
      uint32_t& form = forms_[of.line_template];
      if (form == PatternTable::kNoForm)
        form = table_.FormOf(columns_.templates()[of.line_template]);
      if (form == PatternTable::kNoForm) continue;
      const uint32_t entry =
          table_.EntryOf(form, LevelOf(of), joined->skeletons[joined->of_message[i]]);
      const auto [it, is_new] = numbers.try_emplace(uint64_t{entry} << 16 | of.line_template,
                                                    static_cast<uint32_t>(kinds_.size()));
      if (is_new) kinds_.push_back({of.line_template, entry});
      kind = it->second;
    }
    of.kind = kind;
  }
  return true;
}

Status RowKinds::Count(const std::vector<RunRows>& runs, int64_t step_ns) {
  lines_.assign(kinds_.size(), 0);
  for (const RunRows& run : runs) {
    NARFI_TRY(table_.GoOn());
    NARFI_TRY(CountRun(run, step_ns));
  }
  return {};
}

Status RowKinds::AddOthers(int64_t step_ns) {
  std::sort(others_.begin(), others_.end());
  storage::RowBatch batch;
  for (size_t first = 0; first < others_.size(); first += storage::kBatchRows) {
    NARFI_TRY(table_.GoOn());
    const auto rows = std::span(others_).subspan(
        first, std::min<size_t>(others_.size() - first, storage::kBatchRows));
    using storage::Column;
    NARFI_TRY(group_.ReadRows(rows, Column::kTime | Column::kLine | Column::kMetadata, batch));
    for (uint32_t i = 0; i < batch.rows; ++i) {
      table_.AddLine(batch.lines[i], EntryLevel(batch.metadata(i)),
                     StepOf(batch.times[i], step_ns));
      NARFI_TRY(table_.Shrink());
    }
  }
  return {};
}

// Rows lie by time: those of a step are a stretch.
Status RowKinds::CountRun(const RunRows& run, int64_t step_ns) {
  const storage::StreamRun& info = group_.runs()[run.run];
  const uint32_t base = info.first_row;
  storage::RowBatch one;
  size_t steps = 0;
  for (uint32_t row = run.first; row < run.end;) {
    if (++steps % kStepsToAsk == 0) NARFI_TRY(table_.GoOn());
    NARFI_TRY(group_.Read(run.run, row, 1, storage::ColumnSet{} | storage::Column::kTime, one));
    const int64_t step = StepOf(one.times.front(), step_ns);
    int64_t next_ns = 0;
    uint32_t end = run.end;
    if (!__builtin_mul_overflow(step, kSecond, &next_ns) &&
        !__builtin_add_overflow(next_ns, step_ns, &next_ns)) {
      NARFI_ASSIGN(end, group_.RowsBefore(run.run, next_ns));
    }
    end = std::min(run.end, std::max(end, row + 1));
    CountStretch(base + row, base + end, step);
    row = end;
  }
  return {};
}

void RowKinds::CountStretch(uint32_t first, uint32_t end, int64_t step) {
  for (uint32_t row = first; row < end; ++row) {
    const uint32_t kind = of_row_[row];
    if (kind != kNoKind && lines_[kind]++ == 0) met_.push_back(kind);
  }
  for (const uint32_t kind : met_) {
    table_.Count(kinds_[kind].entry, step, lines_[kind]);
    lines_[kind] = 0;
  }
  met_.clear();
}

}  // namespace narfi::query
