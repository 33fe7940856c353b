// Values that are templates with slots, the slots' values in columns: lines, and pieces of them.
//
// Where a value's slots lie in their columns follows from the templates of the values before it;
// counts at every kRankStep-th value keep that short.
//
// Ownership: borrows the BlobStore; owns the columns of the slots.
// Threads:   immutable.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "storage/column_node.h"
#include "storage/packed_ints.h"

namespace narfi::storage {

// Integers with what their view points into.
struct OpenInts {
  PackedInts ints;
  std::array<std::shared_ptr<const std::string>, 8> pins;
  Status Open(const BlobStore& blobs, uint32_t first, const IntPacking& packing, uint32_t count);
};

class SplitTable {
 public:
  struct Template {
    std::vector<std::string_view> literals;
    std::vector<uint32_t> children;  // of each slot
    uint64_t literal_bytes = 0;
  };
  // Which template each value has, and how many values of each child lie before every kRankStep-th.
  struct Ranks {
    std::vector<uint16_t> templates;
    std::vector<uint32_t> before;  // [step][child]
  };
  static constexpr uint32_t kRankStep = 256;

  // `number` names the table within the row group; the templates' numbers are at `first_blob`.
  SplitTable(uint32_t values, std::vector<Template> templates,
             std::vector<std::unique_ptr<ColumnNode>> children, IntPacking packing,
             uint32_t first_blob, const BlobStore& blobs, uint64_t number);

  uint32_t values() const { return values_; }
  const std::vector<Template>& templates() const { return templates_; }
  const ColumnNode& child(uint32_t index) const { return *children_[index]; }
  void AddBounds(ByteSet& alphabet, uint64_t& max_length) const;

  Result<std::shared_ptr<const Ranks>> ReadRanks() const;
  Status Texts(std::span<const uint32_t> places, std::span<const int64_t> times, TextSink& sink,
               std::string_view* out) const;
  Status Find(std::string_view needle, RowSet& sure, RowSet& maybe) const;
  // For each value the number of its slot's value in the child, or kNoSlot; `slots` has for each
  // template the slot or kNoSlot. Calls take(place, child, value) for those that have one.
  static constexpr uint32_t kNoSlot = UINT32_MAX;
  template <class Take>
  static void ForEachSlot(const Ranks& ranks, const std::vector<Template>& templates,
                          size_t children, std::span<const uint32_t> slots, Take take) {
    std::vector<uint32_t> next(children);
    for (uint32_t place = 0; place < ranks.templates.size(); ++place) {
      const uint16_t shape = ranks.templates[place];
      if (slots[shape] == kNoSlot) continue;
      const uint32_t child = templates[shape].children[slots[shape]];
      take(place, child, next[child]++);
    }
  }
  // The times of the values of one child, from those of all values.
  std::vector<int64_t> TimesOfChild(const Ranks& ranks, uint32_t child,
                                    std::span<const int64_t> times) const;

 private:
  Result<std::shared_ptr<const Ranks>> MakeRanks() const;
  bool MayStraddle(const Template& shape, std::string_view needle) const;
  Status FindInChildren(std::string_view needle, const std::vector<uint8_t>& in_template,
                        RowSet& sure, RowSet& maybe) const;

  const uint32_t values_;
  const std::vector<Template> templates_;
  const std::vector<std::unique_ptr<ColumnNode>> children_;
  const IntPacking packing_;
  const uint32_t first_blob_;
  const BlobStore& blobs_;
  const uint64_t number_;
};

// `inner` opens the column of a number; null when malformed.
std::unique_ptr<ColumnNode> OpenSplit(
    const ColumnInfo& info, const BlobStore& blobs, uint64_t number,
    const std::function<std::unique_ptr<ColumnNode>(uint64_t)>& inner);

}  // namespace narfi::storage
