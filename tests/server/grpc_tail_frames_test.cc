#include "server/grpc_tail_frames.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "proto/logproto.pb.h"

namespace narfi::server {
namespace {

query::LogEntry Line(int64_t time_ns, std::string_view line) { return {time_ns, line, {}, {}}; }

query::QueryResult ResultOf(query::StreamsResult streams) {
  query::QueryResult result;
  result.data = std::move(streams);
  return result;
}

logproto::TailResponse Read(const std::string& message) {
  logproto::TailResponse response;
  REQUIRE(response.ParseFromString(message));
  return response;
}

// "{app="a"} 1=one 2=two"
std::string Said(const std::string& message) {
  const logproto::TailResponse response = Read(message);
  std::string out = response.stream().labels();
  for (const auto& entry : response.stream().entries())
    out += fmt::format(" {}={}", entry.timestamp().nanos(), entry.line());
  return out;
}

TEST_CASE("a message has entries of one stream, and all are in order of time") {
  query::StreamsResult streams;
  streams.streams.push_back({{{"app", "a"}}, {Line(1, "one"), Line(2, "two"), Line(4, "four")}});
  streams.streams.push_back({{{"app", "b"}}, {Line(3, "three")}});
  GrpcTailFrames frames(ResultOf(std::move(streams)), query::Direction::kForward, {});
  CHECK(Said(frames.Next()) == R"({app="a"} 1=one 2=two)");
  CHECK(Said(frames.Next()) == R"({app="b"} 3=three)");
  CHECK_FALSE(frames.done());
  CHECK(Said(frames.Next()) == R"({app="a"} 4=four)");
  CHECK(frames.done());
}

TEST_CASE("an entry has its metadata and parsed fields") {
  const query::Field metadata[] = {{"trace", "t"}};
  const query::Field parsed[] = {{"status", "200"}};
  query::StreamsResult streams;
  streams.streams.push_back({{{"app", "a"}}, {{1'500'000'000, "x", metadata, parsed}}});
  GrpcTailFrames frames(ResultOf(std::move(streams)), query::Direction::kForward, {});
  const auto entry = Read(frames.Next()).stream().entries(0);
  CHECK(entry.timestamp().seconds() == 1);
  CHECK(entry.timestamp().nanos() == 500'000'000);
  CHECK(entry.structuredmetadata(0).name() == "trace");
  CHECK(entry.parsed(0).value() == "200");
}

TEST_CASE("what was dropped comes first, a span for each stream, if need be with nothing else") {
  const auto a = std::make_shared<const Labels>(std::vector<Label>{{"app", "a"}});
  const auto b = std::make_shared<const Labels>(std::vector<Label>{{"app", "b"}});
  GrpcTailFrames frames(query::QueryResult(), query::Direction::kForward, {{a, 9}, {b, 5}, {a, 7}});
  CHECK_FALSE(frames.done());
  const auto response = Read(frames.Next());
  CHECK(frames.done());
  CHECK_FALSE(response.has_stream());
  REQUIRE(response.droppedstreams_size() == 2);
  CHECK(response.droppedstreams(0).labels() == R"({app="a"})");
  CHECK(response.droppedstreams(0).from().nanos() == 7);
  CHECK(response.droppedstreams(0).to().nanos() == 9);
  CHECK(response.droppedstreams(1).to().nanos() == 5);
}

TEST_CASE("a message over gRPC holds so many entries, and so many bytes") {
  query::StreamsResult streams;
  streams.streams.push_back({{{"app", "a"}}, {}});
  for (size_t i = 0; i < TailFrames::kMaxEntries + 1; ++i)
    streams.streams[0].entries.push_back(Line(static_cast<int64_t>(i), "x"));
  GrpcTailFrames by_count(ResultOf(std::move(streams)), query::Direction::kForward, {});
  CHECK(Read(by_count.Next()).stream().entries_size() == TailFrames::kMaxEntries);
  CHECK(Said(by_count.Next()) == R"({app="a"} 1000=x)");
  CHECK(by_count.done());

  const std::string large(TailFrames::kMaxBytes / 3, 'l');
  query::StreamsResult bytes;
  bytes.streams.push_back({{{"app", "a"}}, {Line(1, large), Line(2, large), Line(3, large)}});
  const std::string huge(2 * TailFrames::kMaxBytes, 'h');
  bytes.streams[0].entries.push_back(Line(4, huge));
  GrpcTailFrames by_bytes(ResultOf(std::move(bytes)), query::Direction::kForward, {});
  const std::string first = by_bytes.Next();
  CHECK(first.size() <= TailFrames::kMaxBytes);
  CHECK(Read(first).stream().entries_size() == 2);
  CHECK(Read(by_bytes.Next()).stream().entries_size() == 1);
  CHECK(Read(by_bytes.Next()).stream().entries(0).line().size() == huge.size());
  CHECK(by_bytes.done());
}

}  // namespace
}  // namespace narfi::server
