#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>

#include "base/duration.h"
#include "base/pool.h"
#include "query/exec/line_pattern.h"
#include "query/patterns/pattern_scan.h"
#include "query/patterns/pattern_writer.h"
#include "tests/query/support/memory_source.h"
#include "tests/support/pattern_lines.h"

namespace narfi::query_test {
namespace {

using query::LogPattern;

constexpr int64_t kStep = 1'000'000'000;

std::vector<LogPattern> Find(MemorySource& source, int64_t end_ns = INT64_MAX,
                             int64_t step_ns = kStep, std::vector<LabelPredicate> predicates = {}) {
  static Pool pool("test", 2);
  auto found = query::FindPatterns(source, pool,
                                   {{"fake", std::move(predicates), 0, end_ns}, step_ns, SIZE_MAX},
                                   [](const query::ScanUse&) { return Status(); });
  REQUIRE_MESSAGE(found.has_value(), found.error().text);
  return *found;
}

TestStream StreamOf(const std::vector<std::string>& lines, std::string app = "a") {
  TestStream stream;
  stream.labels = Labels(std::vector<Label>{{"app", std::move(app)}});
  for (size_t i = 0; i < lines.size(); ++i)
    stream.entries.push_back({static_cast<int64_t>(i) * kStep, lines[i], {}});
  return stream;
}

std::vector<std::string> TextsOf(const std::vector<std::string>& lines) {
  MemorySource source;
  source.AddColumnar({StreamOf(lines)}, 1000);
  std::vector<std::string> out;
  for (const LogPattern& pattern : Find(source)) out.push_back(pattern.text);
  return out;
}

// The same, line by line.
std::vector<std::string> TextsOfRows(const std::vector<std::string>& lines) {
  MemorySource source;
  source.Add(StreamOf(lines), {50, 3, 0, 1});
  std::vector<std::string> out;
  for (const LogPattern& pattern : Find(source)) out.push_back(pattern.text);
  return out;
}

using Texts = std::vector<std::string>;

TEST_CASE("what varies in JSON lines is a capture, and what does not is kept") {
  CHECK(
      TextsOf(
          {R"({"ts":"2026-11-20T10:00:00Z","level":"INFO","message":"user 17 logged in","ms":7})",
           R"({"ts":"2026-11-20T10:00:01Z","level":"INFO","message":"user 18 logged in","ms":9})"}) ==
      Texts{R"({"ts":"<_>","level":"INFO","message":"user <_> logged in","ms":<_>})"});
}

TEST_CASE("a value with a digit is a constant when it is the same in many lines") {
  const std::string line = R"({"version":"v2","message":"started"})";
  CHECK(TextsOf({line}) == Texts{R"({"version":"<_>","message":"started"})"});
  CHECK(TextsOf(std::vector<std::string>(10, line)).size() == 1);
  std::vector<std::string> many;
  for (int i = 0; i < 10; ++i) many.push_back(line);
  CHECK(TextsOf(many) == Texts{line});
}

TEST_CASE("numbers of many digits make no other pattern") {
  std::vector<std::string> lines;
  for (int i = 0; i < 30; ++i) {
    for (const char* number : {"0.40570212582512033", "0.00023359792255639444", "8.5e-05", "1e-100",
                               "18446744073709551615"})
      lines.push_back(R"({"msg":"done","ok":)" + std::string(i % 7 == 0 ? "false" : "true") +
                      R"(,"ratio":)" + number + "}");
  }
  const Texts wanted{R"({"msg":"done","ok":<_>,"ratio":<_>})"};
  CHECK(TextsOf(lines) == wanted);
  CHECK(TextsOfRows(lines) == wanted);
}

TEST_CASE("messages are told apart by few words, and not by many") {
  std::vector<std::string> lines;
  for (const char* word : {"created", "paid", "shipped"})
    lines.push_back(std::string("order ") + word);
  CHECK(TextsOf(lines).size() == 3);
  lines.clear();
  for (char name = 'a'; name < 'm'; ++name) lines.push_back(std::string("user ") + name + " left");
  CHECK(TextsOf(lines) == Texts{"user <_> left"});
}

TEST_CASE("text and logfmt are words") {
  CHECK(TextsOf({"2026-11-20 10:00:00,123 INFO [main] took 7ms: ok",
                 "2026-11-20 10:00:01,001 INFO [main] took 12ms: ok"}) ==
        Texts{"<_> INFO [main] took <_>: ok"});
  CHECK(TextsOf({R"(level=info msg="request done" user=alice17 took=31ms)",
                 R"(level=info msg="request done" user=bob18 took=7ms)"}) ==
        Texts{R"(level=info msg="request done" user=<_> took=<_>)"});
  CHECK(TextsOf({"", "   "}) == Texts{"   "});
}

TEST_CASE("values that hide the end of a capture are taken with their quotes") {
  CHECK(TextsOf({R"({"a":"","b":"x"})", R"({"a":"y","b":"x"})"}) == Texts{R"({"a":<_>,"b":"x"})"});
  CHECK(TextsOf({R"({"a":"x","b":"\"}"})", R"({"a":"x","b":"y"})"}) ==
        Texts{R"({"a":"x","b":<_>)"});
  CHECK(TextsOf({R"({"a":["},"],"b":1})", R"({"a":[2],"b":1})"}) == Texts{R"({"a":<_>,"b":<_>})"});
}

TEST_CASE("text that looks like a capture becomes one") {
  CHECK(TextsOf({"open <body> now"}) == Texts{"open <_> now"});
  CHECK(TextsOf({"<_>"}) == Texts{"<_>"});
  // The c behind it is one that the capture may have.
  CHECK(TextsOf({"<abc>c"}) == Texts{"<_>"});
}

TEST_CASE("entries have the level that was detected, and lines that are hidden do not count") {
  MemorySource source;
  TestStream stream = StreamOf({"one", "one", "one", "one"});
  stream.entries[1].metadata = {{"detected_level", "info"}};
  source.AddColumnar({stream}, 1000);
  auto found = Find(source);
  REQUIRE(found.size() == 2);
  CHECK(found[0].level == "unknown");
  CHECK(found[0].samples == query::StepCounts::Counts{{0, 1}, {2, 1}, {3, 1}});
  CHECK(found[1].level == "info");
  CHECK(Find(source, 3 * kStep)[0].lines == 2);
  source.set_hidden({{2 * kStep, 2 * kStep}});
  CHECK(Find(source)[0].samples == query::StepCounts::Counts{{0, 1}, {3, 1}});
}

TEST_CASE("a scan says what it holds and stops when it is told to") {
  MemorySource source;
  TestStream stream;
  stream.labels = Labels(std::vector<Label>{{"app", "a"}});
  // Words of letters alone, so that no two messages are alike in more than their marks.
  std::mt19937 random(1);
  for (int64_t i = 0; i < 60'000; ++i) {
    std::string line;
    for (int word = 0; word < 12; ++word) {
      for (int letter = 0; letter < 12; ++letter) line += static_cast<char>('a' + random() % 26);
      line += random() % 2 == 0 ? ' ' : ',';
    }
    stream.entries.push_back({i * kStep / 100, std::move(line), {}});
  }
  source.AddColumnar({stream}, 60'000);
  Pool pool("test", 2);
  std::atomic<uint64_t> most = 0;
  const query::PatternRequest request{{"fake", {}, 0, INT64_MAX}, 10 * kStep, 300};
  const auto found = query::FindPatterns(source, pool, request, [&](const query::ScanUse& use) {
    most = std::max(most.load(), use.held_bytes);
    return Status();
  });
  REQUIRE(found.has_value());
  CHECK(found->size() == 300);
  CHECK(most.load() < 3 * query::kMaxTableBytes);
  const auto stopped = query::FindPatterns(
      source, pool, request,
      [](const query::ScanUse&) -> Status { return Fail(Code::kDeadline, "too late"); });
  REQUIRE(!stopped.has_value());
  CHECK(stopped.error().text == "too late");
}

// Every line stands at a second of its own, so that the samples of a pattern name its lines.
void CheckFound(const std::vector<LogPattern>& found, const std::vector<TestStream>& streams) {
  std::map<int64_t, std::string> lines;
  for (const TestStream& stream : streams) {
    for (const TestEntry& entry : stream.entries) lines[entry.time_ns / kStep] = entry.line;
  }
  std::set<int64_t> counted;
  for (const LogPattern& pattern : found) {
    CAPTURE(pattern.text);
    const auto compiled = query::CompilePattern(pattern.text);
    CHECK(logql::CheckNeighbours(logql::SplitPattern(pattern.text)).has_value());
    CHECK(pattern.text.size() <= query::kMaxPattern + 3);
    for (const auto& [second, count] : pattern.samples) {
      CAPTURE(lines[second]);
      CHECK(count == 1);
      CHECK(counted.insert(second).second);
      CHECK(compiled.Matches(lines[second]));
    }
  }
  for (const auto& [second, line] : lines) {
    CAPTURE(line);
    CHECK((counted.contains(second) || line.empty()));
  }
}

std::string Print(const std::vector<LogPattern>& found) {
  std::string out;
  for (const LogPattern& pattern : found)
    out += pattern.level + " " + std::to_string(pattern.lines) + " " + pattern.text + "\n";
  return out;
}

TEST_CASE(
    "a pattern matches each line that it counts, each line counts once, however it is stored") {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::vector<TestStream> streams(3);
    for (size_t s = 0; s < streams.size(); ++s)
      streams[s].labels = Labels(std::vector<Label>{{"app", std::to_string(s)}});
    for (int64_t second = 0; second < 300; ++second) {
      TestEntry entry{second * kStep, testing::PatternLine(random), {}};
      if (random() % 3 == 0) entry.metadata = {{"detected_level", random() % 2 ? "info" : "warn"}};
      streams[random() % streams.size()].entries.push_back(std::move(entry));
    }
    MemorySource columns;
    columns.AddColumnar(streams, 400);
    const std::vector<LogPattern> found = Find(columns);
    CheckFound(found, streams);
    CHECK(Print(Find(columns)) == Print(found));
    MemorySource lines;
    for (const TestStream& stream : streams) lines.Add(stream, {50, 3, 20, seed});
    CHECK(Print(Find(lines)) == Print(found));
    MemorySource pieces;
    pieces.AddColumnar(streams, 90, 0, 10, seed);
    CHECK(Print(Find(pieces)) == Print(found));
    MemorySource doubted;
    doubted.AddColumnar(streams, 90, 2, 0, seed);
    CheckFound(Find(doubted), streams);
  }
}

std::string PrintSamples(const std::vector<LogPattern>& found) {
  std::string out;
  for (const LogPattern& pattern : found) {
    out += pattern.level + ' ' + pattern.text + ':';
    for (const auto& [step, count] : pattern.samples)
      out += ' ' + std::to_string(step) + '=' + std::to_string(count);
    out += '\n';
  }
  return out;
}

TEST_CASE("what row groups keep of themselves answers by any step, for any streams and any time") {
  std::mt19937 random(7);
  std::vector<TestStream> streams(3);
  for (size_t s = 0; s < streams.size(); ++s)
    streams[s].labels = Labels(std::vector<Label>{{"app", std::to_string(s)}});
  for (int64_t second = 0; second < 900; ++second)
    streams[random() % streams.size()].entries.push_back(
        {second * kStep, testing::PatternLine(random), {}});
  const auto is_app = [](std::string app) {
    return std::vector<LabelPredicate>{
        {"app", true, app, [app](std::string_view value) { return value == app; }}};
  };
  MemorySource asked_before;
  asked_before.AddColumnar(streams, 100);
  for (const int round : {1, 2}) {
    CAPTURE(round);
    for (const int64_t step_s : {1, 7, 10, 20, 60, 120}) {
      for (const int64_t end_s : {900, 450}) {
        for (const char* app : {"", "0", "1"}) {
          CAPTURE(step_s);
          CAPTURE(end_s);
          CAPTURE(app);
          const auto predicates = *app == 0 ? std::vector<LabelPredicate>{} : is_app(app);
          MemorySource fresh;
          fresh.AddColumnar(streams, 100);
          CHECK(PrintSamples(Find(asked_before, end_s * kStep, step_s * kStep, predicates)) ==
                PrintSamples(Find(fresh, end_s * kStep, step_s * kStep, predicates)));
          MemorySource lines;
          for (const TestStream& stream : streams) lines.Add(stream, {50, 1, 0, 1});
          CHECK(PrintSamples(Find(asked_before, end_s * kStep, step_s * kStep, predicates)) ==
                PrintSamples(Find(lines, end_s * kStep, step_s * kStep, predicates)));
        }
      }
    }
  }
}

TEST_CASE("messages with many names are one pattern, whatever is joined first") {
  std::mt19937 random(3);
  std::vector<std::string> names;
  for (int i = 0; i < 60; ++i) {
    std::string name;
    for (int letter = 0; letter < 6; ++letter) name += static_cast<char>('a' + random() % 26);
    names.push_back(std::move(name));
  }
  std::vector<std::string> lines;
  for (int i = 0; i < 12'000; ++i) {
    const std::string& name = names[random() % names.size()];
    const std::string& other = names[random() % names.size()];
    lines.push_back((i % 2 == 0 ? "cache hit " : "cache miss ") + name + ':' + other);
  }
  for (const uint32_t rows : {12'000U, 3000U, 700U, 80U}) {
    CAPTURE(rows);
    MemorySource source;
    source.AddColumnar({StreamOf(lines)}, rows);
    Texts texts;
    for (const LogPattern& pattern : Find(source)) texts.push_back(pattern.text);
    CHECK(texts == Texts{"cache hit <_>", "cache miss <_>"});
  }
}

TEST_CASE("of many rows those that another one covers join it, and not one that is like them") {
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back("name" + std::to_string(i));
  for (const bool backwards : {false, true}) {
    std::vector<query::WordRow> rows;
    for (const char* outcome : {"hit", "miss"}) {
      rows.push_back({{{"cache"}, {outcome}, {}, {}}, 1000});
      // No two of them differ in one place alone.
      for (size_t i = 0; i < names.size(); ++i)
        rows.push_back({{{"cache"}, {outcome}, {names[i]}, {names[39 - i]}}, 1});
    }
    if (backwards) std::reverse(rows.begin(), rows.end());
    const auto groups = query::GroupRows(rows, {});
    REQUIRE(groups.has_value());
    REQUIRE(groups->words.size() == 2);
    for (size_t i = 0; i < rows.size(); ++i)
      CHECK(groups->words[groups->of_row[i]][1].text == rows[i].words[1].text);
  }
}

TEST_CASE("row groups of which columns tell nothing are read once, and answer alike from then on") {
  TestStream stream;
  stream.labels = Labels(std::vector<Label>{{"app", "a"}});
  for (int64_t i = 0; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    stream.entries.push_back(
        {i * kSecond, (i % 2 == 0 ? "started job " : "job stopped: ") + number, {}});
  }
  MemorySource source;
  source.AddColumnar({stream}, 1000, 100);
  Pool pool("test", 2);
  const auto find = [&](int64_t end_ns) {
    auto found = query::FindPatterns(source, pool, {{"fake", {}, 0, end_ns}, kMinute, 300},
                                     [](const auto&) { return Status(); });
    REQUIRE(found.has_value());
    std::map<std::string, uint64_t> lines;
    for (const query::LogPattern& pattern : *found) lines[pattern.text] += pattern.lines;
    return lines;
  };
  const auto first = find(INT64_MAX);
  CHECK(first ==
        std::map<std::string, uint64_t>{{"job stopped: <_>", 1500}, {"started job <_>", 1500}});
  const uint64_t reads = source.counts().line_reads;
  CHECK(reads > 0);
  CHECK(find(INT64_MAX) == first);
  CHECK(source.counts().line_reads == reads);
  // Of a part of a row group nothing is kept.
  CHECK(find(2500 * kSecond).at("started job <_>") == 1250);
  CHECK(source.counts().line_reads > reads);
}

}  // namespace
}  // namespace narfi::query_test
