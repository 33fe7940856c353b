#include "query/exec/group_scan.h"

#include <algorithm>

#include "query/exec/group_filter.h"

namespace narfi::query {
namespace {

// Applies `change(word, mask)` to each word that has rows of [begin, end).
template <class Change>
void ForEachWord(storage::RowSet& set, uint32_t begin, uint32_t end, Change&& change) {
  while (begin < end) {
    const uint32_t bit = begin % 64;
    const uint32_t stop = std::min(64 - bit, end - begin);
    const uint64_t ones = stop == 64 ? ~uint64_t{0} : (uint64_t{1} << stop) - 1;
    change(set.words()[begin / 64], ones << bit);
    begin += stop;
  }
}

}  // namespace

void AddRange(storage::RowSet& set, uint32_t begin, uint32_t end) {
  ForEachWord(set, begin, end, [](uint64_t& word, uint64_t mask) { word |= mask; });
}

void RemoveRange(storage::RowSet& set, uint32_t begin, uint32_t end) {
  ForEachWord(set, begin, end, [](uint64_t& word, uint64_t mask) { word &= ~mask; });
}

Result<std::unique_ptr<GroupScan>> GroupScan::Make(
    const SelectorPlan& plan, const std::vector<const ScanUnit*>& units,
    std::shared_ptr<const storage::Columnar> columnar) {
  std::unique_ptr<GroupScan> scan(new GroupScan(plan, std::move(columnar)));
  NARFI_TRY(scan->AddRanges(units));
  scan->sure_ = scan->alive_;
  if (plan.stages.empty()) {
    scan->all_sure_ = true;
    return scan;
  }
  NARFI_TRY(GroupFilter(plan, *scan).Run());
  return scan;
}

Status GroupScan::AddRanges(const std::vector<const ScanUnit*>& units) {
  ranges_.reserve(units.size());
  const storage::Selector& wanted = plan_.selector;
  for (const ScanUnit* unit : units) {
    const storage::RunRef& run = *unit->runs.front();
    const storage::StreamRun& info = run.info();
    const uint32_t first = info.first_row + unit->runs.front().first;
    Range range{unit, first, first + unit->runs.front().rows};
    if (info.min_time_ns < wanted.start_ns) {
      NARFI_ASSIGN(const uint32_t before, run.group->RowsBefore(run.run, wanted.start_ns));
      range.begin = std::max(range.begin, info.first_row + before);
    }
    if (info.max_time_ns >= wanted.end_ns) {
      NARFI_ASSIGN(const uint32_t before, run.group->RowsBefore(run.run, wanted.end_ns));
      range.end = std::min(range.end, info.first_row + before);
    }
    range.end = std::max(range.begin, range.end);
    AddRange(alive_, range.begin, range.end);
    rows_ += range.end - range.begin;
    ranges_.push_back(range);
  }
  return {};
}

Result<const LabelColumn*> GroupScan::Column(std::string_view name, bool parsed) {
  auto& columns = columns_[parsed ? 1 : 0];
  const std::string key(name);
  if (const auto known = columns.find(key); known != columns.end()) return &known->second;
  if (parsed) NARFI_TRY(JudgeForms());
  NARFI_ASSIGN(LabelColumn column, LabelColumn::Read(*columnar_, name, parsed, forms_));
  return &columns.emplace(key, std::move(column)).first->second;
}

// Columns of templates that are nowhere in the ranges need not be read. Ranges that are most of the
// row group have most of its templates.
Status GroupScan::JudgeForms() {
  const auto& templates = columnar_->templates();
  if (forms_.size() == templates.size()) return {};
  forms_.assign(templates.size(), FormUse::kNone);
  if (rows_ > columnar_->rows() / 2) {
    forms_.assign(templates.size(), FormUse::kAsk);
  } else {
    NARFI_ASSIGN(const auto of_row, columnar_->RowTemplates());
    for (const Range& range : ranges_) {
      for (uint32_t row = range.begin; row < range.end; ++row)
        forms_[(*of_row)[row]] = FormUse::kAsk;
    }
  }
  for (size_t i = 0; i < templates.size(); ++i) {
    if (forms_[i] == FormUse::kAsk && ParsesSurely(templates[i])) forms_[i] = FormUse::kParses;
  }
  return {};
}

void GroupScan::RequireKnown(std::string_view name, const LabelColumn& column) {
  if (!column.may_ask()) return;
  all_sure_ = false;
  for (const Range& range : ranges_) {
    if (range.unit->labels().Has(name)) continue;
    if (column.is_constant()) {
      RemoveRange(sure_, range.begin, range.end);
      continue;
    }
    ForEachRow(sure_, range.begin, range.end, [&](uint32_t row) {
      if (column.KindOf(column.codes()[row]) == LabelColumn::Kind::kAsk) sure_.Remove(row);
    });
  }
}

void GroupScan::RequireNoStreamHas(std::string_view name) {
  for (const Range& range : ranges_) {
    if (!range.unit->labels().Has(name)) continue;
    RemoveRange(sure_, range.begin, range.end);
    all_sure_ = false;
  }
}

bool GroupScan::AllStreamsHave(std::string_view name) const {
  return std::all_of(ranges_.begin(), ranges_.end(),
                     [&](const Range& range) { return range.unit->labels().Has(name); });
}

}  // namespace narfi::query
