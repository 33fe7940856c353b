// What every parser stage does with the fields it found.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "line/field.h"
#include "query/exec/batch.h"
#include "query/exec/stage.h"

namespace narfi::query {

// Sets fields as labels of a row: one that the stream or the entry has gets "_extracted" behind its
// name, and of equal names the first stays, across all parsers of the pipeline.
void AddParsedFields(Batch& batch, uint32_t row, std::span<const line::Field> fields);

// Sets one named value, replacing what an earlier parser gave (`json a="x"`); with nothing found,
// an empty label unless there is one of the name.
void SetExtraction(Batch& batch, uint32_t row, std::string_view label, bool found,
                   std::string_view value);

// True when somebody looks at the field.
inline bool IsWanted(const line::Demand& demand, std::string_view name) {
  return demand.everything || demand.Find(name) >= 0;
}

// Which names of the demand earlier parsers have given the row.
void MarkFound(const Batch& batch, uint32_t row, const line::Demand& demand,
               std::vector<uint8_t>& found);

}  // namespace narfi::query
