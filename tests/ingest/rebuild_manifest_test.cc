// A storage root read without a server, and manifests made anew from the footers.
#include "ingest/rebuild_manifest.h"

#include "base/duration.h"
#include "ingest/verify_store.h"
#include "tests/ingest/engine_support.h"

namespace narfi::ingest {
namespace {

struct Report {
  std::vector<std::string> lines;
  SayLine say = [this](const std::string& line) { lines.push_back(line); };
  bool Holds(const std::string& text) const {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find(text) != std::string::npos;
    });
  }
};

bool IsSound(Machine& machine, Report& report) {
  const auto sound = VerifyStore(machine.fs, "/data", report.say);
  REQUIRE_MESSAGE(sound.has_value(), sound.error().text);
  return *sound;
}
bool IsSound(Machine& machine) {
  Report report;
  return IsSound(machine, report);
}

void RemoveFolder(Machine& machine, const std::string& folder) {
  for (const std::string& path : FilesIn(machine.fs, folder))
    REQUIRE(machine.fs.Remove(path).has_value());
}

void PushAndFlush(Engine& engine, const std::string& tenant, int first, int count) {
  for (int i = first; i < first + count; ++i) {
    Push(engine, tenant, Body("web", kNow + i, fmt::format("line {}", i)));
    REQUIRE(engine.FlushAll().has_value());
  }
}

void MergeAll(Engine& engine) {
  for (int i = 0; i < 100; ++i) {
    const auto done = engine.Upkeep();
    REQUIRE(done.has_value());
    if (!*done) return;
  }
}

TEST_CASE("a sound root verifies, and damage of any segment is named with its offset") {
  Machine machine;
  {
    const auto engine = machine.Open();
    PushAndFlush(**engine, "t", 0, 2);
    Report held;
    const auto refused = VerifyStore(machine.fs, "/data", held.say);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Code::kUnavailable);
  }
  Report report;
  CHECK(IsSound(machine, report));
  CHECK(report.Holds("2 segments read, 0 of them damaged; 2 rows, 0 of them cannot be read"));
  const auto files = FilesIn(machine.fs, "segments");
  machine.fs.Damage(files[1], 40);
  CHECK_FALSE(IsSound(machine, report));
  CHECK(report.Holds(files[1].substr(6) + ": block at 32: bad checksum"));
  REQUIRE(machine.fs.Remove(files[0]).has_value());
  CHECK_FALSE(IsSound(machine, report));
  CHECK(report.Holds("the manifest lists it, and it is gone with 1 entries"));
  CHECK(VerifyStore(machine.fs, "/elsewhere", report.say).error().text.find("-storage.path") !=
        std::string::npos);
  CHECK_FALSE(machine.fs.Exists("/elsewhere/FORMAT"));
}

TEST_CASE("a lost manifest is rebuilt, and every entry is there once, also in the file") {
  Machine machine;
  machine.merge_rules.parts_today = 3;
  std::map<std::string, int> want;
  {
    const auto engine = machine.Open();
    PushAndFlush(**engine, "t", 0, 3);
    MergeAll(**engine);
    PushAndFlush(**engine, "t", 3, 2);
    PushAndFlush(**engine, "u", 0, 1);
    want = Entries(**engine, "t");
  }
  CHECK(want.size() == 5);
  // What a clean stop leaves, with the log's last file dropped by a later start.
  RemoveFolder(machine, "wal");
  RemoveFolder(machine, "manifest");
  CHECK_FALSE(IsSound(machine));
  CHECK(machine.Open().error().text.find("-storage.rebuild-manifest") != std::string::npos);
  Report report;
  REQUIRE(RebuildManifest(machine.fs, "/data", report.say).has_value());
  CHECK(report.Holds("4 segments of 2 tenants, 6 entries"));
  CHECK(IsSound(machine));
  const auto engine = machine.Open();
  REQUIRE_MESSAGE(engine.has_value(), engine.error().text);
  CHECK(Entries(**engine, "t") == want);
  CHECK(PhysicalRows(**engine, "t") == 5);
  CHECK(Entries(**engine, "u").size() == 1);
  // What comes later is newer than all of it.
  PushAndFlush(**engine, "t", 5, 1);
  CHECK(Entries(**engine, "t").size() == 6);
}

TEST_CASE("what a segment replaced is left out although its file is still there") {
  Machine machine;
  machine.merge_rules.parts_today = 3;
  std::map<std::string, std::string> parts;
  {
    const auto engine = machine.Open();
    PushAndFlush(**engine, "t", 0, 3);
    for (const std::string& path : FilesIn(machine.fs, "segments"))
      parts[path] = *machine.fs.ReadAll(path);
    MergeAll(**engine);
  }
  CHECK(SegmentFiles(machine.fs) == 1);
  for (const auto& [path, bytes] : parts)
    REQUIRE((*machine.fs.Create(path))->Append(bytes).has_value());
  RemoveFolder(machine, "wal");
  RemoveFolder(machine, "manifest");
  Report report;
  REQUIRE(RebuildManifest(machine.fs, "/data", report.say).has_value());
  CHECK(report.Holds("1 segments of 1 tenants, 3 entries"));
  CHECK(report.Holds("replaces it"));
  const auto engine = machine.Open();
  CHECK(PhysicalRows(**engine, "t") == 3);
  CHECK(Entries(**engine, "t").size() == 3);
}

TEST_CASE("a flush that was not committed is not lost by a rebuilt manifest") {
  Machine machine;
  {
    const auto engine = machine.Open();
    Push(**engine, "t", Body("web", kNow, "one day"));
    Push(**engine, "t", Body("web", kNow - 3 * kDay, "another day"));
    // Until it dies with one of two segments written.
    for (int64_t cut = 0; SegmentFiles(machine.fs) == 0; ++cut) {
      machine.fs.FailAfter(cut);
      static_cast<void>((*engine)->FlushAll());
      REQUIRE(cut < 100);
    }
    machine.fs.FailAfter(0);
  }
  machine.fs.FailAfter(-1);
  RemoveFolder(machine, "manifest");
  Report report;
  REQUIRE(RebuildManifest(machine.fs, "/data", report.say).has_value());
  const auto engine = machine.Open();
  REQUIRE_MESSAGE(engine.has_value(), engine.error().text);
  const auto entries = Entries(**engine, "t");
  CHECK(entries.size() == 2);
  REQUIRE((*engine)->FlushAll().has_value());
  CHECK(Entries(**engine, "t") == entries);
}

TEST_CASE("of a damaged manifest the deletes are kept, and its logs too") {
  Machine machine;
  {
    const auto engine = machine.Open();
    PushAndFlush(**engine, "t", 0, 2);
    storage::DeletePredicate what;
    what.tenant = "t";
    what.matchers = {{"app", "=", "web"}};
    what.start_ns = kNow;
    what.end_ns = kNow;
    REQUIRE((*engine)->Delete(what).has_value());
    PushAndFlush(**engine, "t", 2, 1);
    CHECK(Entries(**engine, "t").size() == 2);
  }
  const std::string log = FilesIn(machine.fs, "manifest").back();
  const std::string whole = *machine.fs.ReadAll(log);
  Report sound;
  const auto refused = RebuildManifest(machine.fs, "/data", sound.say);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().text.find("sound") != std::string::npos);
  // The last record, which is whole in length.
  machine.fs.Damage(log, whole.size() - 20);
  CHECK(machine.Open().error().text.find("-storage.rebuild-manifest") != std::string::npos);
  Report report;
  REQUIRE(RebuildManifest(machine.fs, "/data", report.say).has_value());
  CHECK(report.Holds("3 segments of 1 tenants, 3 entries, 1 deletes"));
  CHECK(FilesIn(machine.fs, "manifest.old-1").size() == 1);
  const auto engine = machine.Open();
  REQUIRE_MESSAGE(engine.has_value(), engine.error().text);
  CHECK(Entries(**engine, "t").size() == 2);
}

TEST_CASE("files that cannot be read, or lie in a wrong place, are left out and left there") {
  Machine machine;
  {
    const auto engine = machine.Open();
    PushAndFlush(**engine, "t", 0, 2);
  }
  RemoveFolder(machine, "manifest");
  RemoveFolder(machine, "wal");
  const auto files = FilesIn(machine.fs, "segments");
  const std::string copy = "/data/segments/u/2026-11-20/copy.seg";
  REQUIRE(machine.fs.MakeFolder("/data/segments/u/2026-11-20").has_value());
  REQUIRE((*machine.fs.Create(copy))->Append(*machine.fs.ReadAll(files[1])).has_value());
  machine.fs.Damage(files[0], *machine.fs.Size(files[0]) - 1);
  Report report;
  REQUIRE(RebuildManifest(machine.fs, "/data", report.say).has_value());
  CHECK(report.Holds("1 segments of 1 tenants, 1 entries"));
  CHECK(report.Holds("not a segment, or cut short"));
  CHECK(report.Holds("its place is"));
  CHECK_FALSE(IsSound(machine));
  const auto engine = machine.Open();
  CHECK(Entries(**engine, "t").size() == 1);
  CHECK(machine.fs.Exists(files[0]));
  CHECK(machine.fs.Exists(copy));
}

TEST_CASE("a rebuild that dies at any step can be run again, and nothing is lost") {
  for (int64_t step = 0;; ++step) {
    CAPTURE(step);
    Machine machine;
    {
      const auto engine = machine.Open();
      PushAndFlush(**engine, "t", 0, 3);
    }
    machine.fs.Damage(FilesIn(machine.fs, "manifest").back(), 40);
    machine.fs.FailAfter(step);
    Report report;
    const bool is_done = RebuildManifest(machine.fs, "/data", report.say).has_value();
    machine.fs.FailAfter(-1);
    machine.fs.PowerCut(testing::FaultyFileSystem::Tail::kHalf);
    auto engine = machine.Open();
    if (!engine) {
      CHECK(SegmentFiles(machine.fs) == 3);
      REQUIRE(RebuildManifest(machine.fs, "/data", report.say).has_value());
      engine = machine.Open();
    }
    REQUIRE_MESSAGE(engine.has_value(), engine.error().text);
    CHECK(Entries(**engine, "t").size() == 3);
    if (is_done) break;
    REQUIRE(step < 100);
  }
}

}  // namespace
}  // namespace narfi::ingest
