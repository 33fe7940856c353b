// The labels of a row that leaves its batch, by where they came from.
#pragma once

#include <string>
#include <vector>

#include "query/exec/batch.h"

namespace narfi::query {

struct RowLabels {
  std::vector<Field> stream;
  std::vector<Field> metadata;
  std::vector<Field> parsed;  // what stages set, errors included

  // Fills all three, each by name. The views are the batch's.
  void Collect(const Batch& batch, uint32_t row);
  // All of them by name.
  void AppendAll(std::vector<Field>& out) const;
};

// A text that is equal for equal sets of fields and for no others; `fields` are sorted.
void AppendFieldsKey(std::string& dst, const std::vector<Field>& fields);
LabelPairs ToLabelPairs(const std::vector<Field>& fields);

}  // namespace narfi::query
