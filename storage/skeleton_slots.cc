#include "storage/skeleton_slots.h"

#include <algorithm>

namespace narfi::storage {
namespace {

// How many variables of each column a skeleton has: kWide numbers a skeleton, added as vectors.
// Skeletons differ from value to value, and loops over their slots cannot be foreseen.
template <size_t kWide>
class WideCounts {
 public:
  explicit WideCounts(const SkeletonSlots& slots) : wide_(slots.slot_ends.size() * kWide) {
    for (uint32_t skeleton = 0; skeleton < slots.slot_ends.size(); ++skeleton) {
      for (const uint8_t column : slots.Of(skeleton)) ++wide_[skeleton * kWide + column];
    }
  }
  void Add(std::span<const uint16_t> skeletons, std::vector<uint32_t>& counts) const {
    std::array<uint16_t, kWide> sum{};
    for (const uint16_t skeleton : skeletons) {
      const uint16_t* const of = wide_.data() + skeleton * kWide;
      for (size_t i = 0; i < kWide; ++i) sum[i] = static_cast<uint16_t>(sum[i] + of[i]);
    }
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += sum[i];
  }

 private:
  std::vector<uint16_t> wide_;
};

// Whether the sums of a step fit, and to widen all skeletons pays: each is there a few times.
bool IsWideWorth(const SkeletonSlots& slots, std::span<const uint16_t> skeletons) {
  constexpr size_t kMostMarks = UINT16_MAX / SkeletonSlots::kStep;
  if (skeletons.size() <= 4 * slots.slot_ends.size()) return false;
  for (uint32_t skeleton = 0; skeleton < slots.slot_ends.size(); ++skeleton) {
    if (slots.Of(skeleton).size() > kMostMarks) return false;
  }
  return true;
}

// add(step, counts) adds what the values of a step have.
template <class Add>
std::vector<uint32_t> CountBySteps(std::span<const uint16_t> skeletons, size_t columns,
                                   std::vector<uint32_t>& before, Add add) {
  std::vector<uint32_t> counts(columns);
  before.reserve((skeletons.size() + SkeletonSlots::kStep - 1) / SkeletonSlots::kStep * columns);
  for (size_t first = 0; first < skeletons.size(); first += SkeletonSlots::kStep) {
    before.insert(before.end(), counts.begin(), counts.end());
    add(skeletons.subspan(first, std::min<size_t>(SkeletonSlots::kStep, skeletons.size() - first)),
        counts);
  }
  return counts;
}

template <size_t kWide>
std::vector<uint32_t> CountWide(const SkeletonSlots& slots, std::span<const uint16_t> skeletons,
                                size_t columns, std::vector<uint32_t>& before) {
  const WideCounts<kWide> wide(slots);
  return CountBySteps(skeletons, columns, before,
                      [&](auto step, std::vector<uint32_t>& sums) { wide.Add(step, sums); });
}

}  // namespace

std::vector<uint32_t> SkeletonSlots::CountAll(std::span<const uint16_t> skeletons, size_t columns) {
  if (columns <= 32 && IsWideWorth(*this, skeletons)) {
    if (columns <= 8) return CountWide<8>(*this, skeletons, columns, before);
    if (columns <= 16) return CountWide<16>(*this, skeletons, columns, before);
    return CountWide<32>(*this, skeletons, columns, before);
  }
  return CountBySteps(skeletons, columns, before,
                      [&](std::span<const uint16_t> step, std::vector<uint32_t>& sums) {
                        for (const uint16_t skeleton : step) {
                          for (const uint8_t column : Of(skeleton)) ++sums[column];
                        }
                      });
}

}  // namespace narfi::storage
