#include "query/exec/series_table.h"

#include <algorithm>

namespace narfi::query {
namespace {

bool IsNamed(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool SeriesTable::LikePrevious(const Batch& batch, uint32_t row) const {
  if (previous_row_ == UINT32_MAX) return false;
  if (!batch.changes(row).empty() || !batch.changes(previous_row_).empty()) return false;
  if (batch.has_error(row) || batch.has_error(previous_row_)) return false;
  // They outlive an error that was dropped.
  if (batch.error(row).details != batch.error(previous_row_).details) return false;
  const auto now = batch.metadata(row);
  const auto before = batch.metadata(previous_row_);
  return std::equal(now.begin(), now.end(), before.begin(), before.end());
}

Result<uint32_t> SeriesTable::SeriesOf(const Batch& batch, uint32_t row) {
  if (!LikePrevious(batch, row)) {
    Keep(batch, row);
    NARFI_ASSIGN(previous_series_, FindFields(fields_));
  }
  previous_row_ = row;
  return previous_series_;
}

void SeriesTable::Keep(const Batch& batch, uint32_t row) {
  fields_.clear();
  // An entry with an error that the query asked for keeps everything.
  if (keeps_.mode == SeriesLabels::Mode::kBy && !batch.has_error(row)) {
    for (const std::string& name : keeps_.names) {
      if (const auto value = batch.Get(row, name)) fields_.push_back({name, *value});
    }
    std::erase_if(fields_,
                  [](const Field& f) { return f.value.empty() && f.name.starts_with("__error"); });
    std::sort(fields_.begin(), fields_.end());
    return;
  }
  row_labels_.Collect(batch, row);
  row_labels_.AppendAll(fields_);
  if (keeps_.mode == SeriesLabels::Mode::kWithout) {
    std::erase_if(fields_,
                  [this](const Field& field) { return IsNamed(keeps_.names, field.name); });
  }
}

Result<uint32_t> SeriesTable::SeriesOfStream(const Labels& stream) {
  fields_.clear();
  for (const Label& label : stream) {
    if (IsNamed(keeps_.names, label.name)) fields_.push_back({label.name, label.value});
  }
  return FindFields(fields_);
}

Result<uint32_t> SeriesTable::Find(const LabelPairs& labels) {
  fields_.clear();
  for (const Label& label : labels) fields_.push_back({label.name, label.value});
  return FindFields(fields_);
}

Result<uint32_t> SeriesTable::FindFields(const std::vector<Field>& fields) {
  key_.clear();
  AppendFieldsKey(key_, fields);
  if (const auto known = numbers_.find(std::string_view(key_)); known != numbers_.end())
    return known->second;
  if (limited_) NARFI_TRY(monitor_.CheckSeries(labels_.size() + 1));
  NARFI_TRY(monitor_.AddMemory(static_cast<int64_t>(2 * key_.size() + 200)));
  labels_.push_back(ToLabelPairs(fields));
  const auto number = static_cast<uint32_t>(labels_.size() - 1);
  numbers_.emplace(key_, number);
  return number;
}

}  // namespace narfi::query
