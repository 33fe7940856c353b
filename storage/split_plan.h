// Which skeletons a list of values shares, and which slots of them become one column.
//
// Ownership: borrows the values.
// Threads:   one at a time.
// Limits:    kMaxTemplates, kMaxSplitColumns; values of other skeletons are raw, one slot each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "storage/line_template.h"

namespace narfi::storage {

using Values = std::span<const std::string_view>;

constexpr uint32_t kMaxTemplates = 256;
constexpr uint32_t kMaxSplitColumns = 1024;

struct SplitTemplate {
  std::vector<std::string_view> literals;  // slots + 1
  std::vector<uint32_t> columns;           // of each slot
};

class SplitPlan {
 public:
  SplitPlan(Values values, SplitMode mode);

  const std::vector<SplitTemplate>& templates() const { return templates_; }
  uint32_t columns() const { return columns_; }
  uint32_t raw_rows() const { return raw_rows_; }
  uint64_t slot_count() const { return slot_count_; }  // of all values
  // The template of each value.
  const std::vector<int64_t>& row_templates() const { return row_templates_; }
  // The values of all columns, and the row of each, into empty lists.
  void Gather(std::vector<std::vector<std::string_view>>& texts,
              std::vector<std::vector<uint32_t>>& rows) const;

 private:
  struct Shape {
    uint32_t first_row = 0;
    uint32_t rows = 0;
    uint32_t chosen = UINT32_MAX;
  };
  void SplitAll(SplitMode mode, std::vector<Shape>& shapes, std::vector<uint32_t>& row_shapes);
  void Choose(std::vector<Shape>& shapes);
  bool Describe(uint32_t row, SplitTemplate& out);
  std::vector<Slot>::const_iterator SlotsOf(uint32_t row) const {
    return slots_.begin() + row_slots_[row];
  }

  // Fixed after construction.
  const Values values_;
  std::vector<Slot> slots_;  // of all values; none of those that did not split
  std::vector<uint32_t> row_slots_;
  std::vector<SplitTemplate> templates_;
  std::vector<int64_t> row_templates_;
  std::unordered_map<uint64_t, uint32_t> by_path_;  // path and occurrence -> column
  static constexpr uint32_t kNoTemplate = UINT32_MAX;
  uint32_t raw_template_ = kNoTemplate;
  uint32_t columns_ = 0;
  uint32_t raw_rows_ = 0;
  uint64_t slot_count_ = 0;
};

}  // namespace narfi::storage
