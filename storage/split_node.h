// Values that are templates with slots, the slots' values in columns: lines, metadata, free text.
//
// Where a value's slots lie in their columns follows from the templates of the values before it;
// counts at every kRankStep-th value keep that short.
//
// Ownership: borrows the BlobStore and the columns of the slots.
// Threads:   immutable.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/column_node.h"
#include "storage/packed_ints.h"

namespace narfi::storage {

// Integers with what their view points into.
struct OpenInts {
  PackedInts ints;
  std::array<std::shared_ptr<const std::string>, 8> pins;
  // `once`: they are not asked for again soon.
  Status Open(const BlobStore& blobs, uint32_t first, const IntPacking& packing, uint32_t count,
              bool once = false);
};

// Templates, packed: there may be thousands.
class SplitTemplates {
 public:
  struct Template {
    std::span<const std::string_view> literals;  // one more than children
    std::span<const uint32_t> children;          // of each slot
    uint64_t literal_bytes = 0;                  // of all literals
  };

  // Literals and slots of the template that is added last; it begins and ends with a literal.
  void AddLiteral(std::string_view literal);
  void AddSlot(uint32_t child) { children_.push_back(child); }
  void Finish() { ends_.push_back({literals_.size(), children_.size(), literal_bytes_}); }

  size_t size() const { return ends_.size(); }
  Template operator[](size_t i) const {
    const End begin = i == 0 ? End{} : ends_[i - 1];
    return {std::span(literals_).subspan(begin.literals, ends_[i].literals - begin.literals),
            std::span(children_).subspan(begin.children, ends_[i].children - begin.children),
            ends_[i].literal_bytes - begin.literal_bytes};
  }
  // Gives each child another number.
  std::vector<uint32_t>& children() { return children_; }
  // Templates share most of their literals: each is there once, and has a number.
  const std::vector<std::string_view>& distinct_literals() const { return distinct_literals_; }
  const std::vector<uint32_t>& literal_numbers() const { return literal_numbers_; }
  // False when no literal holds the text, and none begins or ends with a byte that the text has
  // where it could reach into it.
  bool MayTouch(std::string_view text) const;
  uint64_t bytes() const {
    return literals_.size() * (sizeof(std::string_view) + sizeof(uint32_t)) +
           children_.size() * sizeof(uint32_t) + ends_.size() * sizeof(End) +
           distinct_literals_.size() * 80;
  }

 private:
  struct End {
    size_t literals = 0;
    size_t children = 0;
    uint64_t literal_bytes = 0;
  };
  std::vector<std::string_view> literals_;
  std::vector<uint32_t> children_;
  std::vector<End> ends_;
  uint64_t literal_bytes_ = 0;  // so far
  std::unordered_map<std::string_view, uint32_t> known_literals_;
  std::vector<std::string_view> distinct_literals_;
  ByteSet firsts_;  // bytes that literals begin with
  ByteSet lasts_;
  size_t longest_ = 0;
  bool has_empty_ = false;
  std::vector<uint32_t> literal_numbers_;  // of each literal
};

class SplitTable {
 public:
  using Template = SplitTemplates::Template;
  // Which template each value has, and how many values of each child lie before every kRankStep-th.
  struct Ranks {
    OpenInts numbers;              // each is one of the templates
    std::vector<uint32_t> before;  // [step][child]
    uint16_t TemplateOf(size_t value) const {
      return static_cast<uint16_t>(numbers.ints.At(value));
    }
  };
  static constexpr uint32_t kRankStep = 256;

  // `number` names the table within the row group; the templates' numbers are at `first_blob`.
  // The children, and what the literals point into, are borrowed.
  SplitTable(uint32_t values, std::shared_ptr<const SplitTemplates> templates,
             std::vector<const ColumnNode*> children, IntPacking packing, uint32_t first_blob,
             const BlobStore& blobs, uint64_t number);

  uint32_t values() const { return values_; }
  const SplitTemplates& templates() const { return templates_; }
  const ColumnNode& child(uint32_t index) const { return *children_[index]; }
  uint32_t children() const { return static_cast<uint32_t>(children_.size()); }
  // The values of one child in the values that are asked for, in their order.
  struct ChildTexts {
    std::vector<uint32_t> places;  // within the child
    std::vector<int64_t> times;
    std::vector<std::string_view> texts;
    size_t given = 0;  // of the texts, to who goes through the values again
  };

  Result<std::shared_ptr<const Ranks>> ReadRanks() const;
  // Of every child. `places` ascend; `times` are theirs, or empty where no child needs times.
  Result<std::vector<ChildTexts>> TextsOfChildren(const Ranks& ranks,
                                                  std::span<const uint32_t> places,
                                                  std::span<const int64_t> times,
                                                  TextSink& sink) const;
  Status Texts(std::span<const uint32_t> places, std::span<const int64_t> times, TextSink& sink,
               std::string_view* out) const;
  // The times of the values of one child, from those of all values.
  std::vector<int64_t> TimesOfChild(const Ranks& ranks, uint32_t child,
                                    std::span<const int64_t> times) const;

 private:
  Result<std::shared_ptr<const Ranks>> MakeRanks() const;
  const uint32_t values_;
  const std::shared_ptr<const SplitTemplates> shared_templates_;
  const SplitTemplates& templates_;
  const std::vector<const ColumnNode*> children_;
  const IntPacking packing_;
  const uint32_t first_blob_;
  const BlobStore& blobs_;
  const uint64_t number_;
};

// Columns of skeletons. `inner` opens the column of a number; null when malformed.
std::unique_ptr<ColumnNode> OpenSkeletons(
    const ColumnInfo& info, const BlobStore& blobs, uint64_t number,
    const std::function<std::unique_ptr<ColumnNode>(uint64_t)>& inner);

}  // namespace narfi::storage
