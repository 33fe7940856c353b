#include "storage/skeleton_slots.h"

#include <doctest/doctest.h>

#include <random>

namespace narfi::storage {
namespace {

TEST_CASE("variables are counted alike, however many columns and marks there are") {
  std::mt19937_64 random(6);
  for (const size_t columns : {1, 8, 9, 16, 17, 32, 33, 200}) {
    for (const size_t most_marks : {0, 3, 255, 256, 400}) {
      for (const size_t values : {0, 1, 255, 256, 257, 3000}) {
        SkeletonSlots slots;
        const size_t skeletons = 1 + random() % 20;
        for (size_t i = 0; i < skeletons; ++i) {
          // One of them has as many marks as there may be, all of one column.
          for (size_t m = i == 0 ? most_marks : random() % (most_marks + 1); m > 0; --m)
            slots.slots.push_back(static_cast<uint8_t>(i == 0 ? 0 : random() % columns));
          slots.slot_ends.push_back(static_cast<uint32_t>(slots.slots.size()));
        }
        std::vector<uint16_t> of_values(values);
        for (uint16_t& skeleton : of_values)
          skeleton = static_cast<uint16_t>(random() % 4 == 0 ? random() % skeletons : 0);
        std::vector<uint32_t> before;
        std::vector<uint32_t> counts(columns);
        for (size_t i = 0; i < values; ++i) {
          if (i % SkeletonSlots::kStep == 0)
            before.insert(before.end(), counts.begin(), counts.end());
          for (const uint8_t column : slots.Of(of_values[i])) ++counts[column];
        }
        CAPTURE(columns);
        CAPTURE(most_marks);
        CAPTURE(values);
        REQUIRE(slots.CountAll(of_values, columns) == counts);
        REQUIRE(slots.before == before);
      }
    }
  }
}

}  // namespace
}  // namespace narfi::storage
