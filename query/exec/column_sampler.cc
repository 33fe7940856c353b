#include "query/exec/column_sampler.h"

#include <algorithm>
#include <span>
#include <utility>

#include "query/exec/unwrap.h"

namespace narfi::query {
namespace {

constexpr size_t kMaxSources = 8;
// Combinations of the codes of several columns that are counted in one table.
constexpr uint64_t kMaxIndexes = 1 << 18;
constexpr uint32_t kLanes = 4;
constexpr uint32_t kMaxLane = 1024;  // indexes

bool IsError(std::string_view name) { return name.starts_with("__"); }

// Codes as digits: absent is 0.
uint32_t DigitOf(uint16_t code) { return static_cast<uint16_t>(code + 1); }
uint32_t DigitsOf(const LabelColumn& column) { return column.size() + 1U; }

bool IsListed(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// `| unwrap x | __error__=""`: rows without an error pass.
bool PassesWithoutError(const logql::LabelFilter& filter) {
  const auto* text = std::get_if<logql::StringFilter>(&filter.node);
  return text != nullptr && text->matcher.name == kErrorLabel && text->matcher.Accepts("");
}

}  // namespace

ColumnSampler::ColumnSampler(const logql::RangeAggregation& node, const Windows& windows,
                             const SelectorPlan& plan, SeriesTable& table,
                             RangeAccumulator& accumulator)
    : node_(node), windows_(windows), plan_(plan), table_(table), accumulator_(accumulator) {}

bool ColumnSampler::IsSupported(const GroupScan& scan) const {
  using Op = logql::RangeOp;
  if (node_.op == Op::kBytesOverTime || node_.op == Op::kBytesRate) return false;
  if (node_.unwrap) {
    const auto& filters = node_.unwrap->filters;
    if (!std::all_of(filters.begin(), filters.end(), PassesWithoutError)) return false;
    if (IsError(node_.unwrap->label)) return false;
    // Counts entries without a value as well.
    if (node_.op == Op::kAvgOverTime && node_.grouping) return false;
  }
  if (plan_.series.mode == SeriesLabels::Mode::kBy)
    return std::none_of(plan_.series.names.begin(), plan_.series.names.end(), IsError);
  // All fields of a line tell series apart.
  return !scan.parsed();
}

Result<bool> ColumnSampler::Take(GroupScan& scan) {
  if (!IsSupported(scan)) return false;
  if (scan.sure().empty()) return true;
  ForgetGroup();
  NARFI_ASSIGN(const bool found, FindSources(scan));
  if (!found) return false;
  if (node_.unwrap) {
    NARFI_ASSIGN(const bool has_values, FindUnwrapped(scan));
    if (!has_values) return true;
  }
  for (const GroupScan::Range& range : scan.ranges()) {
    if (range.begin < range.end && !FitsTable(ShapeOf(range.unit->labels()))) return false;
  }
  for (const GroupScan::Range& range : scan.ranges()) {
    if (range.begin < range.end) NARFI_TRY(TakeRun(scan, range));
  }
  NARFI_TRY(TakeCounts());
  return true;
}

void ColumnSampler::ForgetGroup() {
  for (const uint32_t index : touched_) counts_[index] = 0;  // of a group that failed
  touched_.clear();
  sources_.clear();
  unwrapped_ = nullptr;
  shape_ = {};
  series_.clear();
}

// ------------------------------------------------------------------ columns

Result<bool> ColumnSampler::FindSources(GroupScan& scan) {
  if (plan_.series.mode == SeriesLabels::Mode::kBy) {
    for (const std::string& name : plan_.series.names) sources_.push_back({name});
  } else {
    if (scan.columnar().has_more_metadata_names()) return false;
    for (const std::string_view name : scan.columnar().metadata_names()) {
      // Errors and what is renamed: rows of text know.
      if (IsError(name)) return false;
      scan.RequireNoStreamHas(name);
      if (!IsListed(plan_.series.names, name) || plan_.series.mode == SeriesLabels::Mode::kAll)
        sources_.push_back({name});
    }
  }
  if (sources_.size() > kMaxSources) return false;
  for (Source& source : sources_) {
    if (scan.AllStreamsHave(source.name)) continue;
    NARFI_ASSIGN(source.column, scan.ColumnAtEnd(source.name));
    scan.RequireKnown(source.name, *source.column);
  }
  return true;
}

// False when no row has a value that the columns tell.
Result<bool> ColumnSampler::FindUnwrapped(GroupScan& scan) {
  const std::string& name = node_.unwrap->label;
  scan.RequireNoStreamHas(name);
  NARFI_ASSIGN(unwrapped_, scan.ColumnAtEnd(name));
  scan.RequireKnown(name, *unwrapped_);
  if (unwrapped_->is_constant()) return false;
  values_.assign(unwrapped_->size(), 0);
  has_value_.assign(unwrapped_->size(), 0);
  std::vector<uint8_t> flawed(unwrapped_->size(), 0);
  bool any_flawed = false;
  for (uint16_t code = 0; code < unwrapped_->size(); ++code) {
    if (unwrapped_->KindOf(code) != LabelColumn::Kind::kValue) continue;
    const std::string_view text = unwrapped_->value(code);
    if (text.empty()) continue;
    const Result<double> value = ConvertSample(node_.unwrap->conversion, text);
    has_value_[code] = value ? 1 : 0;
    values_[code] = value.value_or(0);
    flawed[code] = value ? 0 : 1;
    any_flawed |= !value;
  }
  if (any_flawed) {
    const uint16_t* const codes = unwrapped_->codes();
    scan.RequireKnown(
        [&](uint32_t row) { return codes[row] >= flawed.size() || flawed[codes[row]] == 0; });
  }
  return true;
}

// ------------------------------------------------------------------ runs

ColumnSampler::RunShape ColumnSampler::ShapeOf(const Labels& stream) const {
  RunShape shape;
  const bool is_by = plan_.series.mode == SeriesLabels::Mode::kBy;
  for (const Label& label : stream) {
    const bool named = IsListed(plan_.series.names, label.name);
    const bool kept = is_by ? named : !named || plan_.series.mode == SeriesLabels::Mode::kAll;
    if (kept) shape.fixed.push_back({label.name, label.value});
  }
  for (const Source& source : sources_) {
    if (source.column == nullptr || source.column->is_constant()) continue;
    if (!stream.Has(source.name)) shape.columns.push_back(&source);
  }
  return shape;
}

bool ColumnSampler::FitsTable(const RunShape& shape) const {
  uint64_t indexes = 1;
  for (const Source* source : shape.columns) {
    indexes *= DigitsOf(*source->column);
    if (indexes > kMaxIndexes) return false;
  }
  return true;
}

void ColumnSampler::UseShape(RunShape shape) {
  if (!series_.empty() && shape == shape_) return;
  shape_ = std::move(shape);
  uint32_t indexes = 1;
  for (const Source* source : shape_.columns) indexes *= DigitsOf(*source->column);
  series_.assign(indexes, UINT32_MAX);
  if (counts_.size() < indexes) counts_.resize(indexes);
}

uint32_t ColumnSampler::IndexOf(uint32_t row) const {
  uint32_t index = 0;
  for (const Source* source : shape_.columns)
    index = index * DigitsOf(*source->column) + DigitOf(source->column->codes()[row]);
  return index;
}

Result<uint32_t> ColumnSampler::SeriesOf(uint32_t index) {
  if (series_[index] != UINT32_MAX) return series_[index];
  LabelsOf(index);
  NARFI_ASSIGN(series_[index], table_.FindFields(fields_));
  return series_[index];
}

Status ColumnSampler::FindTouched() {
  constexpr size_t kAtOnce = 32;
  for (size_t first = 0; first < touched_.size(); first += kAtOnce) {
    const auto some =
        std::span(touched_).subspan(first, std::min(kAtOnce, touched_.size() - first));
    table_.ClearAsked();
    for (const uint32_t index : some) {
      if (series_[index] != UINT32_MAX) continue;
      LabelsOf(index);
      table_.Ask(fields_);
    }
    table_.Approach();
    size_t asked = 0;
    for (const uint32_t index : some) {
      if (series_[index] != UINT32_MAX) continue;
      if (const auto known = table_.Answer(asked++)) {
        series_[index] = *known;
      } else {
        NARFI_ASSIGN(series_[index], SeriesOf(index));
      }
      accumulator_.Approach(series_[index]);
    }
  }
  return {};
}

void ColumnSampler::LabelsOf(uint32_t index) {
  fields_ = shape_.fixed;
  uint32_t rest = index;
  for (size_t i = shape_.columns.size(); i-- > 0;) {
    const LabelColumn& column = *shape_.columns[i]->column;
    const auto code = static_cast<uint16_t>(rest % DigitsOf(column) - 1);
    rest /= DigitsOf(column);
    if (column.KindOf(code) == LabelColumn::Kind::kValue)
      fields_.push_back({shape_.columns[i]->name, column.value(code)});
  }
  std::sort(fields_.begin(), fields_.end());
}

// ------------------------------------------------------------------ samples

Status ColumnSampler::TakeRun(const GroupScan& scan, const GroupScan::Range& range) {
  RunShape shape = ShapeOf(range.unit->labels());
  if (!(shape == shape_)) NARFI_TRY(TakeCounts());
  UseShape(std::move(shape));
  if (unwrapped_ != nullptr) return TakeValues(scan, range);
  NARFI_TRY(CutAtBorders(range, windows_, stretches_));
  for (const Stretch& stretch : stretches_) {
    if (shape_.columns.empty()) {
      NARFI_TRY(CountStretch(scan, stretch));
    } else {
      NARFI_TRY(CountByCode(scan, stretch));
    }
  }
  return {};
}

Status ColumnSampler::CountStretch(const GroupScan& scan, const Stretch& stretch) {
  const uint32_t rows = stretch.end - stretch.begin;
  const uint32_t count = scan.all_sure() ? rows : scan.sure().CountIn(stretch.begin, rows);
  if (count == 0) return {};
  NARFI_ASSIGN(const uint32_t series, SeriesOf(0));
  return AddCount(series, stretch.steps, count);
}

// Rows of one code follow each other; counting them in turn in several tables keeps a count from
// waiting for the one before.
void ColumnSampler::CountInLanes(const uint16_t* codes, uint32_t rows, uint32_t indexes) {
  lanes_.assign(kLanes * size_t{indexes}, 0);
  uint32_t row = 0;
  for (; row + kLanes <= rows; row += kLanes) {
    for (uint32_t lane = 0; lane < kLanes; ++lane)
      ++lanes_[lane * indexes + DigitOf(codes[row + lane])];
  }
  for (; row < rows; ++row) ++lanes_[DigitOf(codes[row])];
  for (uint32_t index = 0; index < indexes; ++index) {
    uint32_t sum = 0;
    for (uint32_t lane = 0; lane < kLanes; ++lane) sum += lanes_[lane * indexes + index];
    if (sum != 0 && counts_[index] == 0) touched_.push_back(index);
    counts_[index] += sum;
  }
}

Status ColumnSampler::CountByCode(const GroupScan& scan, const Stretch& stretch) {
  if (!(stretch.steps == counted_steps_)) NARFI_TRY(TakeCounts());
  counted_steps_ = stretch.steps;
  const auto count = [this](uint32_t index) {
    if (counts_[index]++ == 0) touched_.push_back(index);
  };
  const uint16_t* const codes = shape_.columns.front()->column->codes();
  const auto indexes = static_cast<uint32_t>(series_.size());
  const uint32_t rows = stretch.end - stretch.begin;
  if (shape_.columns.size() > 1) {
    ForEachRow(scan.sure(), stretch.begin, stretch.end, [&](uint32_t row) { count(IndexOf(row)); });
  } else if (!scan.all_sure()) {
    ForEachRow(scan.sure(), stretch.begin, stretch.end,
               [&](uint32_t row) { count(DigitOf(codes[row])); });
  } else if (indexes <= rows / kLanes && indexes <= kMaxLane) {
    CountInLanes(codes + stretch.begin, rows, indexes);
  } else {
    for (uint32_t row = stretch.begin; row < stretch.end; ++row) count(DigitOf(codes[row]));
  }
  return {};
}

Status ColumnSampler::TakeCounts() {
  Status status = FindTouched();
  for (const uint32_t index : touched_) {
    const uint32_t rows = std::exchange(counts_[index], 0);
    if (!status) continue;
    const Result<uint32_t> series = SeriesOf(index);
    status = series ? AddCount(*series, counted_steps_, rows)
                    : Status(tl::unexpected<Error>(series.error()));
  }
  touched_.clear();
  return status;
}

Status ColumnSampler::AddCount(uint32_t series, const StepSpan& steps, uint32_t rows) {
  NARFI_ASSIGN(const bool taken, accumulator_.AddCounts(series, steps, rows, 0));
  if (taken) return {};
  return Fail(Code::kInternal, "an aggregation of counts does not take counts");
}

Status ColumnSampler::TakeValues(const GroupScan& scan, const GroupScan::Range& range) {
  const storage::RunRef& run = *range.unit->runs.front();
  StepCursor cursor(windows_);
  const uint16_t* const codes = unwrapped_->codes();
  const uint32_t stream = StreamOrder(run.info().id);
  for (uint32_t at = range.begin; at < range.end; at += storage::kBatchRows) {
    const uint32_t end = std::min(at + storage::kBatchRows, range.end);
    if (scan.sure().CountIn(at, end - at) == 0) continue;
    times_.Clear();
    NARFI_TRY(run.group->Read(run.run, at - run.info().first_row, end - at,
                              storage::ColumnSet{} | storage::Column::kTime, times_));
    samples_.clear();
    Status status;
    ForEachRow(scan.sure(), at, end, [&](uint32_t row) {
      if (codes[row] >= has_value_.size() || has_value_[codes[row]] == 0 || !status) return;
      const int64_t time = times_.times[row - at];
      if (cursor.At(time).empty()) return;
      const Result<uint32_t> series = SeriesOf(IndexOf(row));
      if (series) {
        samples_.push_back({*series, stream, time, values_[codes[row]], false});
      } else {
        status = tl::unexpected<Error>(series.error());
      }
    });
    NARFI_TRY(status);
    NARFI_TRY(accumulator_.Add(samples_));
  }
  return {};
}

}  // namespace narfi::query
