// Counts of a range against the entries of the same range, read one by one.
#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "storage/run_volume.h"
#include "tests/ingest/engine_support.h"

namespace narfi::ingest {
namespace {

using Totals = std::map<std::string, storage::RunVolume>;  // by labels

// What is stored, read line by line, whatever runs say of themselves.
Totals ByReading(Engine& engine, const storage::Selector& selector) {
  Totals out;
  const auto snapshot = engine.TakeSnapshot(selector);
  REQUIRE(snapshot.has_value());
  std::map<StreamId, std::vector<storage::RunRef>> streams;
  for (const storage::RunRef& run : snapshot->runs) streams[run.info().id].push_back(run);
  for (const auto& [id, runs] : streams) {
    storage::MergedRows rows(runs, selector.start_ns, selector.end_ns);
    storage::MergedRows::Row row;
    while (*rows.Next(row)) {
      uint64_t bytes = row.line.size();
      for (const auto& pair : row.metadata) bytes += pair.name.size() + pair.value.size();
      out[runs[0].info().labels->ToString()] += storage::RunVolume{1, bytes};
    }
  }
  return out;
}

struct Counted {
  Totals totals;
  uint64_t runs = 0;
  size_t read_runs = 0;  // that no table answered for
};

Counted ByCounts(Engine& engine, const storage::Selector& selector) {
  Counted out;
  const auto counts = engine.TakeCounts(selector);
  REQUIRE(counts.has_value());
  std::set<StreamId> once;
  for (const storage::StreamCount& count : counts->counted) {
    CHECK(once.insert(count.id).second);
    CHECK(count.runs > 0);
    out.runs += count.runs;
    out.totals[count.labels->ToString()] += storage::RunVolume{count.entries, count.bytes};
  }
  std::map<std::pair<StreamId, uint32_t>, std::vector<storage::RunRef>> clusters;
  out.read_runs = counts->rest.runs.size();
  out.runs += out.read_runs;
  for (const storage::RunRef& run : counts->rest.runs) {
    if (run.overlap != 0) {
      clusters[{run.info().id, run.overlap}].push_back(run);
      continue;
    }
    out.totals[run.info().labels->ToString()] +=
        *storage::MeasureRuns({run}, selector.start_ns, selector.end_ns);
  }
  for (const auto& [key, runs] : clusters)
    out.totals[runs[0].info().labels->ToString()] +=
        *storage::MeasureRuns(runs, selector.start_ns, selector.end_ns);
  std::erase_if(out.totals, [](const auto& total) { return total.second.entries == 0; });
  return out;
}

// Lines of several streams, out of order now and then, some twice.
std::string RandomBody(std::mt19937& random, int64_t around_ns) {
  std::string streams;
  for (int s = 0; s < 3; ++s) {
    std::string values;
    for (int i = 0; i < 5; ++i)
      values += fmt::format(R"({}["{}","line {}"])", i == 0 ? "" : ",",
                            around_ns + static_cast<int64_t>(random() % 2000), random() % 3);
    streams += fmt::format(R"({}{{"stream":{{"app":"a{}"}},"values":[{}]}})", s == 0 ? "" : ",",
                           random() % 6, values);
  }
  return fmt::format(R"({{"streams":[{}]}})", streams);
}

TEST_CASE("counts of any range are those of its entries, through flushes, merges and restarts") {
  std::mt19937 random(5);
  Machine machine;
  machine.keeps_index = true;
  machine.merge_rules.parts_today = 3;
  auto engine = machine.Open();
  size_t whole_answers = 0;
  for (int round = 0; round < 120; ++round) {
    for (int i = 0; i < 4; ++i) {
      const int64_t around = kNow - 1'000'000 + round * 1000;
      CHECK(Push(**engine, "t", RandomBody(random, around)).status == 204);
      if (i == 1) CHECK(Push(**engine, "u", RandomBody(random, around)).status == 204);
    }
    const uint32_t what = random() % 4;
    if (what < 2) REQUIRE((*engine)->FlushAll());
    if (what == 2) REQUIRE((*engine)->Upkeep());
    if (what == 3 && round % 10 == 0) {
      engine->reset();
      engine = machine.Open();
    }
    for (int ask = 0; ask < 4; ++ask) {
      storage::Selector selector;
      selector.tenant = ask == 3 ? "u" : "t";
      if (ask > 0) {
        selector.start_ns = kNow - 1'000'000 + static_cast<int64_t>(random() % 60'000);
        selector.end_ns = kNow - 1'000'000 + static_cast<int64_t>(random() % 130'000);
      }
      if (ask == 2) {
        LabelPredicate& predicate = selector.predicates.emplace_back();
        predicate.name = "app";
        predicate.accepts = [](std::string_view value) { return value > "a2"; };
      }
      const Counted counted = ByCounts(**engine, selector);
      CHECK(counted.totals == ByReading(**engine, selector));
      CHECK(counted.runs == (*engine)->TakeSnapshot(selector)->runs.size());
      whole_answers += counted.read_runs == 0 && !counted.totals.empty() ? 1 : 0;
    }
  }
  CHECK(whole_answers > 10);  // the table was asked
}

TEST_CASE("counts asked beside pushes, flushes and merges are those of a moment in between") {
  constexpr int kPushes = 300;
  Machine machine;
  machine.merge_rules.parts_today = 3;
  const auto opened = machine.Open();
  Engine& engine = **opened;
  std::atomic<int> answered = 0;
  std::thread pusher([&] {
    for (int i = 0; i < kPushes; ++i) {
      CHECK(Push(engine, "t", Body(i % 2 == 0 ? "web" : "db", kNow + i, "line")).status == 204);
      ++answered;
    }
  });
  std::thread keeper([&] {
    while (answered < kPushes) {
      CHECK(engine.FlushAll());
      CHECK(engine.Upkeep());
    }
  });
  storage::Selector all;
  all.tenant = "t";
  bool is_last = false;
  while (!is_last) {
    is_last = answered == kPushes;
    const auto least = static_cast<uint64_t>(answered);
    uint64_t entries = 0;
    for (const auto& [labels, volume] : ByCounts(engine, all).totals) entries += volume.entries;
    CHECK(entries >= least);
    CHECK(entries <= static_cast<uint64_t>(answered) + 1);
  }
  pusher.join();
  keeper.join();
}

TEST_CASE("what is deleted counts no more") {
  Machine machine;
  const auto engine = machine.Open();
  for (int i = 0; i < 10; ++i) Push(**engine, "t", Body("web", kNow + i, "line"));
  REQUIRE((*engine)->FlushAll());
  storage::Selector all;
  all.tenant = "t";
  CHECK(ByCounts(**engine, all).totals.begin()->second.entries == 10);
  CHECK(ByCounts(**engine, all).read_runs == 0);
  storage::DeletePredicate what;
  what.tenant = "t";
  what.matchers = {{"app", "=", "web"}};
  what.start_ns = kNow;
  what.end_ns = kNow + 3;
  REQUIRE((*engine)->Delete(what));
  CHECK(ByCounts(**engine, all).totals.begin()->second.entries ==
        ByReading(**engine, all).begin()->second.entries);
  CHECK(ByCounts(**engine, all).totals.begin()->second.entries < 10);
}

}  // namespace
}  // namespace narfi::ingest
