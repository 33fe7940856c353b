// Engines whose segments are merged.
#include <random>
#include <thread>

#include "base/duration.h"
#include "tests/ingest/engine_support.h"

namespace narfi::ingest {
namespace {

// Pushes each line of its own and flushes it.
void PushSegments(Engine& engine, int first, int count) {
  for (int i = first; i < first + count; ++i) {
    REQUIRE(Push(engine, "t", Body("web", kNow + i % 3, "line " + std::to_string(i))).status ==
            204);
    REQUIRE(engine.FlushAll().has_value());
  }
}

void UpkeepAll(Engine& engine) {
  for (int i = 0; i < 100; ++i) {
    const auto done = engine.Upkeep();
    REQUIRE_MESSAGE(done.has_value(), done.error().text);
    if (!*done) return;
  }
  FAIL("upkeep has no end");
}

size_t Segments(const Engine& engine) { return engine.manifest_state()->segments.size(); }

// The lines of the tenant's only stream as a query reads them: by time, then as the runs lie.
std::vector<std::string> LinesInOrder(Engine& engine) {
  const auto snapshot = engine.TakeSnapshot({"t", {}, INT64_MIN, INT64_MAX});
  REQUIRE(snapshot.has_value());
  storage::MergedRows rows(snapshot->runs, INT64_MIN, INT64_MAX);
  storage::MergedRows::Row row;
  std::vector<std::string> out;
  while (*rows.Next(row)) out.emplace_back(row.line);
  return out;
}

TEST_CASE("segments of a day are merged at most twice, and every answer stays as it was") {
  Machine machine;
  machine.merge_rules.parts_today = 3;
  auto engine = machine.Open();
  for (int i = 0; i < 3; ++i) {
    PushSegments(**engine, 3 * i, 3);
    const auto want = LinesInOrder(**engine);
    CHECK(*(*engine)->Upkeep());
    CHECK(Segments(**engine) == static_cast<size_t>(i + 1));
    CHECK(LinesInOrder(**engine) == want);
  }
  const auto want = LinesInOrder(**engine);
  CHECK(want.size() == 9);
  UpkeepAll(**engine);
  CHECK(Segments(**engine) == 1);
  CHECK((*engine)->manifest_state()->segments.begin()->second->level == 2);
  CHECK((*engine)->manifest_state()->segments.begin()->second->rows == 9);
  CHECK(LinesInOrder(**engine) == want);
  CHECK(SegmentFiles(machine.fs) == 1);
  engine->reset();
  engine = machine.Open();
  CHECK(LinesInOrder(**engine) == want);
  CHECK(SegmentFiles(machine.fs) == 1);
  PushSegments(**engine, 9, 9);
  UpkeepAll(**engine);
  CHECK(Segments(**engine) == 2);
  CHECK(LinesInOrder(**engine).size() == 18);
}

TEST_CASE("equal entries of several segments are one entry in what they are merged into") {
  Machine machine;
  machine.merge_rules.parts_today = 3;
  const auto engine = machine.Open();
  for (int i = 0; i < 3; ++i) {
    Push(**engine, "t", Body("web", kNow, "same"));
    Push(**engine, "t", Body("web", kNow, "other " + std::to_string(i)));
    REQUIRE((*engine)->FlushAll().has_value());
  }
  const auto want = LinesInOrder(**engine);
  CHECK(PhysicalRows(**engine, "t") == 6);
  UpkeepAll(**engine);
  CHECK(PhysicalRows(**engine, "t") == 4);
  CHECK(LinesInOrder(**engine) == want);
}

TEST_CASE("many streams, tenants and days are merged, each for itself") {
  Machine machine;
  machine.merge_rules.parts_today = 4;
  const auto engine = machine.Open();
  std::mt19937 random(11);
  for (int round = 0; round < 8; ++round) {
    for (int i = 0; i < 60; ++i) {
      const int64_t time =
          kNow - static_cast<int64_t>(random() % 3) * kDay - static_cast<int64_t>(random() % 50);
      REQUIRE(Push(**engine, random() % 3 == 0 ? "other" : "t",
                   Body(fmt::format("a{}", random() % 9), time, fmt::format("l{}", random() % 5)))
                  .status == 204);
    }
    REQUIRE((*engine)->FlushAll().has_value());
  }
  const auto want = Entries(**engine, "t");
  const auto others = Entries(**engine, "other");
  const size_t before = Segments(**engine);
  UpkeepAll(**engine);
  CHECK(Segments(**engine) < before / 3);
  CHECK(SegmentFiles(machine.fs) == Segments(**engine));
  CHECK(Entries(**engine, "t") == want);
  CHECK(Entries(**engine, "other") == others);
  CHECK(PhysicalRows(**engine, "t") <= want.size() * 3 / 2);
  for (const auto& [entry, count] : want) CHECK(count == 1);
}

TEST_CASE("a snapshot from before a merge reads on while its files go") {
  Machine machine;
  machine.merge_rules.parts_today = 3;
  const auto engine = machine.Open();
  PushSegments(**engine, 0, 3);
  const auto snapshot = (*engine)->TakeSnapshot({"t", {}, INT64_MIN, INT64_MAX});
  UpkeepAll(**engine);
  CHECK(SegmentFiles(machine.fs) == 1);
  storage::MergedRows rows(snapshot->runs, INT64_MIN, INT64_MAX);
  storage::MergedRows::Row row;
  size_t count = 0;
  while (*rows.Next(row)) ++count;
  CHECK(count == 3);
}

TEST_CASE("a damaged segment is not merged, and those that can be are") {
  Machine machine;
  machine.merge_rules.parts_today = 3;
  const auto engine = machine.Open();
  PushSegments(**engine, 0, 3);
  const std::string path = FilesIn(machine.fs, "segments").front();
  machine.fs.Damage(path, *machine.fs.Size(path) - 3);
  UpkeepAll(**engine);
  CHECK(Segments(**engine) == 3);
  PushSegments(**engine, 3, 3);
  UpkeepAll(**engine);
  CHECK(Segments(**engine) == 4);
}

TEST_CASE("a merge that fails leaves no files behind and is tried again") {
  Machine machine;
  machine.merge_rules.parts_today = 3;
  const auto engine = machine.Open();
  PushSegments(**engine, 0, 3);
  const auto files = machine.fs.Files();
  machine.fs.SetFull(true);
  CHECK_FALSE((*engine)->Upkeep().has_value());
  CHECK(LinesInOrder(**engine).size() == 3);
  machine.fs.SetFull(false);
  CHECK(machine.fs.Files() == files);
  UpkeepAll(**engine);
  CHECK(Segments(**engine) == 1);
  CHECK(LinesInOrder(**engine).size() == 3);
}

TEST_CASE("pushes, flushes, merges and queries at once see every entry exactly once") {
  Machine machine;
  machine.merge_rules.parts_today = 2;
  const auto engine = machine.Open(true);
  REQUIRE((*engine)->WaitReady(INT64_MAX).has_value());
  constexpr int kPushers = 2;
  constexpr int kEach = 150;
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int p = 0; p < kPushers; ++p) {
    threads.emplace_back([&, p] {
      for (int i = 0; i < kEach; ++i) {
        if (Push(**engine, "t", Body("a" + std::to_string(p), kNow + i, "line")).status == 204)
          ++answered;
      }
    });
  }
  threads.emplace_back([&] {
    while (answered < kPushers * kEach) static_cast<void>((*engine)->FlushAll());
  });
  threads.emplace_back([&] {
    while (answered < kPushers * kEach) static_cast<void>((*engine)->Upkeep());
  });
  bool sane = true;
  while (answered < kPushers * kEach) {
    const int before = answered;
    const auto found = Entries(**engine, "t");
    sane = sane && static_cast<int>(found.size()) >= before;
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(sane);
  REQUIRE((*engine)->FlushAll().has_value());
  CHECK(Entries(**engine, "t").size() == kPushers * kEach);
  CHECK(PhysicalRows(**engine, "t") == kPushers * kEach);
}

}  // namespace
}  // namespace narfi::ingest
