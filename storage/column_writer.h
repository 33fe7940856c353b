// A list of values as a tree of columns, each in the form that is smallest for what is in it.
//
// Column 0 is the list; columns that a form has inside come after it. See docs/format/segment.md,
// "Columns".
//
// Ownership: borrows values and times until Finish().
// Threads:   one at a time.
// Limits:    kMaxColumnValues over all columns; splitting stops before it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/line_template.h"
#include "storage/typed_column.h"

namespace narfi::storage {

constexpr uint64_t kMaxColumnValues = 4 << 20;
constexpr int kMaxColumnDepth = 12;

class ColumnWriter {
 public:
  // `times` are those of the entries whose lines come.
  ColumnWriter(std::span<const int64_t> times, int level) : times_(times), level_(level) {}

  // Makes column 0; false, and the writer is spent, when no two lines share a skeleton.
  bool AddLines(Values lines);
  // Whether a column tells times by those of the entries.
  bool uses_times() const;
  // What all sections unpack to.
  uint64_t unpacked_bytes() const;
  // The columns: their sections.
  std::string Finish() const;

 private:
  struct Stored {
    std::string bytes;   // form and body
    std::string packed;  // the same as a section; empty while it shares one with other small ones
    size_t cost = 0;
  };
  using Rows = std::span<const uint32_t>;  // of the values, for the entries' times; may be empty

  uint32_t Open();
  void Close(uint32_t index, std::string bytes);
  size_t CostFrom(uint32_t index) const;
  // Undoes the columns from `index` on, which is open again, and gives them away.
  std::vector<Stored> TakeFrom(uint32_t index);
  void PutBack(uint32_t index, std::vector<Stored> columns);
  template <class Fill>
  void KeepCheaper(uint32_t index, Fill fill);

  uint32_t Add(Values values, Rows rows, int depth);
  void Direct(uint32_t index, Values values, Rows rows, int depth);
  void Dictionary(uint32_t index, Values distinct, std::span<const int64_t> ids, int depth);
  bool Affix(uint32_t index, Values values);
  void Text(uint32_t index, Values values);
  bool Split(uint32_t index, Values values, Rows rows, SplitMode mode, int depth);

  const std::span<const int64_t> times_;
  const int level_;
  std::vector<Stored> columns_;
  uint64_t slot_values_ = 0;
};

}  // namespace narfi::storage
