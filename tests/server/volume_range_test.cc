#include "server/volume_range.h"

#include <doctest/doctest.h>

#include "base/duration.h"

namespace narfi::server {
namespace {

constexpr int64_t kMidnight = 1'795'132'800 * kSecond;

TEST_CASE("steps end at multiples of the step, the last one at the end of the range") {
  const StepGrid hours(kMidnight, kMidnight + 8 * kHour, kHour);
  CHECK(hours.IndexOf(kMidnight) == 0);
  CHECK(hours.IndexOf(kMidnight + kHour - 1) == 0);
  CHECK(hours.IndexOf(kMidnight + kHour) == 1);
  CHECK(hours.LabelMs(0) == 1'795'136'399'999);
  CHECK(hours.LabelMs(7) == 1'795'161'600'000);
  const StepGrid off(kMidnight + 10 * kMinute, kMidnight + 2 * kHour, kHour);
  CHECK(off.LabelMs(0) == 1'795'136'399'999);
  CHECK(off.IndexOf(kMidnight + kHour) == 1);
  CHECK(off.LabelMs(1) == 1'795'140'000'000);
}

TEST_CASE("a step longer than the range is one step") {
  const StepGrid grid(kMidnight + kHour, kMidnight + 2 * kHour, 30 * kDay);
  CHECK(grid.IndexOf(kMidnight + 2 * kHour - 1) == 0);
  CHECK(grid.LabelMs(0) == (kMidnight + 2 * kHour) / kMillisecond);
  const StepGrid all(INT64_MIN, INT64_MAX, kSecond);
  CHECK(all.IndexOf(INT64_MIN) == 0);
}

TEST_CASE("with target labels only streams that have all of them count") {
  const Labels both(std::vector<Label>{{"app", "a"}, {"env", "x"}});
  const Labels one(std::vector<Label>{{"app", "a"}});
  const VolumeGrouping strict{false, {"app", "env"}, true};
  CHECK(GroupsOf(both, strict).size() == 1);
  CHECK(GroupsOf(one, strict).empty());
  CHECK(GroupsOf(one, {false, {"app", "env"}, false}).size() == 1);
}

}  // namespace
}  // namespace narfi::server
