// What followers are told, and the moment of a snapshot.
#include <atomic>
#include <thread>

#include "ingest/follower.h"
#include "tests/ingest/engine_support.h"

namespace narfi::ingest {
namespace {

// "app@time line" of each entry told.
class Told final : public Follower {
 public:
  void Taken(const std::string& tenant, const PushBatch& batch) override {
    for (const PushStream& stream : batch.streams) {
      for (const PushEntry& entry : stream.entries)
        entries.push_back(fmt::format("{}/{}@{} {}", tenant, stream.labels.Get("app"),
                                      entry.time_ns - kNow, entry.line));
    }
  }
  std::vector<std::string> entries;
};

TEST_CASE("a follower is told what is taken, and not what is refused") {
  Machine machine;
  Told told;
  const auto engine = machine.Open();
  Push(**engine, "t", Body("web", kNow, "not followed yet"));
  (*engine)->Follow(&told);
  Push(**engine, "t", Body("web", kNow + 1, "one"));
  CHECK(Push(**engine, "t", Body("web", kNow - 30 * 86'400'000'000'000, "old")).status == 400);
  Push(**engine, "u", Body("db", kNow + 2, "two"));
  machine.fs.SetFull(true);
  CHECK(Push(**engine, "t", Body("web", kNow + 3, "seen by queries, and so by followers")).status ==
        503);
  CHECK(Push(**engine, "t", Body("web", kNow + 4, "refused, since the log is broken")).status ==
        503);
  (*engine)->Follow(nullptr);
  CHECK(told.entries == std::vector<std::string>{"t/web@1 one", "u/db@2 two",
                                                 "t/web@3 seen by queries, and so by followers"});
  CHECK(Entries(**engine, "t").size() == 3);
}

TEST_CASE("every entry is in the snapshot or told after its moment, and not both") {
  Machine machine;
  const auto engine = machine.Open();
  // Under the tenant's lock, as the moment is.
  struct Counter final : Follower {
    void Taken(const std::string&, const PushBatch& batch) override {
      count += batch.streams.size();
    }
    std::atomic<size_t> count = 0;
  } counter;
  (*engine)->Follow(&counter);
  std::thread pusher([&] {
    // Each a stream of its own, so that streams come while they are looked for.
    for (int i = 0; i < 2000; ++i)
      Push(**engine, "t", Body("app" + std::to_string(i), kNow + i, "line"));
  });
  for (int round = 0; round < 20; ++round) {
    size_t at_moment = 0;
    storage::Selector selector{"t", {}};
    selector.at_moment = [&] { at_moment = counter.count; };
    const size_t before = counter.count;
    const auto snapshot = (*engine)->TakeSnapshot(selector);
    REQUIRE(snapshot.has_value());
    CHECK(at_moment >= before);
    CHECK(snapshot->runs.size() == at_moment);
  }
  pusher.join();
  (*engine)->Follow(nullptr);
}

TEST_CASE("a stream that comes while streams are looked for is in the snapshot of a moment") {
  Machine machine;
  const auto engine = machine.Open();
  Told told;
  (*engine)->Follow(&told);
  Push(**engine, "t", Body("web", kNow, "first"));
  size_t at_moment = 0;
  bool pushed = false;
  storage::Selector selector{"t", {}};
  selector.at_moment = [&] { at_moment = told.entries.size(); };
  selector.predicates.push_back({"app", false, "", [&](std::string_view) {
                                   if (!std::exchange(pushed, true))
                                     Push(**engine, "t", Body("db", kNow, "second"));
                                   return true;
                                 }});
  const auto snapshot = (*engine)->TakeSnapshot(selector);
  REQUIRE(snapshot.has_value());
  CHECK(at_moment == 2);
  CHECK(snapshot->runs.size() == 2);
  (*engine)->Follow(nullptr);
}

}  // namespace
}  // namespace narfi::ingest
