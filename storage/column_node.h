// An open column: gives the texts of its values, and tells which of them hold a text.
//
// Nodes are small: what they read comes through the BlobStore when it is asked for.
//
// Ownership: borrows the BlobStore and the directory's bytes; owns the columns inside it.
// Threads:   immutable.
// Errors:    kCorrupt when blobs are not what the directory says.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "storage/blob_store.h"
#include "storage/byte_runs.h"
#include "storage/column_encoder.h"
#include "storage/columnar.h"
#include "storage/hex_text.h"

namespace narfi::storage {

// Whether a byte of the needle may be one of these.
bool HasByte(const ByteSet& set, char c, bool folded);

// What the directory says of a column.
struct ColumnInfo {
  ColumnForm form = ColumnForm::kConstant;
  uint32_t values = 0;
  std::string_view params;
  uint32_t first_blob = 0;
  uint32_t blobs = 0;
};

inline tl::unexpected<Error> BadColumn() { return Fail(Code::kCorrupt, "malformed column"); }

// Values by number: `codes` has one a value, `texts` the distinct ones.
struct CodedColumn {
  std::vector<uint16_t> codes;
  std::vector<std::string_view> texts;
};

// Which values match a pattern. No value is in two sets; those in none do not match, and hold none
// of the texts that a match has.
struct ValueMatches {
  explicit ValueMatches(uint32_t values) : matched(values), held(values), asked(values) {}
  RowSet matched;
  RowSet held;   // do not match, but hold one of the texts
  RowSet asked;  // only the text tells
  bool empty() const { return matched.empty() && held.empty() && asked.empty(); }
};

class ColumnNode {
 public:
  explicit ColumnNode(uint32_t values) : values_(values) {}
  virtual ~ColumnNode() = default;

  uint32_t values() const { return values_; }
  // What values are made of, and how long they are at most; bounds, as the blobs are not read.
  const ByteSet& alphabet() const { return alphabet_; }
  uint64_t max_length() const { return max_length_; }
  bool MayHold(const TextNeedle& needle) const;
  // Whether texts hang on the times of the entries.
  virtual bool needs_times() const { return false; }

  // The texts of the values at `places`, each below values(), into `out`. `times` are those of
  // their entries, in ns, or empty.
  virtual Status Texts(std::span<const uint32_t> places, std::span<const int64_t> times,
                       TextSink& sink, std::string_view* out) const = 0;
  // Adds the values that hold `needle` (folded: that may hold it), and those of which only the text
  // tells. `times` of all of them or empty. By default from the texts.
  virtual Status Find(const TextNeedle& needle, std::span<const int64_t> times, RowSet& sure,
                      RowSet& maybe) const;
  // Whether Find() is no more than a look-up: to remember what it found would cost as much.
  virtual bool FindsAtOnce(const TextNeedle&) const { return false; }
  // Adds the values that match. By default those that hold one of the texts are asked.
  virtual Status Match(const PatternSearch& search, std::span<const int64_t> times,
                       ValueMatches& out) const;
  // All values; `times` of all of them or empty. At most 65,534 distinct ones.
  virtual Status Codes(std::span<const int64_t> times, TextSink& sink, CodedColumn& out) const;
  // The same with the skeletons of the values. By default from their texts.
  virtual Status Skeletons(std::span<const int64_t> times, TextSink& sink, CodedColumn& out) const;
  // Whether a value is the empty text. False must be proven: patterns rely on it.
  virtual Result<bool> HasEmpty() const = 0;
  // Bounds for the stretches of these bytes in the values. By default from what they are made of,
  // and how long they are.
  virtual Result<ByteRuns> Runs(const ByteSet& of) const;

 protected:
  using TakeTexts = std::function<void(std::span<const uint32_t> places,
                                       std::span<const std::string_view> texts)>;
  // Those of the values at `places`, which ascend, some thousand at a time; `times` of all values
  // or, where none needs them, empty.
  Status ForTexts(std::span<const uint32_t> places, std::span<const int64_t> times,
                  const TakeTexts& take) const;
  // Adds the places whose texts hold `needle`.
  static void FindInTexts(const TextNeedle& needle, std::span<const uint32_t> places,
                          std::span<const std::string_view> texts, RowSet& found);
  // Values that hold one of the texts, into `held`; those that may, into `asked`.
  Status FindHeld(const PatternSearch& search, std::span<const int64_t> times,
                  ValueMatches& out) const;
  // Asks the texts of those.
  Status TestHeld(const PatternSearch& search, std::span<const int64_t> times,
                  ValueMatches& out) const;

  ByteSet alphabet_;
  uint64_t max_length_ = UINT64_MAX;

 private:
  const uint32_t values_;
};

// Opens column `index` and those inside it. False when the directory is malformed; `taken` marks
// the columns that are inside one already.
std::unique_ptr<ColumnNode> OpenColumn(const std::vector<ColumnInfo>& columns, uint32_t index,
                                       const BlobStore& blobs, std::vector<bool>& taken, int depth);

// What a column says that names ids of a dictionary of its segment.
struct SharedIds {
  uint32_t dictionary = 0;
  HexPattern pattern;  // that of the dictionary
  // Of the ids' numbers in the dictionary.
  uint64_t first = 0;
  uint64_t last = 0;
  // Views point into the directory; false when malformed.
  bool Read(const ColumnInfo& info);
  // Calls take(number) for each number, which ascend. kCorrupt when they are not what they should.
  Status ForEach(const ColumnInfo& info, const BlobStore& blobs,
                 const std::function<void(uint64_t)>& take) const;
};

// One a kind; null when malformed.
std::unique_ptr<ColumnNode> OpenNumbers(const ColumnInfo& info, const BlobStore& blobs);
std::unique_ptr<ColumnNode> OpenHex(const ColumnInfo& info, const BlobStore& blobs,
                                    uint64_t number);
std::unique_ptr<ColumnNode> OpenSharedHex(const ColumnInfo& info, const BlobStore& blobs);
std::unique_ptr<ColumnNode> OpenText(const ColumnInfo& info, const BlobStore& blobs,
                                     uint64_t number);

}  // namespace narfi::storage
