// The process, the power, or the disk for a moment, goes at every operation of a flush, a merge, a
// removal and a rewrite.
// Whatever was there is there after the next start, every line once; nothing is left on the disk
// that nobody knows.
#include <functional>

#include "base/duration.h"
#include "tests/ingest/engine_support.h"

namespace narfi::ingest {
namespace {

using Lines = std::map<std::string, int>;

// Until there is nothing to do; false when something fails.
bool UpkeepAll(Engine& engine) {
  for (int i = 0; i < 100; ++i) {
    const auto done = engine.Upkeep();
    if (!done) return false;
    if (!*done) return true;
  }
  FAIL("upkeep has no end");
  return false;
}

struct Story {
  std::string name;
  std::function<void(Machine&)> prepare;  // before the engine is opened
  std::function<void(Machine&, Engine&)> begin;
  // True when all of it was answered.
  std::function<bool(Machine&, Engine&)> act;
  // When the manifest lost its tail nobody knows whether a flush was committed: its files stay.
  bool is_flush = false;
};

enum class End : uint8_t { kDiskComesBack, kKill, kPowerCut, kPowerCutHalf, kPowerCutAll };

void Crash(Machine& machine, End end) {
  using Tail = FaultyFileSystem::Tail;
  if (end == End::kKill || end == End::kDiskComesBack) machine.fs.FailAfter(-1);
  if (end == End::kPowerCut) machine.fs.PowerCut(Tail::kNothing);
  if (end == End::kPowerCutHalf) machine.fs.PowerCut(Tail::kHalf);
  if (end == End::kPowerCutAll) machine.fs.PowerCut(Tail::kAll);
}

// What the store holds is what it says: every living segment has its file and is read whole, and
// there are no other files.
void Verify(Machine& machine, Engine& engine, bool may_have_strangers) {
  const auto state = engine.manifest_state();
  const size_t files = FilesIn(machine.fs, "segments").size();
  CHECK((files == state->segments.size() || may_have_strangers));
  const auto snapshot = engine.TakeSnapshot({"t", {}, INT64_MIN, INT64_MAX});
  REQUIRE(snapshot.has_value());
  CHECK(snapshot->warnings.empty());
}

// What an undisturbed run answers at its beginning and at its end.
std::pair<Lines, Lines> Undisturbed(const Story& story) {
  Machine machine;
  story.prepare(machine);
  const auto engine = machine.Open();
  REQUIRE(engine.has_value());
  story.begin(machine, **engine);
  const Lines before = Entries(**engine, "t");
  REQUIRE(story.act(machine, **engine));
  return {before, Entries(**engine, "t")};
}

// True when the cut came after the end of the story.
bool RunAndCrash(const Story& story, End end, int64_t cut,
                 const std::pair<Lines, Lines>& undisturbed) {
  const bool may_have_strangers = story.is_flush && end == End::kPowerCutHalf;
  Machine machine;
  // A killed process leaves an index that may be ahead of the manifest, or behind it.
  machine.keeps_index = end == End::kKill;
  story.prepare(machine);
  bool is_done = false;
  {
    const auto engine = machine.Open();
    REQUIRE(engine.has_value());
    story.begin(machine, **engine);
    machine.fs.FailAfter(cut);
    is_done = story.act(machine, **engine);
    // Also while it is failing every answer is one of the two.
    const Lines found = Entries(**engine, "t");
    CHECK((found == undisturbed.first || found == undisturbed.second));
    if (end == End::kDiskComesBack) {
      machine.fs.FailAfter(-1);
      REQUIRE(story.act(machine, **engine));
      REQUIRE(UpkeepAll(**engine));
      CHECK(Entries(**engine, "t") == undisturbed.second);
      // Files that were never finished stay until the next start.
      CHECK(SegmentFiles(machine.fs) == (*engine)->manifest_state()->segments.size());
    }
  }
  Crash(machine, end);
  auto engine = machine.Open();
  REQUIRE(engine.has_value());
  Lines found = Entries(**engine, "t");
  CHECK((found == undisturbed.second || (!is_done && found == undisturbed.first)));
  CHECK(PhysicalRows(**engine, "t") == found.size());
  Verify(machine, **engine, may_have_strangers);
  // It goes on where it was, now and after another start.
  REQUIRE(story.act(machine, **engine));
  REQUIRE((*engine)->FlushAll().has_value());
  REQUIRE(UpkeepAll(**engine));
  CHECK(Entries(**engine, "t") == undisturbed.second);
  Verify(machine, **engine, may_have_strangers);
  const Lines last = Entries(**engine, "t");
  engine->reset();
  engine = machine.Open();
  CHECK(Entries(**engine, "t") == last);
  CHECK(PhysicalRows(**engine, "t") == last.size());
  Verify(machine, **engine, may_have_strangers);
  return is_done;
}

void CrashEverywhere(const Story& story) {
  CAPTURE(story.name);
  const auto undisturbed = Undisturbed(story);
  for (const End end :
       {End::kDiskComesBack, End::kKill, End::kPowerCut, End::kPowerCutHalf, End::kPowerCutAll}) {
    CAPTURE(static_cast<int>(end));
    for (int64_t cut = 0;; ++cut) {
      CAPTURE(cut);
      if (RunAndCrash(story, end, cut, undisturbed)) break;
      REQUIRE(cut < 500);
    }
  }
}

void PushAndFlush(Engine& engine, const std::vector<std::pair<std::string, int64_t>>& entries) {
  for (const auto& [app, time_ns] : entries)
    REQUIRE(Push(engine, "t", Body(app, time_ns, "line")).status == 204);
  REQUIRE(engine.FlushAll().has_value());
}

void MergeEarly(Machine& machine) {
  machine.merge_rules.parts_today = 3;
  machine.merge_sync_bytes = 100;
  config::Limits limits;
  limits.reject_old_samples = false;
  machine.limits = config::TenantLimits(limits, {});
}

TEST_CASE("a crash at any operation of a flush leaves every line there once") {
  CrashEverywhere({"flush", MergeEarly,
                   [](Machine&, Engine& engine) {
                     PushAndFlush(engine, {{"web", kNow}});
                     for (const int64_t day : {0, 1, 3})
                       REQUIRE(Push(engine, "t", Body("web", kNow - day * kDay + 1, "l")).status ==
                               204);
                   },
                   [](Machine&, Engine& engine) { return engine.FlushAll().has_value(); }, true});
}

TEST_CASE("a crash at any operation of a merge leaves every line there once") {
  CrashEverywhere({"merge", MergeEarly,
                   [](Machine&, Engine& engine) {
                     for (int i = 0; i < 3; ++i)
                       PushAndFlush(engine, {{"web", kNow + i}, {"db", kNow - i}});
                     REQUIRE(Push(engine, "t", Body("web", kNow + 9, "in a head")).status == 204);
                   },
                   [](Machine&, Engine& engine) { return UpkeepAll(engine); }, false});
}

TEST_CASE("a crash while merges follow each other leaves every line there once") {
  CrashEverywhere({"merge of merges", MergeEarly,
                   [](Machine&, Engine& engine) {
                     for (int i = 0; i < 9; ++i) {
                       PushAndFlush(engine, {{"web", kNow + i}});
                       if (i == 2 || i == 5) REQUIRE(UpkeepAll(engine));
                     }
                   },
                   [](Machine&, Engine& engine) { return UpkeepAll(engine); }, false});
}

TEST_CASE("a crash while expired segments go brings none of them back") {
  CrashEverywhere({"retention",
                   [](Machine& machine) {
                     config::Limits limits;
                     limits.reject_old_samples = false;
                     limits.retention_period_ns = 2 * kDay;
                     machine.limits = config::TenantLimits(limits, {});
                   },
                   [](Machine& machine, Engine& engine) {
                     PushAndFlush(engine, {{"web", kNow - kDay - kHour}, {"db", kNow}});
                     PushAndFlush(engine, {{"web", kNow - kDay - 2 * kHour}});
                     PushAndFlush(engine, {{"web", kNow + kMinute}});
                     machine.clock.Set(kNow + kDay);
                   },
                   [](Machine&, Engine& engine) { return UpkeepAll(engine); }, false});
}

TEST_CASE("a crash while a full disk is cleared loses no more than the oldest") {
  CrashEverywhere({"disk",
                   [](Machine& machine) {
                     MergeEarly(machine);
                     machine.retention_disk_bytes = 1300;
                   },
                   [](Machine&, Engine& engine) {
                     for (const int64_t day : {4, 2, 0, 1, 3})
                       PushAndFlush(engine, {{"web", kNow - day * kDay + 5}});
                   },
                   [](Machine&, Engine& engine) { return UpkeepAll(engine); }, false});
}

TEST_CASE("a crash while deleted entries are rewritten away brings none of them back") {
  CrashEverywhere({"rewrite",
                   [](Machine& machine) {
                     MergeEarly(machine);
                     machine.clock.Set(kNow + kHour);
                   },
                   [](Machine&, Engine& engine) {
                     PushAndFlush(engine, {{"web", kNow}, {"web", kNow + 5}, {"db", kNow}});
                     PushAndFlush(engine, {{"web", kNow + 2}});
                     storage::DeletePredicate what;
                     what.tenant = "t";
                     what.matchers = {{"app", "=", "web"}};
                     what.start_ns = kNow;
                     what.end_ns = kNow + 3;
                     REQUIRE(engine.Delete(what).has_value());
                   },
                   [](Machine&, Engine& engine) { return UpkeepAll(engine); }, false});
}

TEST_CASE(
    "a delete that was answered holds after a crash, and one that was not hides all or none") {
  CrashEverywhere({"delete",
                   [](Machine& machine) {
                     MergeEarly(machine);
                     machine.clock.Set(kNow + kHour);
                   },
                   [](Machine&, Engine& engine) {
                     PushAndFlush(engine, {{"web", kNow}, {"db", kNow}});
                     REQUIRE(Push(engine, "t", Body("web", kNow + 1, "in a head")).status == 204);
                   },
                   [](Machine&, Engine& engine) {
                     storage::DeletePredicate what;
                     what.tenant = "t";
                     what.matchers = {{"app", "=", "web"}};
                     what.start_ns = kNow;
                     what.end_ns = kNow + 3;
                     return engine.Delete(what).has_value();
                   },
                   false});
}

}  // namespace
}  // namespace narfi::ingest
