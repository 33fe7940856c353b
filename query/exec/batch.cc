#include "query/exec/batch.h"

#include <numeric>
#include <string>

#include "query/exec/monitor.h"

namespace narfi::query {

void Batch::Start(const Labels& stream, storage::RowBatch& rows, bool has_metadata) {
  stream_ = &stream;
  rows_ = &rows;
  has_metadata_ = has_metadata;
  selection_.resize(rows.rows);
  std::iota(selection_.begin(), selection_.end(), 0U);
  changes_.clear();
  ranges_.assign(rows.rows, Range{});
  errors_.assign(rows.rows, RowError{});
  formatted_.clear();
  failure_ = {};
  arena_.Clear();
  if (has_metadata) RenameMetadata();
}

void Batch::RenameMetadata() {
  for (Field& pair : rows_->pairs) {
    if (stream_->Has(pair.name)) pair.name = Extracted(pair.name);
  }
}

Status Batch::LoadLines() {
  if (has_lines() || rows_->rows == 0 || loader_ == nullptr) return {};
  return loader_->LoadLines(*rows_, selection_);
}

bool Batch::MayGoOn() {
  if (failure_ && monitor_ != nullptr) failure_ = monitor_->Check();
  return failure_.has_value();
}

std::string_view Batch::Extracted(std::string_view name) {
  std::string text(name);
  text += kExtractedSuffix;
  return arena_.Copy(text);
}

std::optional<std::string_view> Batch::FindParsed(uint32_t row, std::string_view name) const {
  for (const Change& change : changes(row)) {
    if (!change.deleted && change.name == name) return change.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Batch::Get(uint32_t row, std::string_view name) const {
  if (name == kErrorLabel) return errors_[row].error;
  bool deleted = false;
  for (const Change& change : changes(row)) {
    if (change.name != name) continue;
    if (!change.deleted) return change.value;
    deleted = true;
  }
  if (deleted) return std::nullopt;
  for (const Field& pair : metadata(row)) {
    if (pair.name == name) return pair.value;
  }
  const std::string_view value = stream_->Get(name);
  if (value.empty()) return std::nullopt;
  return value;
}

bool Batch::InStreamOrMetadata(uint32_t row, std::string_view name) const {
  if (stream_->Has(name)) return true;
  for (const Field& pair : metadata(row)) {
    if (pair.name == name) return !IsDeleted(row, name);
  }
  return false;
}

bool Batch::IsDeleted(uint32_t row, std::string_view name) const {
  for (const Change& change : changes(row)) {
    if (change.deleted && change.name == name) return true;
  }
  return false;
}

Batch::Change& Batch::AppendChange(uint32_t row) {
  Range& range = ranges_[row];
  if (range.end != changes_.size()) {
    const uint32_t count = range.end - range.begin;
    const auto begin = static_cast<uint32_t>(changes_.size());
    changes_.reserve(changes_.size() + count + 1);
    for (uint32_t i = 0; i < count; ++i) changes_.push_back(changes_[range.begin + i]);
    range = {begin, begin + count};
  }
  ++range.end;
  return changes_.emplace_back();
}

void Batch::Set(uint32_t row, std::string_view name, std::string_view value) {
  const Range range = ranges_[row];
  for (uint32_t i = range.begin; i < range.end; ++i) {
    Change& change = changes_[i];
    if (change.name != name || change.deleted) continue;
    change.value = value;
    return;
  }
  AppendChange(row) = {name, value, false};
}

void Batch::Delete(uint32_t row, std::string_view name) {
  Range& range = ranges_[row];
  bool marked = false;
  uint32_t kept = range.begin;
  for (uint32_t i = range.begin; i < range.end; ++i) {
    if (changes_[i].name == name && !changes_[i].deleted) continue;
    marked |= changes_[i].name == name;
    changes_[kept++] = changes_[i];
  }
  // A hole at the end of the table is given back, so that the row can still grow in place.
  if (range.end == changes_.size()) changes_.resize(kept);
  range.end = kept;
  if (!marked) AppendChange(row) = {name, {}, true};
}

void Batch::SetError(uint32_t row, std::string_view error, std::string_view details,
                     bool preserve) {
  errors_[row].error = error;
  errors_[row].details = details;
  errors_[row].preserve |= preserve;
}

}  // namespace narfi::query
