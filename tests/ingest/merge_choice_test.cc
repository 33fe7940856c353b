#include "ingest/merge_choice.h"

#include <doctest/doctest.h>

#include "base/duration.h"

namespace narfi::ingest {
namespace {

constexpr uint64_t kMiB = 1 << 20;

// Segments of one day, in the order of their flushes: level and MiB of each.
struct Part {
  uint8_t level;
  uint64_t mib;
};

storage::ManifestState StateOf(const std::vector<Part>& parts, int64_t day = 0) {
  storage::ManifestState state;
  for (size_t i = 0; i < parts.size(); ++i) {
    storage::SegmentInfo info;
    // Ids tell nothing of the order.
    info.id = {1, 1000 - i};
    info.tenant = "t";
    info.day = day;
    info.level = parts[i].level;
    info.file_bytes = parts[i].mib * kMiB;
    info.rows = 10;
    info.covered_sequence = i;
    state.segments[info.id] = std::make_shared<const storage::SegmentInfo>(info);
  }
  return state;
}

// The first and last of those chosen by their place, "-" for none.
std::string Chosen(const std::vector<Part>& parts, int64_t age_ns, MergeRules rules = {}) {
  rules.parts_today = 4;
  const auto chosen = ChooseMerge(StateOf(parts), rules, kDay + age_ns, {});
  if (chosen.empty()) return "-";
  for (size_t i = 1; i < chosen.size(); ++i)
    CHECK(chosen[i]->covered_sequence == chosen[i - 1]->covered_sequence + 1);
  return std::to_string(chosen.front()->covered_sequence) + "-" +
         std::to_string(chosen.back()->covered_sequence);
}

TEST_CASE("a day that is being written merges neighbours of one level and about one size") {
  CHECK(Chosen({{0, 2}, {0, 2}, {0, 3}}, 0) == "-");
  CHECK(Chosen({{0, 2}, {0, 2}, {0, 3}, {0, 1}}, 0) == "0-3");
  CHECK(Chosen({{1, 9}, {0, 2}, {0, 2}, {0, 3}, {0, 1}}, 0) == "1-4");
  CHECK(Chosen({{0, 2}, {0, 2}, {1, 2}, {0, 3}, {0, 1}}, 0) == "-");
  CHECK(Chosen({{0, 2}, {0, 2}, {0, 40}, {0, 3}, {0, 1}}, 0) == "-");
  CHECK(Chosen({{0, 2}, {0, 40}, {0, 30}, {0, 30}, {0, 60}}, 0) == "1-4");
  CHECK(Chosen({{1, 9}, {1, 8}, {1, 9}, {1, 9}, {0, 1}}, 0) == "0-3");
}

TEST_CASE("what was merged twice stays as it is") {
  CHECK(Chosen({{2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}}, 9 * kDay) == "-");
  CHECK(Chosen({{1, 2}, {2, 2}, {0, 2}, {0, 2}}, 9 * kDay) == "2-3");
}

TEST_CASE("a day that is over merges fewer, and any two when nothing comes for it any more") {
  const std::vector<Part> mixed = {{1, 30}, {0, 1}, {1, 9}, {0, 1}};
  CHECK(Chosen(mixed, 0) == "-");
  CHECK(Chosen(mixed, 2 * kHour) == "0-3");
  CHECK(Chosen({{0, 1}, {1, 30}}, 2 * kHour) == "-");
  CHECK(Chosen({{0, 1}, {1, 30}}, 9 * kDay) == "0-1");
  CHECK(Chosen({{0, 1}}, 9 * kDay) == "-");
}

TEST_CASE("a day that is over and still flushed to is merged as one that is not over") {
  auto state = StateOf({{0, 1}, {1, 30}, {0, 1}, {0, 1}});
  const int64_t now = 9 * kDay + kHour;
  const auto flushed_at = [&](int64_t time_ns) {
    auto info = *state.segments.at({1, 1000});
    info.created_ns = time_ns;
    state.segments[info.id] = std::make_shared<const storage::SegmentInfo>(info);
    return ChooseMerge(state, {}, now, {}).size();
  };
  CHECK(flushed_at(now - kHour + 1) == 0);
  CHECK(flushed_at(now - kHour) == 4);
}

TEST_CASE("no merge grows past the limits") {
  CHECK(Chosen({{1, 100}, {1, 100}, {1, 100}, {1, 100}}, 9 * kDay) == "0-1");
  CHECK(Chosen({{1, 129}, {1, 129}, {1, 129}}, 9 * kDay) == "-");
  MergeRules rules;
  rules.max_rows = 25;
  CHECK(Chosen({{1, 1}, {1, 1}, {1, 1}}, 9 * kDay, rules) == "0-1");
  rules = {};
  rules.max_parts = 3;
  CHECK(Chosen({{1, 1}, {1, 1}, {1, 1}, {1, 1}}, 9 * kDay, rules) == "0-2");
}

TEST_CASE("segments that cannot be read are left out, and so is what they part") {
  const auto state = StateOf({{0, 1}, {0, 1}, {0, 1}, {0, 1}});
  const int64_t late = 10 * kDay;
  const auto chosen = ChooseMerge(state, {}, late, {Hash128{1, 999}});
  REQUIRE(chosen.size() == 2);
  CHECK(chosen.front()->covered_sequence == 2);
}

TEST_CASE("the first and last days of the calendar do not overflow") {
  const std::vector<Part> two = {{0, 1}, {0, 1}};
  CHECK(ChooseMerge(StateOf(two, -106'752), {}, kDay, {}).size() == 2);
  CHECK(ChooseMerge(StateOf(two, 106'751), {}, kDay, {}).empty());
  CHECK(ChooseMerge(StateOf(two, INT64_MIN / kDay - 2), {}, kDay, {}).size() == 2);
}

}  // namespace
}  // namespace narfi::ingest
