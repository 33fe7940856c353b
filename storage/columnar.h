// What a row group can say about its lines and metadata without their text: templates, columns,
// and which rows hold a text.
//
// A line is a template (constant pieces and slots) and the values of its slots; a slot's value lies
// in a column. Rows are numbered within the row group, over all its runs.
//
// Ownership: views live as long as the object that has them; everything given out is immutable.
// Threads:   safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text_search.h"

namespace narfi::storage {

// A set of rows of a row group, a bit for each.
class RowSet {
 public:
  RowSet() = default;
  explicit RowSet(uint32_t rows) : rows_(rows), words_((rows + 63) / 64) {}

  uint32_t rows() const { return rows_; }
  bool Has(uint32_t row) const { return (words_[row / 64] >> (row % 64) & 1) != 0; }
  void Add(uint32_t row) { words_[row / 64] |= uint64_t{1} << (row % 64); }
  void Remove(uint32_t row) { words_[row / 64] &= ~(uint64_t{1} << (row % 64)); }
  void AddAll();
  void Clear() { words_.assign(words_.size(), 0); }
  bool empty() const;
  uint32_t count() const;
  uint32_t CountIn(uint32_t first, uint32_t rows) const;
  RowSet& operator|=(const RowSet& other);
  RowSet& operator&=(const RowSet& other);
  // Takes out the rows of `other`.
  RowSet& operator-=(const RowSet& other);
  bool operator==(const RowSet&) const = default;

  const std::vector<uint64_t>& words() const { return words_; }
  std::vector<uint64_t>& words() { return words_; }

 private:
  uint32_t rows_ = 0;
  std::vector<uint64_t> words_;  // bits behind the last row are zero
};

// Calls visit(row) for each row of the set in [begin, end).
template <class Visit>
void ForEachRow(const RowSet& set, uint32_t begin, uint32_t end, Visit&& visit) {
  for (uint32_t at = begin; at < end;) {
    const uint32_t bit = at % 64;
    uint64_t word = set.words()[at / 64] >> bit;
    const uint32_t stop = end - at < 64 - bit ? end - at : 64 - bit;
    if (stop < 64) word &= (uint64_t{1} << stop) - 1;
    for (; word != 0; word &= word - 1) visit(at + static_cast<uint32_t>(__builtin_ctzll(word)));
    at += stop;
  }
}

enum class SlotKind : uint8_t {
  kText = 0,    // a piece of free text: no field
  kString = 1,  // what stands between the quotes of a JSON string, escapes as written
  kScalar = 2,  // a JSON number, true, false or null
  kArray = 3,   // a JSON array with its brackets, no objects in it
};

struct LineSlot {
  uint32_t column = 0;
  SlotKind kind = SlotKind::kText;
  // The keys that lead to a JSON value, outermost first, as written (between the quotes).
  std::vector<std::string_view> path;
};

struct LineTemplate {
  // The text before each slot, and what is behind the last one.
  std::vector<std::string_view> literals;
  std::vector<LineSlot> slots;
  // Every line of it is a JSON object that parses (strings hold valid escapes and valid UTF-8), its
  // slots being all its values, in their order, but for empty objects.
  bool is_json = false;
};

// Of one field, for every row of the row group.
struct FieldView {
  static constexpr uint16_t kAbsent = 0xFFFF;  // the line has no such field
  static constexpr uint16_t kAsk = 0xFFFE;     // only the line's text tells
  std::vector<uint16_t> codes;                 // one a row: kAbsent, kAsk, or which of the values
  std::vector<std::string_view> values;        // as written; distinct
  std::shared_ptr<const void> pin;             // what the views point into
};

// Which rows have lines that contain a text.
struct TextHits {
  RowSet sure;
  RowSet maybe;  // none of `sure`: the lines must be looked at
};

// What lines are searched for: texts that match a pattern.
struct PatternSearch {
  // What is around a match, and where it may lie.
  enum class Scope : uint8_t {
    kValue,  // no quote and no zero byte is in it, whatever is around it: so it lies within a JSON
             // string, or outside of all
    kText,   // whatever is around it
    kLine,   // only the whole line tells
  };
  std::string name;                 // equal ones are equal searches
  std::vector<std::string> any_of;  // one of these is in all that matches; none is empty
  bool folded = false;              // as TextNeedle has it
  Scope scope = Scope::kLine;
  std::function<bool(std::string_view)> matches;  // safe to call from several threads

  TextNeedle needle(size_t i) const { return {any_of[i], folded}; }
};

class Columnar {
 public:
  virtual ~Columnar() = default;

  virtual uint32_t rows() const = 0;
  virtual const std::vector<LineTemplate>& templates() const = 0;
  // The template of each row.
  virtual Result<std::shared_ptr<const std::vector<uint16_t>>> RowTemplates() const = 0;

  // For each template the slot that has the field, or one of these.
  static constexpr uint32_t kSlotAbsent = UINT32_MAX;
  static constexpr uint32_t kSlotAsk = UINT32_MAX - 1;
  // kCorrupt when a block of it is damaged; so do all below.
  virtual Result<std::shared_ptr<const FieldView>> Field(
      std::span<const uint32_t> slot_of_template) const = 0;
  // The same with the skeletons of the values (skeleton.h).
  virtual Result<std::shared_ptr<const FieldView>> Skeletons(
      std::span<const uint32_t> slot_of_template) const = 0;
  // True only when it is proven that what stands in the slot is never empty and has no quote in it.
  virtual Result<bool> IsPlain(uint16_t line_template, uint32_t slot) const = 0;
  // The values that entries' structured metadata has under `name`; never kAsk.
  virtual Result<std::shared_ptr<const FieldView>> MetadataField(std::string_view name) const = 0;
  // The names that structured metadata has in any row, sorted.
  virtual const std::vector<std::string_view>& metadata_names() const = 0;
  // Whether rows may have names beside those: where there are very many, only the pairs tell.
  virtual bool has_more_metadata_names() const { return false; }
  // False only when no row has metadata under the name.
  bool MayHaveMetadata(std::string_view name) const {
    const auto& names = metadata_names();
    return has_more_metadata_names() || std::binary_search(names.begin(), names.end(), name);
  }

  // `needle` is not empty.
  virtual Result<std::shared_ptr<const TextHits>> FindText(std::string_view needle) const = 0;
  // Lines that match.
  virtual Result<std::shared_ptr<const TextHits>> FindMatches(
      const PatternSearch& search) const = 0;

  // What `make` gives for the row group, kept under `name` while there is room for it. Who asks
  // under one name makes the same.
  using Bytes = std::shared_ptr<const std::string>;
  virtual Result<Bytes> Remember(std::string_view name,
                                 const std::function<Result<Bytes>()>& make) const = 0;
};

}  // namespace narfi::storage
