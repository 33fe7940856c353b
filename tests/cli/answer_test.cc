#include "cli/answer.h"

#include <doctest/doctest.h>

namespace narfi::cli {
namespace {

TEST_CASE("a log answer gives streams, entries, warnings and numbers") {
  const auto answer = ReadQueryAnswer(
      R"({"status":"success","warnings":["no such label"],"data":{"resultType":"streams","result":[
      {"stream":{"b":"2","a":"\u00e9\"","empty":""},"values":[["12","line \u0001\n"],["11","x",{"extra":"y"}]]},
      {"values":[["13","z"]],"stream":{}}],
      "stats":{"summary":{"execTime":0.5,"bytes":7},"ingester":{"store":{"chunks":1}}}}})",
      JsonStyle::kIndented);
  REQUIRE_MESSAGE(answer.has_value(), answer.error().text);
  CHECK(answer->is_log);
  REQUIRE(answer->streams.size() == 2);
  CHECK(answer->streams[0] == StreamLabels{{"a", "\xC3\xA9\""}, {"b", "2"}, {"empty", ""}});
  CHECK(answer->streams[1].empty());
  REQUIRE(answer->entries.size() == 3);
  CHECK(answer->entries[0].time_ns == 12);
  CHECK(answer->entries[0].line == "line \x01\n");
  CHECK(answer->entries[1].line == "x");
  CHECK(answer->entries[2].stream == 1);
  CHECK(answer->warnings == std::vector<std::string>{"no such label"});
  REQUIRE(answer->stats.size() == 3);
  CHECK(answer->stats[0] == std::pair<std::string, std::string>("summary.execTime", "0.5"));
  CHECK(answer->stats[2] == std::pair<std::string, std::string>("ingester.store.chunks", "1"));
}

constexpr std::string_view kMatrix =
    R"({"status":"success","data":{"result":[{"metric":{"a":"\n"},"values":[[1.5,"2"],[2,"3"]]},)"
    R"({"metric":{},"values":[]}],"resultType":"matrix"},"warnings":null})";

TEST_CASE("a metric answer is printed again, indented as logcli does") {
  const auto answer = ReadQueryAnswer(std::string(kMatrix), JsonStyle::kIndented);
  REQUIRE_MESSAGE(answer.has_value(), answer.error().text);
  CHECK_FALSE(answer->is_log);
  CHECK(
      answer->json ==
      "[\n  {\n    \"metric\": {\n      \"a\": \"\\n\"\n    },\n    \"values\": [\n      [\n"
      "        1.5,\n        \"2\"\n      ],\n      [\n        2,\n        \"3\"\n      ]\n    ]\n"
      "  },\n  {\n    \"metric\": {},\n    \"values\": []\n  }\n]\n");
}

TEST_CASE("a metric answer can be a line a series") {
  const auto answer = ReadQueryAnswer(std::string(kMatrix), JsonStyle::kLinePerSeries);
  REQUIRE(answer.has_value());
  CHECK(answer->json ==
        "{\"metric\":{\"a\":\"\\n\"},\"values\":[[1.5,\"2\"],[2,\"3\"]]}\n"
        "{\"metric\":{},\"values\":[]}\n");
}

TEST_CASE("a scalar is printed too") {
  const auto answer = ReadQueryAnswer(
      R"({"status":"success","data":{"resultType":"scalar","result":[1795132800,"2"]}})",
      JsonStyle::kLinePerSeries);
  REQUIRE(answer.has_value());
  CHECK(answer->json == "[1795132800,\"2\"]\n");
}

TEST_CASE("invalid UTF-8 in an answer becomes U+FFFD") {
  const auto answer = ReadQueryAnswer(
      "{\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":{},\"values\":[[\"1\","
      "\"a\xff\"]]}]}}",
      JsonStyle::kIndented);
  REQUIRE(answer.has_value());
  CHECK(answer->entries[0].line == "a\xEF\xBF\xBD");
}

TEST_CASE("what is no answer is an error and nothing worse") {
  const std::string good =
      R"({"status":"success","data":{"resultType":"streams","result":[{"stream":{"a":"b"},"values":[["12","l"]]}]}})";
  for (size_t size = 0; size + 3 < good.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(ReadQueryAnswer(good.substr(0, size), JsonStyle::kIndented).has_value());
  }
  for (const char* body : {"<html>", "[]", "{}", R"({"data":{"resultType":"streams","result":{}}})",
                           R"({"data":{"resultType":"streams","result":[{"values":[["x","l"]]}]}})",
                           R"({"data":{"resultType":"streams","result":[{"values":[["1"]]}]}})"}) {
    CAPTURE(body);
    const auto answer = ReadQueryAnswer(body, JsonStyle::kIndented);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == Code::kCorrupt);
  }
  const std::string deep = R"({"data":{"resultType":"matrix","result":)" + std::string(500, '[') +
                           std::string(500, ']') + "}}";
  CHECK_FALSE(ReadQueryAnswer(deep, JsonStyle::kIndented).has_value());
}

TEST_CASE("lists and series are read, absent data being none") {
  CHECK(ReadListAnswer(R"({"status":"success","data":["a","b"]})")->values ==
        std::vector<std::string>{"a", "b"});
  CHECK(ReadListAnswer(R"({"status":"success"})")->values.empty());
  CHECK(ReadListAnswer(R"({"status":"success","warnings":["w"]})")->warnings.size() == 1);
  const auto series = ReadSeriesAnswer(R"({"data":[{"b":"2","a":"1"},{}]})");
  REQUIRE(series.has_value());
  CHECK(series->streams == std::vector<StreamLabels>{{{"a", "1"}, {"b", "2"}}, {}});
  CHECK_FALSE(ReadListAnswer("nonsense").has_value());
  CHECK_FALSE(ReadSeriesAnswer(R"({"data":["a"]})").has_value());
}

}  // namespace
}  // namespace narfi::cli
