#include <doctest/doctest.h>
#include <malloc.h>

#include <atomic>
#include <climits>
#include <map>
#include <random>
#include <set>

#include "base/pool.h"
#include "query/patterns/pattern_scan.h"
#include "tests/query/support/memory_source.h"

namespace narfi::query_test {
namespace {

using query::PatternTable;

constexpr int64_t kStep = 1'000'000'000;

uint64_t Allocated() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Another allocator, a sanitizer's for one, counts elsewhere.
bool IsCounted() {
  const uint64_t before = Allocated();
  std::vector<char> some(1 << 20);
  volatile char* const used = some.data();  // so that it is really made
  used[0] = 1;
  return Allocated() - before >= some.size();
}

std::string Letters(std::mt19937& random, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += static_cast<char>('a' + random() % 26);
  return out;
}

// JSON lines of one shape in so many, with so many long values beside the message.
std::string WideLine(std::mt19937& random, uint32_t shapes, int values) {
  std::string line = "{\"shape" + std::to_string(random() % shapes) + "\":1";
  for (int i = 0; i < values; ++i)
    line += ",\"key" + std::to_string(i) + "\":\"" + Letters(random, 200) + '"';
  return line + ",\"message\":\"" + Letters(random, 8) + ' ' + Letters(random, 8) + "\"}";
}

void CheckHeld(uint32_t shapes, int values, int lines, uint32_t levels) {
  CAPTURE(shapes);
  CAPTURE(values);
  std::mt19937 random(1);
  const uint64_t before = Allocated();
  PatternTable table;
  uint64_t most = 0;
  for (int i = 0; i < lines; ++i) {
    const std::string line = WideLine(random, shapes, values);
    table.AddLine(line, std::string(100, 'l') + std::to_string(random() % levels), i);
    (void)table.Shrink();
    if (i % 64 != 0) continue;
    const uint64_t held = Allocated() - before;
    most = std::max(most, held);
    REQUIRE(held <= table.bytes() + (256 << 10));
  }
  CHECK(most < query::kMaxTableBytes + (1 << 20));
  // Nor does it say far too much.
  if (IsCounted()) CHECK(table.bytes() < 4 * (Allocated() - before) + (1 << 20));
}

TEST_CASE("a table of patterns holds no more than it says, whatever its lines are") {
  CheckHeld(1, 0, 40'000, 1);
  CheckHeld(1, 60, 3000, 1);
  CheckHeld(900, 2, 20'000, 10);
  CheckHeld(100'000, 1, 20'000, 100'000);
  CheckHeld(200, 40, 3000, 100'000);
}

TEST_CASE("a client's levels are told apart up to a number") {
  std::mt19937 random(1);
  MemorySource source;
  TestStream stream;
  stream.labels = Labels(std::vector<Label>{{"app", "a"}});
  for (int64_t i = 0; i < 2000; ++i) {
    const std::string level = i % 2 == 0 ? std::string(1000, 'x') : "level" + std::to_string(i);
    stream.entries.push_back({i * kStep, "a line", {{"detected_level", level}}});
  }
  source.AddColumnar({stream}, 100);
  Pool pool("test", 2);
  const auto found = query::FindPatterns(source, pool, {{"fake", {}, 0, INT64_MAX}, kStep, 300},
                                         [](const auto&) { return Status(); });
  REQUIRE(found.has_value());
  std::set<std::string> levels;
  uint64_t lines = 0;
  for (const query::LogPattern& pattern : *found) {
    levels.insert(pattern.level);
    lines += pattern.lines;
  }
  CHECK(levels.size() >= query::kMaxLevels);
  CHECK(levels.size() <= query::kMaxLevels + 1);
  CHECK(levels.contains("unknown"));
  CHECK(lines == 2000);
}

TEST_CASE("a table stops where it is told to, in whatever it does") {
  std::mt19937 random(1);
  int left = INT_MAX;
  const auto go_on = [&]() -> Status {
    if (left-- > 0) return {};
    return Fail(Code::kCancelled, "stop");
  };
  PatternTable table(query::kMaxTableBytes, go_on);
  PatternTable other(query::kMaxTableBytes, go_on);
  for (int64_t i = 0; i < 4000; ++i)
    table.AddLine(Letters(random, 1) + ' ' + Letters(random, 3), "info", 4000 - i);
  left = 1;
  const auto merged = other.Add(table);
  REQUIRE(!merged.has_value());
  CHECK(merged.error().text == "stop");
  left = 2;
  REQUIRE(!table.TakePatterns(300).has_value());
}

TEST_CASE("rows are grouped until they are told to stop") {
  std::mt19937 random(1);
  std::vector<query::WordRow> rows;
  std::vector<std::string> words;
  for (int i = 0; i < 2000 * 20; ++i) words.push_back(Letters(random, 2));
  for (size_t i = 0; i < 2000; ++i) {
    query::WordRow& row = rows.emplace_back();
    for (size_t word = 0; word < 20; ++word) row.words.push_back({words[20 * i + word]});
    row.lines = 1;
  }
  int asked = 0;
  const auto found = query::GroupRows(rows, [&] {
    ++asked;
    return Status();
  });
  REQUIRE(found.has_value());
  CHECK(found->words.size() <= query::kMostRows);
  CHECK(asked > 50);
  const auto stop = []() -> Status { return Fail(Code::kCancelled, "stop"); };
  CHECK(!query::GroupRows(rows, stop).has_value());
  CHECK(!query::GroupOftenDifferent(rows, stop).has_value());
}

TEST_CASE("lines are counted by step in whatever order they come") {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    query::StepCounts counts;
    query::StepCounts more;
    std::map<int64_t, uint64_t> wanted;
    for (int i = 0; i < 500; ++i) {
      const auto step = static_cast<int64_t>(round % 2 == 0 ? random() % 100 : 500 - i);
      (random() % 3 == 0 ? more : counts).Add(step, 1);
      ++wanted[step];
    }
    counts.Add(more);
    const query::StepCounts::Counts found = counts.Take();
    CHECK(std::map<int64_t, uint64_t>(found.begin(), found.end()) == wanted);
    CHECK(found.size() == wanted.size());
    CHECK(counts.Take().empty());
  }
}

TEST_CASE("a scan tells how many bytes it reads, or answers for by columns") {
  TestStream stream;
  stream.labels = Labels(std::vector<Label>{{"app", "a"}});
  uint64_t wanted = 0;
  for (int64_t i = 0; i < 3000; ++i) {
    stream.entries.push_back({i * kStep, "a line " + std::to_string(i), {}});
    wanted += stream.entries.back().line.size();
  }
  MemorySource columns;
  columns.AddColumnar({stream}, 500);
  MemorySource merged;
  merged.Add(stream, {50, 3, 0, 1});
  for (MemorySource* source : {&columns, &merged}) {
    Pool pool("test", 2);
    std::atomic<uint64_t> read = 0;
    const query::PatternRequest request{{"fake", {}, 0, INT64_MAX}, 10 * kStep, 300};
    REQUIRE(query::FindPatterns(*source, pool, request, [&](const query::ScanUse& use) {
              read += use.new_bytes_read;
              return Status();
            }).has_value());
    CHECK(read == wanted);
    const auto stopped =
        query::FindPatterns(*source, pool, request, [&](const query::ScanUse& use) -> Status {
          if (use.new_bytes_read == 0) return {};
          return Fail(Code::kLimit, "too many bytes");
        });
    REQUIRE(!stopped.has_value());
    CHECK(stopped.error().code == Code::kLimit);
  }
}

// Most that is allocated while a scan asks, and the most that it said it holds.
TEST_CASE("a scan says what it holds of row groups that have columns") {
  for (const uint32_t shapes : {1U, 900U}) {
    CAPTURE(shapes);
    std::mt19937 random(1);
    TestStream stream;
    stream.labels = Labels(std::vector<Label>{{"app", "a"}});
    for (int64_t i = 0; i < 4000; ++i)
      stream.entries.push_back({i * kStep, WideLine(random, shapes, 20), {}});
    MemorySource source;
    source.AddColumnar({stream}, 2000);
    stream.entries = {};
    Pool pool("test", 1);
    const query::PatternRequest request{{"fake", {}, 0, INT64_MAX}, 10 * kStep, 300};
    // What the row groups remember of themselves is there after the first time.
    for (const bool first : {true, false}) {
      const uint64_t before = Allocated();
      std::atomic<uint64_t> most_over = 0;
      std::atomic<uint64_t> most_said = 0;
      REQUIRE(query::FindPatterns(source, pool, request, [&](const query::ScanUse& use) {
                const uint64_t held = Allocated() - std::min(before, Allocated());
                if (held > use.held_bytes)
                  most_over = std::max<uint64_t>(most_over, held - use.held_bytes);
                most_said = std::max<uint64_t>(most_said, use.held_bytes);
                return Status();
              }).has_value());
      if (first) continue;
      CHECK(most_over.load() == 0);
      CHECK(most_said.load() < 5 * query::kMaxTableBytes);
    }
  }
}

}  // namespace
}  // namespace narfi::query_test
