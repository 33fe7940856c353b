#include "ingest/engine.h"

#include <random>

#include "base/time.h"
#include "tests/ingest/engine_support.h"

namespace narfi::ingest {
namespace {

TEST_CASE("what is pushed is seen at once, after a flush, and after a restart") {
  Machine machine;
  const std::map<std::string, int> want = {{"web@1 one", 1}, {"web@2 two", 1}, {"db@1 one", 1}};
  {
    const auto engine = machine.Open();
    REQUIRE(engine.has_value());
    CHECK(Push(**engine, "t", Body("web", kNow + 1, "one")).status == 204);
    CHECK(Push(**engine, "t", Body("web", kNow + 2, "two")).status == 204);
    CHECK(Push(**engine, "t", Body("db", kNow + 1, "one")).status == 204);
    CHECK(Push(**engine, "other", Body("web", kNow + 1, "theirs")).status == 204);
    CHECK(Entries(**engine, "t") == want);
  }
  {
    const auto engine = machine.Open();
    REQUIRE(engine.has_value());
    CHECK(Entries(**engine, "t") == want);
    REQUIRE((*engine)->FlushAll().has_value());
    CHECK(Entries(**engine, "t") == want);
    CHECK((*engine)->manifest_state()->segments.size() == 2);
    CHECK((*engine)->head_bytes() < 10'000);
  }
  const auto engine = machine.Open();
  CHECK(Entries(**engine, "t") == want);
  CHECK((*engine)->Tenants() == std::vector<std::string>{"other", "t"});
}

TEST_CASE("equal entries are one entry, within a push, across pushes, flushes and restarts") {
  Machine machine;
  const std::map<std::string, int> want = {{"web@1 one", 1}};
  for (int i = 0; i < 3; ++i) {
    const auto engine = machine.Open();
    Push(**engine, "t", Body("web", kNow + 1, "one"));
    Push(**engine, "t", Body("web", kNow + 1, "one"));
    CHECK(Entries(**engine, "t") == want);
    if (i == 1) REQUIRE((*engine)->FlushAll().has_value());
    CHECK(Entries(**engine, "t") == want);
  }
}

TEST_CASE("entries out of order, over many days, come back sorted") {
  Machine machine;
  machine.limits = config::TenantLimits(
      [] {
        config::Limits limits;
        limits.reject_old_samples = false;
        return limits;
      }(),
      {});
  const auto engine = machine.Open();
  std::map<std::string, int> want;
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    const int64_t time = kNow - static_cast<int64_t>(random() % 10) * 86'400'000'000'000 -
                         static_cast<int64_t>(random() % 50);
    const std::string line = "l" + std::to_string(random() % 5);
    REQUIRE(Push(**engine, "t", Body("web", time, line)).status == 204);
    want[fmt::format("web@{} {}", time - kNow, line)] = 1;
  }
  CHECK(Entries(**engine, "t") == want);
  REQUIRE((*engine)->FlushAll().has_value());
  CHECK(Entries(**engine, "t") == want);
  CHECK((*engine)->manifest_state()->segments.size() ==
        11);  // kNow is a midnight: ten of them and the day before the first
}

TEST_CASE("heads that grow are sealed and answer as before") {
  Machine machine;
  const auto engine = machine.Open();
  std::map<std::string, int> want;
  std::string values;
  for (int i = 0; i < 10'000; ++i) {
    const int64_t time = i % 1000 == 7 ? i - 500 : i;
    values += fmt::format("{}[\"{}\",\"line {}\"]", i == 0 ? "" : ",", kNow + time, i);
    want[fmt::format("web@{} line {}", time, i)] = 1;
  }
  REQUIRE(Push(**engine, "t", R"({"streams":[{"stream":{"app":"web"},"values":[)" + values + "]}]}")
              .status == 204);
  CHECK(Entries(**engine, "t") == want);
  REQUIRE((*engine)->FlushAll().has_value());
  CHECK(Entries(**engine, "t") == want);
}

// More streams than a row group has rows, and no moment to part them at.
TEST_CASE("seventy thousand streams of one entry at one moment are all there") {
  Machine machine;
  config::Limits limits;
  limits.max_global_streams_per_user = 0;
  machine.limits = config::TenantLimits(limits, {});
  auto engine = *machine.Open(true);
  constexpr int kBodies = 4;
#ifdef NARFI_SANITIZED
  constexpr int kStreams = 500;  // minutes otherwise
#else
  constexpr int kStreams = 18'000;
#endif
  for (int body = 0; body < kBodies; ++body) {
    std::string text = R"({"streams":[)";
    for (int i = 0; i < kStreams; ++i) {
      text += fmt::format(R"({}{{"stream":{{"app":"a{}"}},"values":[["{}","line {}"]]}})",
                          i == 0 ? "" : ",", body * kStreams + i, kNow, i);
    }
    REQUIRE(Push(*engine, "t", text + "]}").status == 204);
  }
  CHECK(PhysicalRows(*engine, "t") == kBodies * kStreams);
  REQUIRE(engine->FlushAll().has_value());
  CHECK(PhysicalRows(*engine, "t") == kBodies * kStreams);
  engine.reset();
  CHECK(PhysicalRows(**machine.Open(), "t") == kBodies * kStreams);
}

TEST_CASE("a push of which some was refused is replayed without it") {
  Machine machine;
  const std::map<std::string, int> want = {{"web@1 fine", 1}};
  {
    const auto engine = machine.Open();
    const std::string body = fmt::format(
        R"({{"streams":[{{"stream":{{"app":"web"}},"values":[["{}","old"],["{}","fine"]]}}]}})", 1,
        kNow + 1);
    const PushAnswer answer = Push(**engine, "t", body);
    CHECK(answer.status == 400);
    CHECK(answer.entries == 2);
    CHECK(answer.accepted == std::vector<std::pair<uint32_t, uint32_t>>{{1, 1}});
    CHECK(CountAccepted(answer) == 1);
    CHECK(Entries(**engine, "t") == want);
  }
  CHECK(Entries(**machine.Open(), "t") == want);
}

TEST_CASE("the out-of-order window holds across flush and restart") {
  Machine machine;
  const auto open = [&] {
    Engine::Options options;
    options.root = "/data";
    options.index_folder = machine.folder.path() + "/w" + std::to_string(machine.openings++);
    options.has_flusher = false;
    options.out_of_order_window_ns = 1000;
    return Engine::Open(options, machine.limits, machine.fs, machine.clock);
  };
  {
    const auto engine = open();
    CHECK(Push(**engine, "t", Body("web", kNow, "newest")).status == 204);
    CHECK(Push(**engine, "t", Body("web", kNow - 1000, "in the window")).status == 204);
    CHECK(Push(**engine, "t", Body("web", kNow - 1001, "behind it")).status == 400);
    REQUIRE((*engine)->FlushAll().has_value());
    CHECK(Push(**engine, "t", Body("web", kNow - 1001, "behind it")).status == 400);
  }
  const auto engine = open();
  CHECK(Push(**engine, "t", Body("web", kNow - 1001, "behind it")).status == 400);
  CHECK(Entries(**engine, "t").size() == 2);
}

TEST_CASE("a second engine on the same root is refused, and so is a folder of something else") {
  Machine machine;
  {
    const auto engine = machine.Open();
    REQUIRE(engine.has_value());
    const auto second = machine.Open();
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().text.find("another process") != std::string::npos);
  }
  FaultyFileSystem other;
  const auto file = *other.Create("/data/photo.jpg");
  Engine::Options options;
  options.root = "/data";
  options.index_folder = machine.folder.path() + "/x";
  const auto refused = Engine::Open(options, machine.limits, other, machine.clock);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().text.find("photo.jpg") != std::string::npos);
}

// Pushes, flushes and pushes again; the power goes at the n-th operation, for every n. Whatever was
// answered with 204 must be there exactly once after the machine is back, and what was not answered
// there once or not at all.
TEST_CASE("no power cut loses an acknowledged line") {
  for (const auto tail : {FaultyFileSystem::Tail::kNothing, FaultyFileSystem::Tail::kHalf,
                          FaultyFileSystem::Tail::kAll}) {
    bool ended = false;
    for (int64_t cut = 0; !ended; ++cut) {
      CAPTURE(cut);
      Machine machine;
      machine.wal_file_bytes = 1;  // a file for every push: those that a flush covers go
      std::map<std::string, int> sent;
      std::map<std::string, int> acknowledged;
      machine.fs.FailAfter(cut);
      {
        const auto engine = machine.Open();
        const auto send = [&](int from, int to) {
          for (int i = from; i < to; ++i) {
            const std::string key = fmt::format("a{}@{} line", i % 2, i);
            sent[key] = 1;
            if (Push(**engine, "t", Body(fmt::format("a{}", i % 2), kNow + i, "line")).status ==
                204)
              acknowledged[key] = 1;
          }
        };
        if (engine.has_value()) {
          send(0, 3);
          const bool flushed = (*engine)->FlushAll().has_value();
          send(3, 5);
          ended = flushed && (*engine)->FlushAll().has_value() && acknowledged.size() == 5;
        }
      }
      machine.fs.PowerCut(tail);
      const auto engine = machine.Open();
      REQUIRE(engine.has_value());
      const auto found = Entries(**engine, "t");
      // Once in heads or in a segment, not in both: every line was sent once.
      CHECK(PhysicalRows(**engine, "t") == found.size());
      for (const auto& [key, count] : found) CHECK(sent.contains(key));
      for (const auto& [key, count] : acknowledged) CHECK(found.contains(key));
      // And it goes on working.
      CHECK(Push(**engine, "t", Body("again", kNow, "line")).status == 204);
      REQUIRE((*engine)->FlushAll().has_value());
      CHECK(Entries(**engine, "t").size() == found.size() + 1);
      REQUIRE(cut < 500);
    }
  }
}

TEST_CASE("replay unpacks a log that is larger than the heads may be") {
  Machine machine;
  size_t count = 0;
  {
    Engine::Options options;
    options.root = "/data";
    options.index_folder = machine.folder.path() + "/big";
    options.has_flusher = false;
    const auto engine = Engine::Open(options, machine.limits, machine.fs, machine.clock);
    for (int i = 0; i < 200; ++i) {
      std::string line;
      std::mt19937_64 random(static_cast<uint64_t>(i));
      for (int n = 0; n < 600; ++n) line += fmt::format("{:016x}", random());
      REQUIRE(Push(**engine, "t", Body("web", kNow + i, line)).status == 204);
      ++count;
    }
  }
  Engine::Options options;
  options.root = "/data";
  options.index_folder = machine.folder.path() + "/big2";
  options.memory_budget = 2 << 20;
  options.has_flusher = false;
  const auto engine = Engine::Open(options, machine.limits, machine.fs, machine.clock);
  REQUIRE(engine.has_value());
  CHECK((*engine)->manifest_state()->segments.size() > 1);
  CHECK(Entries(**engine, "t").size() == count);
}

TEST_CASE("over the memory for heads pushes get 429 and a time to come back") {
  Machine machine;
  Engine::Options options;
  options.root = "/data";
  options.index_folder = machine.folder.path() + "/full";
  options.memory_budget = 1 << 20;
  options.has_flusher = false;
  const auto engine = Engine::Open(options, machine.limits, machine.fs, machine.clock);
  PushAnswer answer;
  std::mt19937_64 random(1);
  for (int i = 0; i < 100 && answer.status == 204; ++i) {
    std::string line;
    for (int n = 0; n < 1000; ++n) line += fmt::format("{:016x}", random());
    answer = Push(**engine, "t", Body("web", kNow + i, line));
  }
  CHECK(answer.status == 429);
  CHECK(answer.retry_after_seconds > 0);
  REQUIRE((*engine)->FlushAll().has_value());
  CHECK(Push(**engine, "t", Body("web", kNow, "small")).status == 204);
}

TEST_CASE("a stream named many times in a push is one stream") {
  Machine machine;
  machine.limits = config::TenantLimits(
      [] {
        config::Limits limits;
        limits.max_global_streams_per_user = 2;
        return limits;
      }(),
      {});
  const auto engine = machine.Open();
  std::string streams;
  for (int i = 0; i < 10; ++i)
    streams += fmt::format(R"({}{{"stream":{{"app":"web"}},"values":[["{}","l"]]}})",
                           i == 0 ? "" : ",", kNow + i);
  CHECK(Push(**engine, "t", R"({"streams":[)" + streams + "]}").status == 204);
  CHECK(Push(**engine, "t", Body("db", kNow, "x")).status == 204);
  CHECK(Push(**engine, "t", Body("cache", kNow, "x")).status == 429);
  CHECK(Entries(**engine, "t").size() == 11);
}

TEST_CASE("a tenant with a name of many dots is flushed like any other") {
  Machine machine;
  const auto engine = machine.Open();
  const std::string tenant = "a" + std::string(149, '.');
  CHECK(Push(**engine, tenant, Body("web", kNow, "x")).status == 204);
  REQUIRE((*engine)->FlushAll().has_value());
  for (const std::string& path : machine.fs.Files()) {
    for (size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
      end = path.find('/', begin);
      CHECK(path.substr(begin, end - begin).size() <= 255);
    }
  }
  CHECK(Entries(**engine, tenant).size() == 1);
}

TEST_CASE("a flush that fails leaves no files behind and is tried again") {
  Machine machine;
  const auto engine = machine.Open();
  REQUIRE(Push(**engine, "t", Body("web", kNow, "x")).status == 204);
  const size_t files = machine.fs.Files().size();
  machine.fs.SetFull(true);
  CHECK_FALSE((*engine)->FlushAll().has_value());
  machine.fs.SetFull(false);
  CHECK(machine.fs.Files().size() == files);
  CHECK(Entries(**engine, "t").size() == 1);
  REQUIRE((*engine)->FlushAll().has_value());
  CHECK(Entries(**engine, "t").size() == 1);
}

TEST_CASE("pushes, flushes and queries at once see every entry exactly once") {
  Machine machine;
  const auto engine = machine.Open(true);
  REQUIRE(engine.has_value());
  REQUIRE((*engine)->WaitReady(INT64_MAX).has_value());
  constexpr int kPushers = 3;
  constexpr int kEach = 120;
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
  bool sane = true;
  while (answered < kPushers * kEach) {
    const int before = answered;
    const auto found = Entries(**engine, "t");
    sane = sane && static_cast<int>(found.size()) >= before;
    sane = sane && PhysicalRows(**engine, "t") >= found.size();
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(sane);
  CHECK(Entries(**engine, "t").size() == kPushers * kEach);
  CHECK(PhysicalRows(**engine, "t") == kPushers * kEach);
}

}  // namespace
}  // namespace narfi::ingest
