#include <atomic>

#include "base/pool.h"
#include "tests/ingest/engine_support.h"

namespace narfi::ingest {
namespace {

using AskGroup = std::function<Result<bool>(const storage::RowGroupReader&)>;

// What a test says of row groups.
struct TestFilter final : storage::GroupFilter {
  AskGroup may_hold;
  std::function<storage::GroupAnswer(storage::LookupEffort)> may_hold_in = nullptr;
  std::string its_name = {};
  std::function<void(size_t, const std::function<void(size_t)>&)> for_all = nullptr;
  std::function<bool(std::function<void()>)> run = nullptr;

  Result<bool> MayHold(const storage::RowGroupReader& group) const override {
    return may_hold(group);
  }
  bool AsksSegments() const override { return may_hold_in != nullptr; }
  storage::GroupAnswer MayHoldIn(const storage::SegmentLookup& /*lookup*/,
                                 storage::LookupEffort effort) const override {
    return may_hold_in(effort);
  }
  std::string_view name() const override { return its_name; }
  void ForAll(size_t count, const std::function<void(size_t)>& body) const override {
    for_all ? for_all(count, body) : GroupFilter::ForAll(count, body);
  }
  bool Run(std::function<void()> task) const override {
    return run ? run(std::move(task)) : GroupFilter::Run(std::move(task));
  }
};

storage::Selector SelectorOf(std::shared_ptr<const storage::GroupFilter> filter) {
  storage::Selector selector;
  selector.tenant = "t";
  selector.filter = std::move(filter);
  return selector;
}

storage::Selector SelectorOf(AskGroup may_hold) {
  if (!may_hold) return SelectorOf(std::shared_ptr<const storage::GroupFilter>());
  auto filter = std::make_shared<TestFilter>();
  filter->may_hold = std::move(may_hold);
  return SelectorOf(std::move(filter));
}

std::vector<std::string> RunsOf(Engine& engine, const std::string& app, int64_t end_ns,
                                AskGroup may_hold) {
  storage::Selector selector = SelectorOf(std::move(may_hold));
  selector.end_ns = end_ns;
  if (!app.empty())
    selector.predicates.push_back(
        {"app", true, app, [app](std::string_view v) { return v == app; }});
  const auto snapshot = engine.TakeSnapshot(selector);
  REQUIRE(snapshot.has_value());
  std::vector<std::string> runs;
  for (const storage::RunRef& run : snapshot->runs) {
    runs.push_back(fmt::format("{}@{}+{}", run.info().labels->Get("app"),
                               run.info().min_time_ns - kNow, run.info().rows));
  }
  return runs;
}

// Three segments and what is in memory; one tenant beside it.
std::unique_ptr<Engine> FilledEngine(Machine& machine) {
  auto engine = machine.Open();
  REQUIRE(engine.has_value());
  for (int i = 0; i < 4; ++i) {
    for (const std::string app : {"web", "db"})
      CHECK(Push(**engine, "t", Body(app, kNow + i * 10, "line")).status == 204);
    CHECK(Push(**engine, "other", Body("web", kNow, "theirs")).status == 204);
    if (i < 3) REQUIRE((*engine)->FlushAll().has_value());
  }
  return std::move(*engine);
}

TEST_CASE("a selector that rules out nothing sees what one without a filter sees, in that order") {
  Machine machine;
  const auto engine = FilledEngine(machine);
  const auto all = [](const storage::RowGroupReader&) -> Result<bool> { return true; };
  for (const std::string app : {"", "web", "db", "none"}) {
    for (const int64_t end : {kNow + 1, kNow + 15, kNow + 1000}) {
      CAPTURE(app);
      auto want = RunsOf(*engine, app, end, nullptr);
      auto got = RunsOf(*engine, app, end, all);
      std::sort(want.begin(), want.end());
      std::sort(got.begin(), got.end());
      CHECK(got == want);
    }
  }
  // The older arrival is first.
  const auto runs = RunsOf(*engine, "web", kNow + 1000, all);
  CHECK(runs == std::vector<std::string>{"web@0+1", "web@10+1", "web@20+1", "web@30+1"});
}

TEST_CASE("row groups that are ruled out are not in the snapshot, be they in memory or on disk") {
  Machine machine;
  const auto engine = FilledEngine(machine);
  const auto later_than = [](int64_t time_ns) {
    return [time_ns](const storage::RowGroupReader& group) -> Result<bool> {
      return group.runs().front().max_time_ns >= kNow + time_ns;
    };
  };
  CHECK(RunsOf(*engine, "web", kNow + 1000, later_than(20)) ==
        std::vector<std::string>{"web@20+1", "web@30+1"});
  CHECK(RunsOf(*engine, "", kNow + 1000, later_than(31)).empty());
}

TEST_CASE("an error of the filter fails the snapshot") {
  Machine machine;
  const auto engine = FilledEngine(machine);
  const auto snapshot = engine->TakeSnapshot(SelectorOf(
      [](const storage::RowGroupReader&) -> Result<bool> { return Fail(Code::kIo, "bad disk"); }));
  REQUIRE(!snapshot.has_value());
  CHECK(snapshot.error().text == "bad disk");
}

TEST_CASE("row groups that are too damaged for the filter are left out, with a warning each") {
  Machine machine;
  const auto engine = FilledEngine(machine);
  const auto snapshot =
      engine->TakeSnapshot(SelectorOf([](const storage::RowGroupReader&) -> Result<bool> {
        return Fail(Code::kCorrupt, "bad block");
      }));
  REQUIRE(snapshot.has_value());
  CHECK(snapshot->runs.empty());
  REQUIRE_FALSE(snapshot->warnings.empty());
  CHECK(snapshot->warnings[0].find(": bad block") != std::string::npos);
}

// As FilledEngine, with as many segments as are asked on several threads.
TEST_CASE("row groups are asked on several threads, and answers and errors are the same") {
  Machine machine;
  auto engine = machine.Open();
  REQUIRE(engine.has_value());
  constexpr int kSegments = 24;
  for (int i = 0; i < kSegments; ++i) {
    CHECK(Push(**engine, "t", Body("web", kNow + i * 10, "line")).status == 204);
    REQUIRE((*engine)->FlushAll().has_value());
  }
  const auto filter = std::make_shared<TestFilter>();
  const storage::Selector selector = SelectorOf(filter);
  std::atomic<int> asked = 0;
  filter->may_hold = [&](const storage::RowGroupReader& group) -> Result<bool> {
    ++asked;
    return (group.runs()[0].min_time_ns - kNow) % 20 == 0;
  };
  int calls = 0;
  Pool pool("ask", 2);
  filter->for_all = [&](size_t count, const std::function<void(size_t)>& body) {
    ++calls;
    pool.ParallelFor(count, body);
  };
  const auto snapshot = (*engine)->TakeSnapshot(selector);
  REQUIRE(snapshot.has_value());
  CHECK(calls == 1);
  CHECK(asked == kSegments);
  REQUIRE(snapshot->runs.size() == kSegments / 2);
  for (int i = 0; i < kSegments / 2; ++i)
    CHECK(snapshot->runs[static_cast<size_t>(i)].info().min_time_ns == kNow + i * 20);
  filter->may_hold = [&](const storage::RowGroupReader& group) -> Result<bool> {
    if (group.runs()[0].min_time_ns == kNow + 70) return Fail(Code::kUnavailable, "no more files");
    return true;
  };
  const auto failed = (*engine)->TakeSnapshot(selector);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().text == "no more files");
}

constexpr int kLines = 20'000;  // of a push

std::string NumberText(int i) { return std::to_string(i); }
// Ids that come again, so that a segment has a dictionary of them.
std::string IdText(int i) {
  const uint64_t id = static_cast<uint64_t>(i % 3000 + 1) * 0x9E3779B97F4A7C15ULL;
  return fmt::format("{:016x}{:016x}", id, id * 0xBF58476D1CE4E5B9ULL);
}

// Lines of one stream, a microsecond apart.
std::string ManyLines(int64_t first_ns, int count, std::string (*text)(int) = NumberText) {
  std::string values;
  for (int i = 0; i < count; ++i)
    values += fmt::format(R"({}["{}","{}"])", i == 0 ? "" : ",", first_ns + i * 1000, text(i));
  return fmt::format(R"({{"streams":[{{"stream":{{"app":"web"}},"values":[{}]}}]}})", values);
}

// A segment of some row groups, of one stream.
void StoreManyLines(Engine& engine, std::string (*text)(int) = NumberText) {
  constexpr int kPushes = 20;
  for (int i = 0; i < kPushes; ++i)
    CHECK(Push(engine, "t", ManyLines(kNow + int64_t{i} * kLines * 1000, kLines, text)).status ==
          204);
  REQUIRE(engine.FlushAll().has_value());
}

TEST_CASE("what a segment's row groups said to a name they are not asked again") {
  Machine machine;
  auto engine = machine.Open();
  REQUIRE(engine.has_value());
  StoreManyLines(**engine);
  int asked = 0;
  const auto ask = [&](const std::string& name, int64_t least_ns) {
    const auto filter = std::make_shared<TestFilter>();
    filter->its_name = name;
    filter->may_hold = [&, least_ns](const storage::RowGroupReader& group) -> Result<bool> {
      ++asked;
      return group.runs().front().max_time_ns >= least_ns;
    };
    const auto snapshot = (*engine)->TakeSnapshot(SelectorOf(filter));
    REQUIRE(snapshot.has_value());
    return snapshot->runs.size();
  };
  const int64_t middle = kNow + int64_t{10} * kLines * 1000;
  const size_t all = ask("", INT64_MIN);
  const int groups = asked;
  REQUIRE(groups >= 4);
  CHECK(all == static_cast<size_t>(groups));
  const size_t later = ask("later", middle);
  CHECK(asked == 2 * groups);
  CHECK(later < all);
  CHECK(ask("later", middle) == later);
  CHECK(asked == 2 * groups);
  CHECK(ask("all", INT64_MIN) == all);
  CHECK(asked == 3 * groups);
  // Those without a name are always asked, and what is in memory too.
  CHECK(ask("", middle) == later);
  CHECK(asked == 4 * groups);
  CHECK(Push(**engine, "t", Body("web", kNow + 500'000'000'000, "new")).status == 204);
  CHECK(ask("later", middle) == later + 1);
  CHECK(asked == 4 * groups + 1);
}

TEST_CASE("row groups of which their segment tells are not asked") {
  Machine machine;
  auto engine = machine.Open();
  REQUIRE(engine.has_value());
  StoreManyLines(**engine, IdText);
  using storage::GroupAnswer;
  using storage::LookupEffort;
  std::vector<LookupEffort> efforts;
  GroupAnswer known;
  GroupAnswer made;
  int asked = 0;
  std::function<bool(std::function<void()>)> later;
  const auto ask = [&](std::string name) {
    efforts.clear();
    asked = 0;
    const auto filter = std::make_shared<TestFilter>();
    filter->its_name = std::move(name);
    filter->run = later;
    filter->may_hold_in = [&](LookupEffort effort) {
      efforts.push_back(effort);
      if (effort == LookupEffort::kMake) known = made;
      return known;
    };
    filter->may_hold = [&](const storage::RowGroupReader&) -> Result<bool> {
      ++asked;
      return true;
    };
    const auto snapshot = (*engine)->TakeSnapshot(SelectorOf(filter));
    REQUIRE(snapshot.has_value());
    std::vector<std::string> groups;
    for (const storage::RunRef& run : snapshot->runs)
      groups.push_back(run.group->name().substr(run.group->name().rfind(' ') + 1));
    return groups;
  };
  using Groups = std::vector<std::string>;
  // Neither the one nor the other: asked. What was made is known then.
  known = {0, ~storage::GroupSet{0}, true};
  made = {0b0001, 0b0110};
  CHECK(ask("one") == Groups{"0", "1", "2"});
  CHECK(efforts == std::vector{LookupEffort::kKnown, LookupEffort::kMake, LookupEffort::kKnown});
  CHECK(asked == 2);
  // What those said is remembered, by the selector's name.
  CHECK(ask("one") == Groups{"0", "1", "2"});
  CHECK(efforts == std::vector{LookupEffort::kKnown});
  CHECK(asked == 0);
  // Where it can be made beside the queries row groups are asked meanwhile, and it is made once.
  std::vector<std::function<void()>> tasks;
  later = [&](std::function<void()> task) {
    tasks.push_back(std::move(task));
    return false;
  };
  made = known;
  known = {0, ~storage::GroupSet{0}, true};
  CHECK(ask("three").size() >= 4);
  CHECK(asked >= 4);
  CHECK(efforts == std::vector{LookupEffort::kKnown});
  ask("four");
  REQUIRE(tasks.size() == 1);
  efforts.clear();
  tasks.front()();
  tasks.clear();
  CHECK(efforts == std::vector{LookupEffort::kMake});
  known = {0, ~storage::GroupSet{0}, true};
  ask("five");
  REQUIRE(tasks.size() == 1);
  tasks.clear();  // dropped: somebody else may make it
  later = nullptr;
  ask("six");
  CHECK(efforts.back() == LookupEffort::kKnown);
  CHECK(efforts.size() == 3);
  // What would be told no better is not made.
  known = {0b0001, ~storage::GroupSet{1}};
  ask("seven");
  CHECK(efforts == std::vector{LookupEffort::kKnown});
  CHECK(asked >= 3);
  // Where all is known no more is made.
  known = {0b1000, 0};
  CHECK(ask("two") == Groups{"3"});
  CHECK(efforts == std::vector{LookupEffort::kKnown});
  CHECK(asked == 0);
}

// What is made for a selector of which no segment can tell anything yet: of so many segments.
size_t SegmentsMade(Engine& engine) {
  size_t made = 0;
  const auto filter = std::make_shared<TestFilter>();
  filter->may_hold = [](const storage::RowGroupReader&) -> Result<bool> { return true; };
  filter->may_hold_in = [&](storage::LookupEffort effort) -> storage::GroupAnswer {
    if (effort == storage::LookupEffort::kMake) ++made;
    return {0, ~storage::GroupSet{0}, true};
  };
  REQUIRE(engine.TakeSnapshot(SelectorOf(filter)).has_value());
  return made;
}

TEST_CASE("what segments can tell is not made without room for it beside what is kept") {
  Machine machine;
  auto engine = machine.Open();
  REQUIRE(engine.has_value());
  StoreManyLines(**engine, IdText);
  CHECK(SegmentsMade(**engine) == 1);
  storage::PageCache& pages = (*engine)->pages();
  for (uint64_t i = 0; 2 * pages.worthy_bytes() < pages.capacity_bytes(); ++i) {
    REQUIRE(i < 10'000);
    pages.Insert({{1, 2}, i, 0}, std::make_shared<int>(), 1 << 20, storage::PageCache::kMuchWorth);
  }
  CHECK(SegmentsMade(**engine) == 0);
}

}  // namespace
}  // namespace narfi::ingest
