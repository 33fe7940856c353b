#include <doctest/doctest.h>

#include <algorithm>

#include "tests/query/support/query_fixture.h"

namespace narfi::query_test {
namespace {

// The lines of an answer in its order, whatever stream they are of.
std::vector<std::string> LinesInPlace(const query::QueryResult& result) {
  std::vector<std::pair<uint64_t, std::string>> placed;
  for (const query::LogStream& stream : std::get<query::StreamsResult>(result.data).streams) {
    for (const query::LogEntry& entry : stream.entries)
      placed.emplace_back(entry.place, entry.line);
  }
  std::sort(placed.begin(), placed.end());
  std::vector<std::string> lines;
  for (auto& [place, line] : placed) lines.push_back(std::move(line));
  return lines;
}

TEST_CASE("Log queries give the newest entries first, start inclusive and end exclusive") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {"a", "b", "c", "d"});
  f.request.start_ns = kTestSecond;
  f.request.end_ns = 3 * kTestSecond;
  CHECK(f.Text(R"({app="x"})") == "{app=\"x\"} 2s c\n{app=\"x\"} 1s b\n");
  f.request.direction = query::Direction::kForward;
  CHECK(f.Text(R"({app="x"})") == "{app=\"x\"} 1s b\n{app=\"x\"} 2s c\n");
  f.request.limit = 1;
  CHECK(f.Text(R"({app="x"})") == "{app=\"x\"} 1s b\n");
  f.request.limit = 0;
  CHECK(f.Text(R"({app="x"})") == "");
}

TEST_CASE("The limit holds over all streams together") {
  QueryFixture f;
  f.Add({{"app", "x"}, {"n", "1"}}, {"a0", "a1", "a2"});
  f.Add({{"app", "x"}, {"n", "2"}}, {"b0", "b1"});
  f.request.limit = 3;
  CHECK(f.Text(R"({app="x"})") ==
        "{app=\"x\",n=\"1\"} 2s a2\n{app=\"x\",n=\"1\"} 1s a1\n{app=\"x\",n=\"2\"} 1s b1\n");
}

TEST_CASE("A query with a limit leaves old runs unread") {
  QueryFixture f;
  std::vector<std::string> lines(5000, "line");
  Layout layout;
  layout.rows_per_run = 100;
  f.Add({{"app", "x"}}, lines, layout);
  f.request.end_ns = 10'000 * kTestSecond;
  f.request.limit = 150;
  const auto result = f.Run(R"({app="x"})");
  REQUIRE(result.has_value());
  CHECK(result->stats.entries_returned == 150);
  CHECK(result->stats.total().runs == 50);
  CHECK(result->stats.total().runs_read == 2);
  CHECK(result->stats.runs_skipped_limit == 48);
  CHECK(result->stats.total().lines == 200);
}

TEST_CASE("Entries of overlapping runs that are equal are one") {
  QueryFixture f;
  TestStream stream;
  stream.labels = Labels(std::vector<Label>{{"app", "x"}});
  stream.entries = {{0, "a", {}}, {0, "b", {}}, {kTestSecond, "c", {}}};
  f.source.Add(stream, {.origin = storage::Origin::kHead});
  stream.entries = {{0, "b", {}}, {0, "a", {{"m", "1"}}}, {2 * kTestSecond, "d", {}}};
  f.source.Add(stream);
  for (const bool forward : {true, false}) {
    f.request.direction = forward ? query::Direction::kForward : query::Direction::kBackward;
    const auto result = f.Run(R"({app="x"})");
    REQUIRE(result.has_value());
    CHECK(result->stats.entries_returned == 5);
    CHECK(result->stats.duplicates == 1);
    // Of equal entries the first that is met counts.
    const query::ReadStats& head = result->stats.of(storage::Origin::kHead);
    const query::ReadStats& segment = result->stats.of(storage::Origin::kSegment);
    CHECK(head.lines == (forward ? 3 : 2));
    CHECK(segment.lines == (forward ? 2 : 3));
    CHECK(head.matched == head.lines);
    CHECK(head.bytes == head.lines);
    CHECK(segment.bytes == segment.lines + 2);
    CHECK(segment.metadata_bytes == 2);
    CHECK(head.runs == 1);
    CHECK(segment.runs_read == 1);
  }
  f.request.direction = query::Direction::kForward;
  CHECK(f.Text(R"({app="x", m=""})") ==
        "{app=\"x\"} 0s a\n{app=\"x\"} 0s b\n{app=\"x\"} 1s c\n{app=\"x\"} 2s "
        "d\n{app=\"x\",m=\"1\"} 0s a\n");
  f.request.is_instant = true;
  f.request.end_ns = 10 * kTestSecond;
  CHECK(f.Text(R"(sum(count_over_time({app="x"}[1m])))") == "{} 5\n");
}

TEST_CASE("Equal times keep the order of arrival, and backward is the exact reverse") {
  QueryFixture f;
  TestStream stream;
  stream.labels = Labels(std::vector<Label>{{"app", "x"}});
  stream.entries = {{0, "z", {}}, {0, "a", {}}, {0, "m", {}}};
  f.source.Add(stream);
  f.request.direction = query::Direction::kForward;
  CHECK(f.Text(R"({app="x"})") == "{app=\"x\"} 0s z\n{app=\"x\"} 0s a\n{app=\"x\"} 0s m\n");
  f.request.direction = query::Direction::kBackward;
  CHECK(f.Text(R"({app="x"})") == "{app=\"x\"} 0s m\n{app=\"x\"} 0s a\n{app=\"x\"} 0s z\n");
}

TEST_CASE(
    "Of streams that tie, a limit takes the same ones whatever the layout and the direction") {
  const auto cut = [](std::vector<std::string> values, uint32_t rows_per_run, bool forward) {
    QueryFixture f;
    Layout layout;
    layout.rows_per_run = rows_per_run;
    for (const std::string& value : values)
      f.Add({{"app", "dups"}, {"n", value}, {"service_name", "dups"}}, {"a", "b", "c"}, layout);
    f.request.direction = forward ? query::Direction::kForward : query::Direction::kBackward;
    f.request.limit = 1;
    return f.Text(R"({app="dups"})");
  };
  // The hash of n="2" is the lower one; a real Loki keeps that one too (case log_params-010).
  for (const uint32_t rows : {1u, 1000u}) {
    const std::string labels = "{app=\"dups\",n=\"2\",service_name=\"dups\"}";
    CHECK(cut({"1", "2"}, rows, true) == labels + " 0s a\n");
    CHECK(cut({"2", "1"}, rows, true) == labels + " 0s a\n");
    CHECK(cut({"1", "2"}, rows, false) == labels + " 2s c\n");
    CHECK(cut({"2", "1"}, rows, false) == labels + " 2s c\n");
  }
}

TEST_CASE("An interval keeps at most one entry in each stretch of time") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {"0", "1", "2", "3", "4", "5"});
  f.request.interval_ns = 2 * kTestSecond;
  f.request.direction = query::Direction::kForward;
  f.request.limit = 2;
  CHECK(f.Text(R"({app="x"})") == "{app=\"x\"} 0s 0\n{app=\"x\"} 2s 2\n");
  f.request.direction = query::Direction::kBackward;
  f.request.limit = 10;
  CHECK(f.Text(R"({app="x"})") == "{app=\"x\"} 5s 5\n{app=\"x\"} 3s 3\n{app=\"x\"} 1s 1\n");
}

TEST_CASE("Categorized answers group by stream labels and tell metadata from parsed fields") {
  QueryFixture f;
  TestStream stream;
  stream.labels = Labels({{"app", "x"}, {"env", "prod"}});
  stream.entries = {{0, "level=info env=inner", {{"tid", "1"}}},
                    {kTestSecond, "level=warn", {{"tid", "2"}}}};
  f.source.Add(stream);
  f.request.categorize = true;
  const auto result = f.Run(R"({app="x"} | logfmt | drop app)");
  REQUIRE(result.has_value());
  const auto& streams = std::get<query::StreamsResult>(result->data).streams;
  REQUIRE(streams.size() == 1);
  CHECK(ToText(streams[0].labels) == "{env=\"prod\"}");
  REQUIRE(streams[0].entries.size() == 2);
  const query::LogEntry& oldest = streams[0].entries[1];
  REQUIRE(oldest.metadata.size() == 1);
  CHECK(oldest.metadata[0] == query::Field{"tid", "1"});
  REQUIRE(oldest.parsed.size() == 2);
  CHECK(oldest.parsed[0] == query::Field{"env_extracted", "inner"});
  CHECK(oldest.parsed[1] == query::Field{"level", "info"});
}

// Entries of four streams at one moment, 40 each, with others before and behind it.
void AddCrowd(QueryFixture& f, uint32_t repeat_percent) {
  for (int n = 0; n < 4; ++n) {
    TestStream stream;
    stream.labels = Labels({{"app", "x"}, {"n", std::to_string(n)}});
    stream.entries.push_back({4 * kTestSecond, "before", {}});
    for (int i = 0; i < 40; ++i)
      stream.entries.push_back({5 * kTestSecond, std::to_string(n * 100 + i) + " line", {}});
    stream.entries.push_back({6 * kTestSecond, "behind", {}});
    f.source.Add(stream, {.rows_per_run = 7, .scatter = 3, .repeat_percent = repeat_percent});
  }
}

TEST_CASE("A moment comes in pages of any size, each entry once and in the order of one answer") {
  for (const auto direction : {query::Direction::kForward, query::Direction::kBackward}) {
    QueryFixture f;
    AddCrowd(f, 20);
    f.request.direction = direction;
    f.request.start_ns = 5 * kTestSecond;
    f.request.end_ns = 5 * kTestSecond + 1;
    const std::string query = R"({app="x"} != "13 line" | keep app)";
    const auto whole = f.Run(query);
    REQUIRE(whole.has_value());
    const std::vector<std::string> want = LinesInPlace(*whole);
    REQUIRE(want.size() == 156);
    for (const uint64_t size : {1, 7, 156, 500}) {
      CAPTURE(size);
      f.request.limit = size;
      f.request.moment.emplace();
      std::vector<std::string> got;
      for (bool more = true; more && got.size() <= want.size();) {
        const auto page = f.Run(query);
        REQUIRE(page.has_value());
        const std::vector<std::string> lines = LinesInPlace(*page);
        got.insert(got.end(), lines.begin(), lines.end());
        more = lines.size() == size;
        f.request.moment->behind = std::get<query::StreamsResult>(page->data).last;
      }
      CHECK(got == want);
    }
  }
}

TEST_CASE("Nothing of a moment that is being given is lost when more arrives") {
  for (const auto direction : {query::Direction::kForward, query::Direction::kBackward}) {
    QueryFixture f;
    f.request.direction = direction;
    f.request.start_ns = 0;
    f.request.end_ns = 1;
    f.request.limit = 2;
    f.request.moment.emplace();
    TestStream stream;
    stream.labels = Labels(std::vector<Label>{{"app", "x"}});
    stream.entries = {{0, "a", {}}, {0, "b", {}}, {0, "c", {}}, {0, "d", {}}};
    f.source.Add(stream);
    const bool forward = direction == query::Direction::kForward;
    const auto first = f.Run(R"({app="x"})");
    REQUIRE(first.has_value());
    const auto& streams = std::get<query::StreamsResult>(first->data);
    f.request.moment->behind = streams.last;
    stream.entries = {{0, "e", {}}};
    f.source.Add(stream, {.origin = storage::Origin::kHead});
    f.request.limit = 10;
    const auto rest = f.Run(R"({app="x"})");
    REQUIRE(rest.has_value());
    // Backward what arrived last comes first: as many as came are given twice.
    CHECK(LinesInPlace(*rest) == (forward ? std::vector<std::string>{"c", "d", "e"}
                                          : std::vector<std::string>{"c", "b", "a"}));
  }
}

TEST_CASE("Log queries have no instant form") {
  QueryFixture f;
  f.request.is_instant = true;
  CHECK(f.Text(R"({app="x"})") ==
        "log queries are not supported as an instant query type, please change your query to a "
        "range query type");
}

TEST_CASE("One tenant does not see another's entries") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {"secret"});
  f.request.tenant = "other";
  CHECK(f.Text(R"({app="x"})") == "");
}

}  // namespace
}  // namespace narfi::query_test
