#include "query/exec/parsed_fields.h"

namespace narfi::query {

void AddParsedFields(Batch& batch, uint32_t row, std::span<const line::Field> fields) {
  for (const line::Field& field : fields) {
    std::string_view name = field.name;
    if (batch.InStreamOrMetadata(row, name)) name = batch.Extracted(name);
    if (!batch.FindParsed(row, name)) batch.Set(row, name, field.value);
  }
}

void SetExtraction(Batch& batch, uint32_t row, std::string_view label, bool found,
                   std::string_view value) {
  if (!found) {
    if (!batch.Get(row, label)) batch.Set(row, label, {});
    return;
  }
  batch.Set(row, batch.InStreamOrMetadata(row, label) ? batch.Extracted(label) : label, value);
}

void MarkFound(const Batch& batch, uint32_t row, const line::Demand& demand,
               std::vector<uint8_t>& found) {
  found.assign(demand.names.size(), 0);
  if (demand.everything || batch.changes(row).empty()) return;
  for (size_t i = 0; i < demand.names.size(); ++i) {
    found[i] = batch.FindParsed(row, demand.names[i]) ? 1 : 0;
  }
}

}  // namespace narfi::query
