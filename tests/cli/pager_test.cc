#include "cli/pager.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/cli/support/fake_loki.h"

namespace narfi::cli {
namespace {

const Connection kConnection;
const std::atomic<bool> kNeverAborted{false};

std::vector<std::string> PageAll(FakeLoki& server, bool forward, uint64_t limit, uint64_t batch,
                                 std::vector<std::string>* warnings = nullptr) {
  Loki loki(kConnection, {server, kNeverAborted, [](int64_t) {}});
  RangeQuery range;
  range.query = "{}";
  range.end_ns = 1'000'000;
  range.forward = forward;
  std::vector<std::string> lines;
  Pager pager(range, limit, batch, [&](const RangeQuery& query) {
    return loki.QueryRange(query, JsonStyle::kIndented);
  });
  while (!pager.done()) {
    const auto answer = pager.Next();
    REQUIRE_MESSAGE(answer.has_value(), answer.error().text);
    if (warnings != nullptr) {
      warnings->insert(warnings->end(), answer->warnings.begin(), answer->warnings.end());
    }
    int64_t last = forward ? INT64_MIN : INT64_MAX;
    for (const LogEntry& entry : answer->entries) {
      CHECK((forward ? entry.time_ns >= last : entry.time_ns <= last));
      last = entry.time_ns;
      lines.push_back(std::to_string(entry.time_ns) + answer->streams[entry.stream][1].value +
                      entry.line);
    }
  }
  return lines;
}

// Every line once, whatever the batch, the direction and the number of equal times.
TEST_CASE("pages together are the whole answer, without doubles or gaps") {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    FakeLoki server;
    const int count = static_cast<int>(random() % 60);
    const int distinct_times = 1 + static_cast<int>(random() % 12);
    for (int i = 0; i < count; ++i) {
      server.entries.push_back({static_cast<int64_t>(random() % distinct_times),
                                "s" + std::to_string(random() % 3),
                                "line" + std::to_string(random() % 4)});  // equal lines happen
    }
    const uint64_t batch = 1 + random() % 9;
    for (const bool forward : {false, true}) {
      CAPTURE(round);
      CAPTURE(batch);
      CAPTURE(forward);
      std::vector<std::string> want = PageAll(server, forward, 0, 5000);
      CHECK(want.size() == server.entries.size());
      std::vector<std::string> got = PageAll(server, forward, 0, batch);
      std::sort(want.begin(), want.end());
      std::sort(got.begin(), got.end());
      CHECK(got == want);
    }
  }
}

TEST_CASE("a limit above the batch is kept to the line") {
  FakeLoki server;
  for (int i = 0; i < 100; ++i) server.entries.push_back({i / 3, "s", "line" + std::to_string(i)});
  for (const uint64_t limit : {1, 9, 10, 11, 50, 99, 100, 200}) {
    CAPTURE(limit);
    CHECK(PageAll(server, false, limit, 10).size() == std::min<uint64_t>(limit, 100));
  }
  CHECK(PageAll(server, true, 4, 3) ==
        std::vector<std::string>{"0sline0", "0sline1", "0sline2", "1sline3"});
}

TEST_CASE("no request is over the server's limit, and what it limits is learnt from its words") {
  for (const bool forward : {false, true}) {
    FakeLoki server;
    server.max_limit = 10;
    for (int i = 0; i < 100; ++i) {
      server.entries.push_back({i / 7, "s", "line" + std::to_string(i)});
    }
    CHECK(PageAll(server, forward, 0, 1000).size() == 100);
    CHECK(PageAll(server, forward, 0, 9).size() == 100);
    CHECK(PageAll(server, forward, 31, 9).size() == 31);
  }
}

TEST_CASE("an instant with more lines than the server gives is stepped past, with one warning") {
  for (const bool forward : {false, true}) {
    for (const uint64_t batch : {3, 10, 1000}) {
      CAPTURE(forward);
      CAPTURE(batch);
      FakeLoki server;
      server.max_limit = 10;
      server.entries.push_back({1, "s", "before"});
      for (int i = 0; i < 25; ++i) server.entries.push_back({2, "s", "x" + std::to_string(i)});
      server.entries.push_back({3, "s", "after"});
      std::vector<std::string> warnings;
      const auto lines = PageAll(server, forward, 0, batch, &warnings);
      CHECK(lines.size() == 12);
      CHECK(lines.front() == (forward ? "1sbefore" : "3safter"));
      CHECK(lines.back() == (forward ? "3safter" : "1sbefore"));
      CHECK(warnings == std::vector<std::string>{
                            "more lines have the time 1970-01-01T00:00:00.000000002Z than the "
                            "server gives in one answer (10): some of that instant are missing "
                            "here"});
    }
  }
}

TEST_CASE("a short page is the last request") {
  FakeLoki server;
  for (int i = 0; i < 7; ++i) server.entries.push_back({i, "s", "x"});
  CHECK(PageAll(server, false, 30, 1000).size() == 7);
  CHECK(server.requests.size() == 1);
}

}  // namespace
}  // namespace narfi::cli
