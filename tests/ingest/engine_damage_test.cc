// Engines whose files are damaged, gone or left behind, and disks that are full.
#include <random>
#include <thread>

#include "storage/manifest_format.h"
#include "tests/ingest/engine_support.h"

namespace narfi::ingest {
namespace {

TEST_CASE("segments without a manifest are never thrown away") {
  Machine machine;
  {
    const auto engine = machine.Open();
    Push(**engine, "t", Body("web", kNow, "x"));
    REQUIRE((*engine)->FlushAll().has_value());
  }
  for (const std::string& path : machine.fs.Files()) {
    if (path.starts_with("/data/manifest/")) REQUIRE(machine.fs.Remove(path).has_value());
  }
  const auto engine = machine.Open();
  REQUIRE_FALSE(engine.has_value());
  CHECK(engine.error().text.find("no manifest") != std::string::npos);
}

TEST_CASE("no damage of the manifest takes a segment away") {
  for (const bool is_restarted : {false, true}) {
    Machine machine;
    {
      const auto engine = machine.Open();
      for (int i = 0; i < 3; ++i) {
        Push(**engine, "t", Body("web", kNow + i, "x"));
        REQUIRE((*engine)->FlushAll().has_value());
        if (i == 1 && is_restarted) break;
      }
    }
    const auto segments = FilesIn(machine.fs, "segments");
    const std::string log = FilesIn(machine.fs, "manifest").back();
    const std::string whole = *machine.fs.ReadAll(log);
    for (size_t at = 0; at < 2 * whole.size(); ++at) {
      CAPTURE(at);
      const bool is_cut = at >= whole.size();
      // Cut between two records it is a sound one, of before the flush.
      const std::string shorter = whole.substr(0, is_cut ? at - whole.size() : 0);
      if (const auto sound = storage::ReadManifestLog(shorter, 1); sound && sound->cut_bytes == 0)
        continue;
      if (!is_cut) machine.fs.Damage(log, at);
      if (is_cut) REQUIRE(machine.fs.Truncate(log, at - whole.size()).has_value());
      static_cast<void>(machine.Open());
      CHECK(FilesIn(machine.fs, "segments") == segments);
      const auto restored = *machine.fs.Create(log);
      REQUIRE(restored->Append(whole).has_value());
    }
  }
}

TEST_CASE("what a flush left behind that never was committed is removed, and nothing else") {
  Machine machine;
  {
    const auto engine = machine.Open();
    Push(**engine, "t", Body("web", kNow, "first"));
    REQUIRE((*engine)->FlushAll().has_value());
    Push(**engine, "t", Body("web", kNow + 1, "second"));
    // Until it dies with a segment written.
    for (int64_t cut = 0; SegmentFiles(machine.fs) == 1; ++cut) {
      machine.fs.FailAfter(cut);
      static_cast<void>((*engine)->FlushAll());
      REQUIRE(cut < 100);
    }
    machine.fs.FailAfter(0);
  }
  machine.fs.FailAfter(-1);
  const auto stranger = *machine.fs.Create("/data/segments/t/2026-11-20/unknown.seg");
  REQUIRE(stranger->Append("not a segment").has_value());
  CHECK(SegmentFiles(machine.fs) == 3);
  const auto engine = machine.Open();
  REQUIRE(engine.has_value());
  CHECK(SegmentFiles(machine.fs) == 2);
  CHECK(machine.fs.Exists("/data/segments/t/2026-11-20/unknown.seg"));
  CHECK(Entries(**engine, "t").size() == 2);
}

TEST_CASE("segments whose commit failed go once another one has passed") {
  Machine machine;
  const auto engine = machine.Open();
  Push(**engine, "t", Body("web", kNow, "first"));
  REQUIRE((*engine)->FlushAll().has_value());
  Push(**engine, "t", Body("web", kNow + 1, "second"));
  for (int64_t cut = 0; SegmentFiles(machine.fs) == 1; ++cut) {
    machine.fs.FailAfter(cut);
    CHECK_FALSE((*engine)->FlushAll().has_value());
    machine.fs.FailAfter(-1);
  }
  REQUIRE((*engine)->FlushAll().has_value());
  CHECK(SegmentFiles(machine.fs) == 2);
  CHECK(PhysicalRows(**engine, "t") == 2);
}

TEST_CASE("a damaged segment is reported, and the rest of the answer is right") {
  Machine machine;
  {
    const auto engine = machine.Open();
    Push(**engine, "t", Body("web", kNow, "gone"));
    REQUIRE((*engine)->FlushAll().has_value());
    Push(**engine, "t", Body("web", kNow + 1, "here"));
    REQUIRE((*engine)->FlushAll().has_value());
  }
  const auto first = [&] {
    for (const std::string& path : machine.fs.Files()) {
      if (path.ends_with(".seg")) return path;
    }
    return std::string();
  }();
  const uint64_t size = *machine.fs.Size(first);
  machine.fs.Damage(first, size - 3);
  const auto engine = machine.Open();
  REQUIRE(engine.has_value());
  CHECK(Entries(**engine, "t").size() == 1);
  CHECK((*engine)->TakeSnapshot({"t", {}, INT64_MIN, INT64_MAX, nullptr})->warnings.size() == 1);
}

TEST_CASE("a segment that is gone is reported, and the rest of the answer is right") {
  for (const bool keeps_index : {false, true}) {
    CAPTURE(keeps_index);
    Machine machine;
    machine.keeps_index = keeps_index;
    {
      const auto engine = machine.Open();
      Push(**engine, "t", Body("web", kNow, "gone"));
      REQUIRE((*engine)->FlushAll().has_value());
    }
    const std::string gone = FilesIn(machine.fs, "segments").front();
    const std::string kept = *machine.fs.ReadAll(gone);
    REQUIRE(machine.fs.Remove(gone).has_value());
    const auto engine = machine.Open();
    Push(**engine, "t", Body("web", kNow + 1, "here"));
    REQUIRE((*engine)->FlushAll().has_value());
    CHECK(Entries(**engine, "t").size() == 1);
    const auto snapshot = (*engine)->TakeSnapshot({"t", {}, INT64_MIN, INT64_MAX, nullptr});
    REQUIRE(snapshot->warnings.size() == 1);
    CHECK(snapshot->warnings[0].find("1 entries are missing") == 0);
    CHECK((*engine)->TakeSnapshot({"t", {}, kNow + 1, INT64_MAX})->warnings.empty());
    if (!keeps_index) continue;
    // It was only away.
    REQUIRE((*machine.fs.Create(gone))->Append(kept).has_value());
    CHECK(Entries(**engine, "t").size() == 2);
    CHECK((*engine)->TakeSnapshot({"t", {}, INT64_MIN, INT64_MAX, nullptr})->warnings.empty());
  }
}

// The lines of the tenant's only stream as a query reads them: by time, then as the runs lie.
std::vector<std::string> LinesInOrder(Engine& engine) {
  const auto snapshot = engine.TakeSnapshot({"t", {}, INT64_MIN, INT64_MAX, nullptr});
  REQUIRE(snapshot.has_value());
  storage::MergedRows rows(snapshot->runs, INT64_MIN, INT64_MAX);
  storage::MergedRows::Row row;
  std::vector<std::string> out;
  while (*rows.Next(row)) out.emplace_back(row.line);
  return out;
}

TEST_CASE("entries of equal time keep the order of their arrival through flushes and restarts") {
  Machine machine;
  std::vector<std::string> want;
  auto engine = machine.Open();
  const auto push = [&] {
    want.push_back(fmt::format("line {}", want.size()));
    REQUIRE(Push(**engine, "t", Body("web", kNow, want.back())).status == 204);
  };
  for (int round = 0; round < 8; ++round) {
    push();
    push();
    CHECK(LinesInOrder(**engine) == want);
    REQUIRE((*engine)->FlushAll().has_value());
    CHECK(LinesInOrder(**engine) == want);
    if (round % 3 != 1) continue;
    push();
    engine->reset();
    engine = machine.Open();
    push();
    CHECK(LinesInOrder(**engine) == want);
  }
  engine->reset();
  engine = machine.Open();
  CHECK(LinesInOrder(**engine) == want);
}

// Replay flushes to make room, which a full disk does not let it; what it had covered once must not
// count as covered when a later flush passes.
TEST_CASE("a large log is replayed on a full disk, and nothing of it is lost when there is room") {
  Machine machine;
  Engine::Options options;
  options.root = "/data";
  options.has_flusher = false;
  options.memory_budget = 4 << 20;
  const auto open = [&] {
    options.index_folder = machine.folder.path() + "/full" + std::to_string(machine.openings++);
    return Engine::Open(options, machine.limits, machine.fs, machine.clock);
  };
  constexpr size_t kPushes = 80;
  {
    const auto engine = open();
    std::mt19937_64 random(1);
    for (size_t i = 0; i < kPushes; ++i) {
      std::string line;
      for (int n = 0; n < 600; ++n) line += fmt::format("{:016x}", random());
      const auto time = kNow + static_cast<int64_t>(i);
      REQUIRE(Push(**engine, "t", Body("web", time, line)).status == 204);
    }
  }
  machine.fs.SetFull(true);
  {
    const auto engine = open();
    REQUIRE(engine.has_value());
    CHECK((*engine)->ready());
    CHECK((*engine)->manifest_state()->segments.empty());
    CHECK(Entries(**engine, "t").size() == kPushes);
    machine.fs.SetFull(false);
    REQUIRE((*engine)->FlushAll().has_value());
  }
  machine.fs.PowerCut(FaultyFileSystem::Tail::kNothing);
  CHECK(Entries(**open(), "t").size() == kPushes);
}

TEST_CASE("an engine starts on a full disk: it answers, refuses pushes, and takes them again") {
  for (const bool keeps_index : {false, true}) {
    Machine machine;
    machine.keeps_index = keeps_index;
    {
      const auto engine = machine.Open();
      Push(**engine, "t", Body("web", kNow, "in a segment"));
      REQUIRE((*engine)->FlushAll().has_value());
      Push(**engine, "t", Body("web", kNow + 1, "in the log"));
    }
    machine.fs.SetFull(true);
    const auto engine = machine.Open();
    REQUIRE(engine.has_value());
    CHECK(Entries(**engine, "t").size() == 2);
    const auto refused = Push(**engine, "t", Body("web", kNow + 2, "refused"));
    CHECK(refused.status == 503);
    CHECK(refused.text.find("no space left") != std::string::npos);
    CHECK_FALSE((*engine)->FlushAll().has_value());
    CHECK(Entries(**engine, "t").size() == 2);
    machine.fs.SetFull(false);
    REQUIRE((*engine)->FlushAll().has_value());
    // The probe of the log comes every two seconds.
    PushAnswer answer = refused;
    for (int i = 0; i < 100 && answer.status != 204; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      answer = Push(**engine, "t", Body("web", kNow + 3, "taken"));
    }
    CHECK(answer.status == 204);
    CHECK(Entries(**engine, "t").size() == 3);
  }
}

}  // namespace
}  // namespace narfi::ingest
