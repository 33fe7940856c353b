// Where the variables of skeletons lie in their columns.
//
// Threads: values.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "storage/skeleton.h"

namespace narfi::storage {

// Which columns the variables of each skeleton are in, and how many of each lie before every
// kStep-th value. Outlives the columns: it is remembered.
struct SkeletonSlots {
  static constexpr uint32_t kStep = 256;
  std::vector<uint8_t> slots;       // of all skeletons: which column each mark is of
  std::vector<uint32_t> slot_ends;  // of each skeleton
  std::vector<uint32_t> before;     // [step][column]

  std::span<const uint8_t> Of(uint32_t skeleton) const {
    const uint32_t begin = skeleton == 0 ? 0 : slot_ends[skeleton - 1];
    return std::span(slots).subspan(begin, slot_ends[skeleton] - begin);
  }
  // Fills `before`, which is empty, for values of these skeletons; returns how many variables each
  // column has.
  std::vector<uint32_t> CountAll(std::span<const uint16_t> skeletons, size_t columns);
  uint64_t bytes() const { return slots.size() + (slot_ends.size() + before.size()) * 4; }
};

// The number of the column of each kind of variables.
class KindTable {
 public:
  static constexpr uint8_t kNone = UINT8_MAX;
  KindTable() { numbers_.fill(kNone); }

  void Add(VariableKind kind, uint8_t number) { numbers_[kind] = number; }
  uint8_t Of(VariableKind kind) const { return numbers_[kind]; }
  bool Has(VariableKind kind) const { return Of(kind) != kNone; }

 private:
  std::array<uint8_t, 256> numbers_;
};

}  // namespace narfi::storage
