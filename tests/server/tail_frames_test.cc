#include "server/tail_frames.h"

#include <doctest/doctest.h>

#include <string>

namespace narfi::server {
namespace {

query::LogEntry Line(int64_t time_ns, std::string_view line) { return {time_ns, line, {}, {}}; }

query::QueryResult TwoStreams() {
  query::StreamsResult streams;
  streams.streams.push_back({{{"app", "a"}}, {Line(1, "one"), Line(2, "two"), Line(4, "four")}});
  streams.streams.push_back({{{"app", "b"}}, {Line(3, "three")}});
  query::QueryResult result;
  result.data = std::move(streams);
  return result;
}

TEST_CASE("entries of all streams are in order of time, neighbours of a stream together") {
  JsonTailFrames frames({}, TwoStreams(), query::Direction::kForward, {});
  CHECK(frames.Next() ==
        R"({"streams":[{"stream":{"app":"a"},"values":[["1","one"],["2","two"]]},)"
        R"({"stream":{"app":"b"},"values":[["3","three"]]},)"
        R"({"stream":{"app":"a"},"values":[["4","four"]]}],"dropped_entries":null})");
  CHECK(frames.done());
}

TEST_CASE("a backward result is turned round, equal times too") {
  query::StreamsResult streams;
  streams.streams.push_back(
      {{{"app", "a"}}, {Line(2, "last"), Line(1, "second"), Line(1, "first")}});
  query::QueryResult result;
  result.data = std::move(streams);
  JsonTailFrames frames({}, std::move(result), query::Direction::kBackward, {});
  CHECK(frames.Next() ==
        R"({"streams":[{"stream":{"app":"a"},"values":[["1","first"],["1","second"],)"
        R"(["2","last"]]}],"dropped_entries":null})");
}

TEST_CASE("dropped entries come with the first message, if need be with nothing else") {
  const auto labels = std::make_shared<const Labels>(std::vector<Label>{{"app", "a"}});
  JsonTailFrames frames({}, query::QueryResult(), query::Direction::kForward,
                        {{labels, 7}, {labels, 8}});
  CHECK_FALSE(frames.done());
  CHECK(frames.Next() ==
        R"({"streams":[],"dropped_entries":[{"labels":{"app":"a"},"timestamp":"7"},)"
        R"({"labels":{"app":"a"},"timestamp":"8"}]})");
  CHECK(frames.done());
}

TEST_CASE("the legacy form, and flags") {
  const auto labels = std::make_shared<const Labels>(std::vector<Label>{{"app", "b"}});
  JsonTailFrames legacy({.is_legacy = true, .flags = {"categorize-labels"}}, TwoStreams(),
                        query::Direction::kForward, {{labels, 1}});
  CHECK(legacy.Next().starts_with(
      R"({"streams":[{"labels":"{app=\"a\"}","entries":[{"ts":"1970-01-01T00:00:00.000000001Z","line":"one"},)"));
  JsonTailFrames flagged({.is_legacy = false, .flags = {"categorize-labels"}}, TwoStreams(),
                         query::Direction::kForward, {});
  const std::string text = flagged.Next();
  CHECK(text.find(R"(["3","three",{}])") != std::string::npos);
  CHECK(text.ends_with(R"("dropped_entries":null,"encodingFlags":["categorize-labels"]})"));
}

TEST_CASE("a message holds so many entries, and so many bytes") {
  query::StreamsResult many;
  many.streams.push_back({{{"app", "a"}}, {}});
  for (size_t i = 0; i < TailFrames::kMaxEntries + 1; ++i)
    many.streams[0].entries.push_back(Line(static_cast<int64_t>(i), "x"));
  query::QueryResult result;
  result.data = std::move(many);
  JsonTailFrames by_count({}, std::move(result), query::Direction::kForward, {});
  by_count.Next();
  CHECK_FALSE(by_count.done());
  CHECK(by_count.Next().find(R"("values":[["1000","x"]])") != std::string::npos);
  CHECK(by_count.done());

  const std::string large(TailFrames::kMaxBytes - 100, 'l');
  query::StreamsResult two;
  two.streams.push_back({{{"app", "a"}}, {Line(1, large), Line(2, large)}});
  result = {};
  result.data = std::move(two);
  JsonTailFrames by_bytes({}, std::move(result), query::Direction::kForward, {});
  CHECK(by_bytes.Next().size() < TailFrames::kMaxBytes);
  CHECK_FALSE(by_bytes.done());
  by_bytes.Next();
  CHECK(by_bytes.done());
}

TEST_CASE("a message is no longer than that in what is written, escapes and dropped entries too") {
  query::StreamsResult streams;
  std::vector<std::string> lines;
  for (int i = 0; i < 12; ++i)
    lines.emplace_back(TailFrames::kMaxBytes / 8, i % 2 == 0 ? '"' : 'x');
  streams.streams.push_back({{{"app", "a"}}, {}});
  streams.streams.push_back({{{"app", "b"}}, {}});
  for (size_t i = 0; i < lines.size(); ++i)
    streams.streams[i % 3 == 0 ? 0 : 1].entries.push_back(Line(static_cast<int64_t>(i), lines[i]));
  query::QueryResult result;
  result.data = std::move(streams);
  const auto labels =
      std::make_shared<const Labels>(std::vector<Label>{{"app", std::string(2000, 'd')}});
  std::vector<DroppedEntry> dropped(1000, DroppedEntry{labels, 7});
  JsonTailFrames frames({}, std::move(result), query::Direction::kForward, std::move(dropped));
  size_t entries = 0;
  size_t told = 0;
  for (size_t messages = 0; !frames.done(); ++messages) {
    REQUIRE(messages < 30);
    const std::string text = frames.Next();
    CHECK(text.size() <= TailFrames::kMaxBytes);
    CHECK(text.ends_with("]}"));
    for (size_t at = 0; (at = text.find("\"timestamp\":\"7\"", at)) != std::string::npos; ++at)
      ++told;
    for (size_t at = 0; (at = text.find("\",\"", at)) != std::string::npos; ++at) ++entries;
  }
  CHECK(told == 1000);
  CHECK(entries == 12);
}

}  // namespace
}  // namespace narfi::server
