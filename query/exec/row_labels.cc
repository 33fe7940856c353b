#include "query/exec/row_labels.h"

#include <algorithm>

#include "base/bytes.h"

namespace narfi::query {
namespace {

void SortByName(std::vector<Field>& fields) {
  const auto by_name = [](const Field& a, const Field& b) { return a.name < b.name; };
  if (!std::is_sorted(fields.begin(), fields.end(), by_name))
    std::sort(fields.begin(), fields.end(), by_name);
}

bool IsChanged(std::span<const Batch::Change> changes, std::string_view name) {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const Batch::Change& change) { return change.name == name; });
}

}  // namespace

void RowLabels::Collect(const Batch& batch, uint32_t row) {
  stream.clear();
  metadata.clear();
  parsed.clear();
  const std::span<const Batch::Change> changes = batch.changes(row);
  for (const Label& label : batch.stream()) {
    if (!IsChanged(changes, label.name)) stream.push_back({label.name, label.value});
  }
  for (const Field& pair : batch.metadata(row)) {
    if (!IsChanged(changes, pair.name)) metadata.push_back(pair);
  }
  const Batch::RowError& error = batch.error(row);
  for (const Batch::Change& change : changes) {
    if (change.deleted) continue;
    if (change.name == kErrorLabel && !error.error.empty()) continue;
    if (change.name == kErrorDetailsLabel && !error.details.empty()) continue;
    parsed.push_back({change.name, change.value});
  }
  if (!error.error.empty()) parsed.push_back({kErrorLabel, error.error});
  if (!error.details.empty()) parsed.push_back({kErrorDetailsLabel, error.details});
  if (error.preserve && !error.error.empty()) parsed.push_back({kPreserveErrorLabel, "true"});
  SortByName(metadata);
  SortByName(parsed);
}

void RowLabels::AppendAll(std::vector<Field>& out) const {
  out.insert(out.end(), stream.begin(), stream.end());
  out.insert(out.end(), metadata.begin(), metadata.end());
  out.insert(out.end(), parsed.begin(), parsed.end());
  SortByName(out);
}

void AppendFieldsKey(std::string& dst, const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    PutString(dst, field.name);
    PutString(dst, field.value);
  }
}

LabelPairs ToLabelPairs(const std::vector<Field>& fields) {
  LabelPairs labels;
  labels.reserve(fields.size());
  for (const Field& field : fields)
    labels.push_back({std::string(field.name), std::string(field.value)});
  return labels;
}

}  // namespace narfi::query
