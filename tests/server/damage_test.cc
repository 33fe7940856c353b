// Blocks that are damaged while the rest is sound: every answer goes on without their row groups,
// and says so.
#include "storage/segment_reader.h"

#include "base/pool.h"
#include "query/exec/engine.h"
#include "query/patterns/pattern_scan.h"
#include "server/volume.h"
#include "server/volume_range.h"
#include "tests/ingest/engine_support.h"

namespace narfi::server {
namespace {

using ingest::kNow;
using ingest::Machine;

constexpr int kLines = 12;

// Segments in order of their flushes.
std::vector<storage::SegmentInfo> Segments(const ingest::Engine& engine) {
  std::vector<storage::SegmentInfo> out;
  for (const auto& [id, info] : engine.manifest_state()->segments) out.push_back(*info);
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.covered_sequence < b.covered_sequence; });
  return out;
}

std::string PathOf(const Machine& machine, const storage::SegmentInfo& info) {
  for (const std::string& path : machine.fs.Files()) {
    if (path.ends_with(ToHex(info.id) + ".seg")) return path;
  }
  FAIL("no file");
  return {};
}

// Two segments: lines 0 to 11 of three streams, and 12 to 23. With `overlap` their times are mixed.
void Fill(ingest::Engine& engine, bool overlap) {
  for (int part = 0; part < 2; ++part) {
    for (int i = 0; i < kLines; ++i) {
      const int at = overlap ? 2 * i + part : kLines * part + i;
      const std::string line = fmt::format("took {} ms", kLines * part + i);
      ingest::Push(engine, "t", ingest::Body(fmt::format("a{}", i % 3), kNow - 100 + at, line));
    }
    REQUIRE(engine.FlushAll().has_value());
  }
}

// Damages the byte that `pick` finds in the only row group of the first segment, and starts anew.
template <class Pick>
void DamageFirst(Machine& machine, std::unique_ptr<ingest::Engine>& engine, const Pick& pick) {
  const storage::SegmentInfo first = Segments(*engine).front();
  const auto objects = storage::MakeLocalObjectStore(machine.fs, "/data/segments");
  const std::string path = PathOf(machine, first);
  const auto segment = storage::SegmentReader::Open(
      *objects, path.substr(std::string_view("/data/segments/").size()), nullptr);
  REQUIRE(segment.has_value());
  engine.reset();
  machine.fs.Damage(path, pick((*segment)->groups().front()->meta()));
  auto opened = machine.Open();
  REQUIRE(opened.has_value());
  engine = std::move(*opened);
}

class Asker {
 public:
  explicit Asker(ingest::Engine& engine) : query_(engine, pool_, clock_) {}

  Result<query::QueryResult> Ask(const std::string& text, bool is_instant = false) {
    return query_.Execute(RequestFor(text, is_instant), {});
  }
  Result<std::string> Explain(const std::string& text) {
    return query_.Explain(RequestFor(text, false), {});
  }
  std::set<std::string> Lines(const std::string& text, std::vector<std::string>& warnings) {
    auto result = Ask(text);
    REQUIRE_MESSAGE(result.has_value(), result.error().text);
    warnings = result->warnings;
    std::set<std::string> out;
    for (const auto& stream : std::get<query::StreamsResult>(result->data).streams) {
      for (const auto& entry : stream.entries) CHECK(out.insert(std::string(entry.line)).second);
    }
    return out;
  }
  double Count() {
    auto result = Ask("sum(count_over_time({app=~\".+\"} |= \"took\" [1h]))", true);
    REQUIRE_MESSAGE(result.has_value(), result.error().text);
    return std::get<query::VectorResult>(result->data).samples.at(0).point.value;
  }

 private:
  static query::Request RequestFor(const std::string& text, bool is_instant) {
    query::Request request;
    request.tenant = "t";
    request.query = text;
    request.start_ns = kNow - 1000;
    request.end_ns = kNow + 1000;
    request.is_instant = is_instant;
    return request;
  }

  Pool pool_{"query", 2};
  ManualClock clock_{kNow};
  query::Engine query_;
};

uint64_t TimesByte(const storage::RowGroupMeta& meta) { return meta.times.offset + 10; }
uint64_t DirectoryByte(const storage::RowGroupMeta& meta) {
  return meta.directory.offset + meta.directory.length / 2;
}

TEST_CASE(
    "a damaged block takes its row group out of the answer, which says so, and nothing else") {
  for (const bool overlap : {false, true}) {
    for (const auto pick : {TimesByte, DirectoryByte}) {
      CAPTURE(overlap);
      CAPTURE(pick == TimesByte);
      Machine machine;
      auto engine = machine.Open();
      Fill(**engine, overlap);
      DamageFirst(machine, *engine, pick);
      Asker asker(**engine);
      const auto plan = asker.Explain("{app=~\".+\"} |= \"took 3\"");
      CHECK_MESSAGE(plan.has_value(), plan.error().text);
      std::vector<std::string> warnings;
      const auto lines = asker.Lines("{app=~\".+\"}", warnings);
      std::set<std::string> want;
      for (int i = kLines; i < 2 * kLines; ++i) want.insert(fmt::format("took {} ms", i));
      CHECK(lines == want);
      const std::string id = ToHex(Segments(**engine).front().id);
      REQUIRE(warnings.size() == 1);
      CHECK(warnings[0].starts_with("12 entries are missing from this answer: segment " + id +
                                    " row group 0: block at "));
      CHECK(warnings[0].ends_with(": bad checksum"));
      CHECK(asker.Count() == kLines);
      CHECK(asker.Lines("{app=\"a1\"}", warnings).size() == kLines / 3);
      REQUIRE(warnings.size() == 1);
      CHECK(warnings[0].starts_with("4 entries are missing"));
    }
  }
}

TEST_CASE("volumes and patterns go on without a damaged row group") {
  const storage::Selector all{"t", {}, kNow - 99, kNow + 1000};
  const StepGrid grid(kNow - 99, kNow + 1000, 10);
  const auto measure = [&](ingest::Engine& engine, int which) -> uint64_t {
    uint64_t count = 0;
    if (which == 0) {
      const auto streams = MeasureStreams(engine, all);
      REQUIRE_MESSAGE(streams.has_value(), streams.error().text);
      for (const auto& [labels, volume] : *streams) count += volume.entries;
    } else if (which == 1) {
      const auto series = MeasureSteps(engine, all, {}, grid, 100, [] { return Status(); });
      REQUIRE_MESSAGE(series.has_value(), series.error().text);
      count = series->size();
    } else {
      Pool pool("test", 2);
      const auto found = query::FindPatterns(engine, pool, {all, 10 * kSecond, 300},
                                             [](const query::ScanUse&) { return Status(); });
      REQUIRE_MESSAGE(found.has_value(), found.error().text);
      for (const query::LogPattern& pattern : *found) count += pattern.lines;
    }
    return count;
  };
  for (const int which : {0, 1, 2}) {
    for (const bool overlap : {false, true}) {
      CAPTURE(which);
      CAPTURE(overlap);
      Machine machine;
      auto engine = machine.Open();
      Fill(**engine, overlap);
      DamageFirst(machine, *engine, TimesByte);
      CHECK(measure(**engine, which) == (which == 1 ? 3 : kLines));
      CHECK((*engine)->TakeSnapshot(all)->warnings.size() == 1);
    }
  }
}

TEST_CASE("where entries are hidden a damaged row group is left out, and the answer says so") {
  Machine machine;
  auto engine = machine.Open();
  Fill(**engine, false);
  storage::DeletePredicate what;
  what.tenant = "t";
  what.matchers = {{"app", "=", "a0"}};
  what.start_ns = kNow - 98;
  what.end_ns = kNow - 95;
  REQUIRE((*engine)->Delete(what).has_value());
  DamageFirst(machine, *engine, TimesByte);
  Asker asker(**engine);
  std::vector<std::string> warnings;
  CHECK(asker.Lines("{app=\"a0\"}", warnings).size() == kLines / 3);
  CHECK(warnings.size() == 1);
}

}  // namespace
}  // namespace narfi::server
