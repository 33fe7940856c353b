// The columns that a ColumnWriter made, back as the values of column 0.
//
// Ownership: borrows payload and times; the views given live as long as the reader and they do.
// Threads:   one at a time.
// Limits:    kMaxColumnValues, kMaxColumnDepth, and the texts of a reader take at most
//            kMaxColumnText; what asks for more is malformed.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/column_writer.h"
#include "storage/typed_column.h"

namespace narfi::storage {

constexpr uint64_t kMaxColumnText = 256 << 20;

class ColumnReader {
 public:
  // `times` may be empty when no column needs them.
  explicit ColumnReader(std::span<const int64_t> times) : times_(times) {}

  // Each is false when the bytes are not columns. `max_bytes` bounds what a section unpacks to.
  bool Open(ByteReader& reader, uint64_t max_bytes);
  // Replaces `out` by the `rows` lines, one after the other in `text`, which has room for
  // `text_bytes` of them.
  bool ReadLines(uint32_t rows, uint64_t text_bytes, std::string& text,
                 std::vector<std::string_view>& out);

 private:
  using Views = std::vector<std::string_view>;
  using Rows = std::vector<uint32_t>;  // of the values; empty when no times are wanted
  struct Template {
    std::vector<std::string_view> literals;
    std::vector<uint32_t> columns;
    uint64_t rows = 0;
    uint64_t literal_bytes = 0;
  };
  struct Split {
    std::vector<uint32_t> children;
    std::vector<Template> templates;
    std::vector<int64_t> row_templates;
    std::vector<Views> values;  // of the children
    uint64_t text_bytes = 0;
  };

  // Takes column `index`, found in one after `parent`; null bytes when it may not be taken.
  bool Take(uint64_t index, uint32_t parent, ByteReader& bytes);
  bool Read(uint32_t index, ByteReader bytes, const Rows& rows, int depth, Views& out);
  bool ReadDictionary(uint32_t index, ByteReader& bytes, int depth, Views& out);
  bool ReadAffix(uint32_t index, ByteReader& bytes, int depth, Views& out);
  bool ReadTemplates(ByteReader& bytes, uint64_t rows, Split& split);
  bool ReadSplit(uint32_t index, ByteReader& bytes, const Rows& rows, int depth, uint64_t count,
                 Split& split);
  bool ReadChildren(uint32_t index, const Rows& rows, int depth, Split& split);
  static void Join(const Split& split, char* at, Views& out);

  const std::span<const int64_t> times_;
  std::deque<std::string> held_;  // unpacked sections; views point into them
  std::vector<std::string_view> columns_;
  std::vector<bool> taken_;
  uint64_t values_left_ = kMaxColumnValues;
  ColumnText text_{kMaxColumnText};
};

}  // namespace narfi::storage
