// Engines that hide and drop what is deleted, too old or too much.
#include "base/duration.h"
#include "tests/ingest/engine_support.h"

namespace narfi::ingest {
namespace {

using storage::DeletePredicate;

void UpkeepAll(Engine& engine) {
  for (int i = 0; i < 100; ++i) {
    const auto done = engine.Upkeep();
    REQUIRE_MESSAGE(done.has_value(), done.error().text);
    if (!*done) return;
  }
  FAIL("upkeep has no end");
}

config::TenantLimits Keep(int64_t period_ns, std::vector<config::RetentionStream> streams = {}) {
  config::Limits limits;
  limits.retention_period_ns = period_ns;
  limits.retention_stream = std::move(streams);
  limits.reject_old_samples = false;
  return config::TenantLimits(limits, {});
}

DeletePredicate DeleteOf(const std::string& app, int64_t start_ns, int64_t end_ns) {
  DeletePredicate what;
  what.tenant = "t";
  what.matchers = {{"app", "=", app}};
  what.start_ns = start_ns;
  what.end_ns = end_ns;
  return what;
}

std::vector<std::string> SeriesOf(Engine& engine) {
  std::vector<std::string> out;
  const auto series = engine.Series({"t", {}, INT64_MIN, INT64_MAX});
  REQUIRE(series.has_value());
  for (const Labels& labels : *series) out.emplace_back(labels.Get("app"));
  return out;
}

// Whether any segment file has the text in it. Needs segments that hold lines as they are.
bool IsInFiles(Machine& machine, const std::string& text) {
  for (const std::string& path : FilesIn(machine.fs, "segments")) {
    const auto reader = machine.fs.ReadAll(path);
    if (reader->find(text) != std::string::npos) return true;
  }
  return false;
}

// Rows and bytes as the runs of a snapshot tell them, where they may.
bool HasTrueCounts(Engine& engine) {
  const auto snapshot = engine.TakeSnapshot({"t", {}, INT64_MIN, INT64_MAX});
  for (const storage::RunRef& run : snapshot->runs) {
    storage::MergedRows rows({run}, INT64_MIN, INT64_MAX);
    storage::MergedRows::Row row;
    uint32_t count = 0;
    uint64_t bytes = 0;
    while (*rows.Next(row)) {
      ++count;
      bytes += row.line.size();
    }
    if (count != run.info().rows) return false;
    if (run.overlap == 0 && bytes != run.info().line_bytes) return false;
  }
  return true;
}

TEST_CASE("entries expire in heads and segments alike, to the nanosecond, and then on disk") {
  for (const bool is_flushed : {false, true}) {
    CAPTURE(is_flushed);
    Machine machine;
    machine.limits = Keep(kHour);
    auto engine = machine.Open();
    for (const int64_t age : {3L, 2L, 1L, 0L})
      Push(**engine, "t", Body("web", kNow - age, "line that is " + std::to_string(age)));
    Push(**engine, "t", Body("old", kNow - 5, "first"));
    if (is_flushed) REQUIRE((*engine)->FlushAll().has_value());
    machine.clock.Set(kNow - 5 + kHour);
    CHECK(Entries(**engine, "t").size() == 5);
    CHECK(SeriesOf(**engine) == std::vector<std::string>{"old", "web"});
    machine.clock.Advance(1);
    CHECK(Entries(**engine, "t").size() == 4);
    CHECK(SeriesOf(**engine) == std::vector<std::string>{"web"});
    machine.clock.Set(kNow - 1 + kHour);
    CHECK(Entries(**engine, "t") ==
          std::map<std::string, int>{{"web@-1 line that is 1", 1}, {"web@0 line that is 0", 1}});
    CHECK(HasTrueCounts(**engine));
    machine.clock.Set(kNow + 1 + kHour);
    CHECK(Entries(**engine, "t").empty());
    CHECK(SeriesOf(**engine).empty());
    REQUIRE((*engine)->FlushAll().has_value());
    UpkeepAll(**engine);
    CHECK(SegmentFiles(machine.fs) == 0);
    CHECK((*engine)->manifest_state()->segments.empty());
    engine->reset();
    engine = machine.Open();
    CHECK(Entries(**engine, "t").empty());
  }
}

TEST_CASE("streams expire by rules of their own, and a segment is rewritten when most of it has") {
  Machine machine;
  machine.limits = Keep(0, {{R"({app="debug"})", 1, kHour}});
  const auto engine = machine.Open();
  for (int i = 0; i < 20; ++i) {
    Push(**engine, "t", Body("debug", kNow + i, "noise " + std::to_string(i)));
    if (i < 5) Push(**engine, "t", Body("audit", kNow + i, "kept " + std::to_string(i)));
  }
  REQUIRE((*engine)->FlushAll().has_value());
  machine.clock.Set(kNow + kHour + 5);
  CHECK(Entries(**engine, "t").size() == 20);
  UpkeepAll(**engine);
  CHECK(PhysicalRows(**engine, "t") == 20);
  CHECK((*engine)->manifest_state()->segments.begin()->second->rows == 25);
  machine.clock.Set(kNow + 2 * kHour);
  CHECK(Entries(**engine, "t").size() == 5);
  CHECK(SeriesOf(**engine) == std::vector<std::string>{"audit"});
  UpkeepAll(**engine);
  CHECK((*engine)->manifest_state()->segments.begin()->second->rows == 5);
  CHECK((*engine)->manifest_state()->segments.begin()->second->level == 0);
  CHECK(Entries(**engine, "t").size() == 5);
}

TEST_CASE("a segment of which most is expired is rewritten, unless the rest is about to be") {
  Machine machine;
  machine.limits = Keep(kDay);
  const auto engine = machine.Open();
  for (int i = 0; i < 20; ++i)
    Push(**engine, "t", Body("web", kNow - kDay + i * kHour, "line " + std::to_string(i)));
  machine.clock.Set(kNow - kDay + 20 * kHour);
  REQUIRE((*engine)->FlushAll().has_value());
  const auto rows = [&] {
    UpkeepAll(**engine);
    const auto state = (*engine)->manifest_state();
    return state->segments.empty() ? 0 : state->segments.begin()->second->rows;
  };
  machine.clock.Set(kNow + 8 * kHour);
  CHECK(rows() == 20);
  machine.clock.Set(kNow + 10 * kHour);
  CHECK(rows() == 10);
  CHECK(Entries(**engine, "t").size() == 10);
  machine.clock.Set(kNow + 18 * kHour + kMinute);
  CHECK(rows() <= 10);
  CHECK(Entries(**engine, "t").size() == 1);
  machine.clock.Set(kNow + 20 * kHour);
  CHECK(rows() == 0);
}

TEST_CASE("merging drops what is expired on its way") {
  Machine machine;
  machine.merge_rules.parts_today = 2;
  machine.limits = Keep(kHour);
  const auto engine = machine.Open();
  for (int i = 0; i < 2; ++i) {
    Push(**engine, "t", Body("web", kNow + i, "early"));
    Push(**engine, "t", Body("web", kNow + kMinute + i, "late"));
    REQUIRE((*engine)->FlushAll().has_value());
  }
  machine.clock.Set(kNow + kHour + kSecond);
  UpkeepAll(**engine);
  REQUIRE((*engine)->manifest_state()->segments.size() == 1);
  CHECK((*engine)->manifest_state()->segments.begin()->second->rows == 2);
  CHECK(Entries(**engine, "t").size() == 2);
}

TEST_CASE("over the limit of the disk the oldest segments of all tenants go") {
  Machine machine;
  machine.limits = Keep(0);
  machine.retention_disk_bytes = 1;
  uint64_t bytes = 0;
  {
    Machine unlimited;
    unlimited.limits = Keep(0);
    const auto engine = unlimited.Open();
    Push(**engine, "t", Body("web", kNow, "of day 0"));
    REQUIRE((*engine)->FlushAll().has_value());
    bytes = (*engine)->manifest_state()->segments.begin()->second->file_bytes;
  }
  machine.retention_disk_bytes = 3 * bytes + bytes / 2;
  const auto engine = machine.Open();
  for (const int64_t day : {2, 0, 4, 1, 3}) {
    Push(**engine, day % 2 == 0 ? "t" : "u",
         Body("web", kNow - day * kDay, "of day " + std::to_string(day)));
    REQUIRE((*engine)->FlushAll().has_value());
  }
  UpkeepAll(**engine);
  CHECK((*engine)->manifest_state()->segments.size() == 3);
  CHECK(SegmentFiles(machine.fs) == 3);
  CHECK(Entries(**engine, "t").size() == 2);
  CHECK(Entries(**engine, "u").size() == 1);
}

TEST_CASE("deleted entries are in no answer at once, in heads and segments, and stay so") {
  for (const bool is_flushed : {false, true}) {
    CAPTURE(is_flushed);
    Machine machine;
    auto engine = machine.Open();
    for (int i = 0; i < 10; ++i) {
      Push(**engine, "t", Body("web", kNow + i, "line " + std::to_string(i)));
      Push(**engine, "t", Body("db", kNow + i, "line " + std::to_string(i)));
      Push(**engine, "other", Body("web", kNow + i, "line " + std::to_string(i)));
    }
    if (is_flushed) REQUIRE((*engine)->FlushAll().has_value());
    REQUIRE((*engine)->Delete(DeleteOf("web", kNow + 3, kNow + 5)).has_value());
    CHECK(Entries(**engine, "t").size() == 17);
    CHECK_FALSE(Entries(**engine, "t").contains("web@3 line 3"));
    CHECK_FALSE(Entries(**engine, "t").contains("web@5 line 5"));
    CHECK(Entries(**engine, "t").contains("db@3 line 3"));
    CHECK(Entries(**engine, "other").size() == 10);
    CHECK(HasTrueCounts(**engine));
    REQUIRE((*engine)->Delete(DeleteOf("db", INT64_MIN, INT64_MAX)).has_value());
    CHECK(SeriesOf(**engine) == std::vector<std::string>{"web"});
    engine->reset();
    engine = machine.Open();
    CHECK(SeriesOf(**engine) == std::vector<std::string>{"web"});
    CHECK(Entries(**engine, "t").size() == 7);
    REQUIRE((*engine)->FlushAll().has_value());
    CHECK(Entries(**engine, "t").size() == 7);
    UpkeepAll(**engine);
    CHECK(Entries(**engine, "t").size() == 7);
    CHECK(Entries(**engine, "other").size() == 10);
    CHECK(PhysicalRows(**engine, "t") == 7);
  }
}

TEST_CASE("what is deleted leaves the files, and the delete goes when it is worked off") {
  Machine machine;
  machine.clock.Set(kNow + kHour);
  const auto engine = machine.Open();
  // Short lines that do not pack are in the files as they are.
  Push(**engine, "t", Body("web", kNow, "xQ7vLp"));
  Push(**engine, "t", Body("web", kNow + 5, "kM2sWz"));
  Push(**engine, "t", Body("gone", kNow + 5, "aB3cDe"));
  REQUIRE((*engine)->FlushAll().has_value());
  CHECK(IsInFiles(machine, "xQ7vLp"));
  CHECK(IsInFiles(machine, "aB3cDe"));
  REQUIRE((*engine)->Delete(DeleteOf("web", kNow, kNow)).has_value());
  REQUIRE((*engine)->Delete(DeleteOf("gone", kNow, kNow + kMinute)).has_value());
  UpkeepAll(**engine);
  CHECK_FALSE(IsInFiles(machine, "xQ7vLp"));
  CHECK_FALSE(IsInFiles(machine, "aB3cDe"));
  CHECK_FALSE(IsInFiles(machine, "gone"));
  CHECK(IsInFiles(machine, "kM2sWz"));
  CHECK((*engine)->manifest_state()->deletes.empty());
  CHECK(Entries(**engine, "t") == std::map<std::string, int>{{"web@5 kM2sWz", 1}});
}

TEST_CASE("a delete stays while a head holds entries of it, or while its time goes on") {
  Machine machine;
  machine.clock.Set(kNow + kHour);
  const auto engine = machine.Open();
  Push(**engine, "t", Body("web", kNow, "in a head"));
  REQUIRE((*engine)->Delete(DeleteOf("web", kNow, kNow)).has_value());
  REQUIRE((*engine)->Delete(DeleteOf("web", kNow, kNow + kDay)).has_value());
  UpkeepAll(**engine);
  CHECK((*engine)->manifest_state()->deletes.size() == 2);
  REQUIRE((*engine)->FlushAll().has_value());
  CHECK(Entries(**engine, "t").empty());
  UpkeepAll(**engine);
  CHECK((*engine)->manifest_state()->segments.empty());
  CHECK((*engine)->manifest_state()->deletes.size() == 1);
  Push(**engine, "t", Body("web", kNow + kHour, "later"));
  CHECK(Entries(**engine, "t").empty());
  machine.clock.Set(kNow + 2 * kDay);
  REQUIRE((*engine)->FlushAll().has_value());
  UpkeepAll(**engine);
  CHECK((*engine)->manifest_state()->deletes.empty());
}

TEST_CASE("a delete that makes no sense is refused with a sentence") {
  Machine machine;
  const auto engine = machine.Open();
  auto what = DeleteOf("web", 5, 4);
  CHECK((*engine)->Delete(what).error().text == "a delete ends before it starts");
  what = DeleteOf("web", 4, 5);
  what.matchers.clear();
  CHECK((*engine)->Delete(what).error().text == "a delete needs at least one matcher");
  what.matchers = {{"app", "=~", "("}};
  CHECK((*engine)->Delete(what).error().code == Code::kInvalidArgument);
  what.matchers = {{"app", "~", "x"}};
  CHECK((*engine)->Delete(what).error().text == "\"~\" is no matcher");
  CHECK((*engine)->manifest_state()->deletes.empty());
  for (size_t i = 0; i < Engine::kMaxDeletes; ++i)
    REQUIRE((*engine)->Delete(DeleteOf("web", 4, 5)).has_value());
  CHECK((*engine)->Delete(DeleteOf("web", 4, 5)).error().code == Code::kLimit);
}

TEST_CASE("a rule of retention with a selector that is none is refused at the start") {
  Machine machine;
  machine.limits = Keep(0, {{"{app=", 1, kHour}});
  const auto engine = machine.Open();
  REQUIRE_FALSE(engine.has_value());
  CHECK(engine.error().text.find("retention_stream: selector {app=") != std::string::npos);
}

}  // namespace
}  // namespace narfi::ingest
