// Lists of values as columns, each in the form that is smallest for what is in it.
//
// A form may have columns inside it; they come after it. See docs/format/segment.md, "Columns".
//
// Ownership: borrows values and times until the columns are taken.
// Threads:   one at a time.
// Limits:    kMaxColumns; past it values are text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/blob.h"

namespace narfi::storage {

constexpr uint32_t kMaxColumns = 16 << 10;
constexpr int kMaxColumnDepth = 8;
constexpr size_t kHexPage = 256;             // values of a page of sorted hexadecimal
constexpr size_t kTextPageBytes = 64 << 10;  // text of a page, unless one value is longer

enum class ColumnForm : uint8_t {
  kConstant = 0,
  kText = 1,
  kDictionary = 2,
  kAffix = 3,
  kSkeleton = 4,
  kIntegers = 5,
  kDigits = 6,
  kDecimals = 7,
  kTimes = 8,
  kHex = 9,
  kSharedHex = 10,  // of the segment's dictionary
};
constexpr uint8_t kColumnForms = 11;

struct EncodedColumn {
  ColumnForm form = ColumnForm::kConstant;
  uint32_t values = 0;
  std::string params;
  std::vector<Blob> blobs;

  size_t cost() const {
    size_t sum = params.size() + 4;
    for (const Blob& blob : blobs) sum += blob.bytes.size() + 8;
    return sum;
  }
};

using Values = std::span<const std::string_view>;

// Values of a column lie a line apart: what comes is on its way before it is looked at.
inline void Prefetch(Values values, size_t i) {
  constexpr size_t kAhead = 16;
  if (i + kAhead < values.size()) __builtin_prefetch(values[i + kAhead].data());
}

class ColumnEncoder {
 public:
  using Times = std::span<const int64_t>;  // of the values' entries, in ns; may be empty

  // The number of the column that was made of the values.
  uint32_t Add(Values values, Times times) { return Add(values, times, 0); }
  // Of numbers below 2^32, such as which template a row has.
  uint32_t AddNumbers(std::span<const uint32_t> numbers);

  std::vector<EncodedColumn>& columns() { return columns_; }

 private:
  uint32_t Open(ColumnForm form, size_t values);
  uint32_t Add(Values values, Times times, int depth);
  void Fill(uint32_t index, Values values, Times times, int depth);
  // Without looking for a dictionary.
  void FillDirect(uint32_t index, Values values, Times times, int depth);
  bool TryDictionary(uint32_t index, Values values, int depth);
  void Dictionary(uint32_t index, Values distinct, std::span<const uint32_t> codes, int depth);
  bool TryAffix(uint32_t index, Values values);
  // False, and nothing done, when more varies in the values than is worth columns of its own.
  bool FillSkeletons(uint32_t index, Values values, Times times, int depth);
  // Whether a sample of the values says that they are smaller so than as text.
  bool SkeletonsPay(Values values, Times times, int depth) const;
  // As skeletons or as text, whichever is smaller: both are made.
  void FillSmaller(uint32_t index, Values values, Times times, int depth);
  void AddFilter(Values values, EncodedColumn& column);

  std::vector<EncodedColumn> columns_;
  bool has_filters_ = true;  // false for a trial, which shall cost what columns do
  size_t filter_bytes_ = 0;  // of all filters so far
};

}  // namespace narfi::storage
