#include "query/plan/step_grid.h"

#include <doctest/doctest.h>

namespace narfi::query {
namespace {

TEST_CASE("Between two borders all times lie in the same windows") {
  for (const int64_t step : {1, 3, 7}) {
    for (const int64_t range : {1, 2, 7, 20}) {
      for (const int64_t offset : {-4, 0, 5}) {
        const Windows windows{{10, step, 6}, range, offset};
        int64_t border = windows.NextBorder(-50);
        int borders = 0;
        for (int64_t time = -49; time < 100; ++time) {
          const bool changes = !(windows.StepsOf(time) == windows.StepsOf(time - 1));
          if (changes) CHECK(time == border);
          if (time != border) continue;
          border = windows.NextBorder(time);
          ++borders;
        }
        CHECK(border == INT64_MAX);
        CHECK(borders <= 12);
      }
    }
  }
}

TEST_CASE("Borders at the ends of time are no borders") {
  const Windows windows{{INT64_MAX - 5, 10, 3}, INT64_MAX, 0};
  CHECK(windows.NextBorder(INT64_MAX - 1) == INT64_MAX);
  const Windows early{{INT64_MIN, 10, 3}, INT64_MAX, INT64_MAX};
  CHECK(early.NextBorder(INT64_MIN) > INT64_MIN);
}

}  // namespace
}  // namespace narfi::query
