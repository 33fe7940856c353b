#include "server/write_result.h"

#include <doctest/doctest.h>

#include <cmath>

namespace narfi::server {
namespace {

// Without the stats, which hold times.
std::string Written(const query::QueryResult& result, const std::vector<std::string>& flags = {}) {
  std::string out = WriteQueryResult(result, flags);
  return out.substr(0, out.find(",\"stats\":"));
}

query::QueryResult OneEntry() {
  static const query::Field kMetadata[] = {{"trace", "x"}};
  query::QueryResult result;
  query::StreamsResult streams;
  streams.streams.push_back({{{"app", "web"}}, {{1500, "line \"1\"\n", kMetadata, {}}}});
  result.data = std::move(streams);
  return result;
}

TEST_CASE("streams are written as Loki writes them") {
  CHECK(
      Written(OneEntry()) ==
      R"({"status":"success","data":{"resultType":"streams","result":[{"stream":{"app":"web"},"values":[["1500","line \"1\"\n"]]}])");
}

TEST_CASE("encoding flags come before the result and give each entry a third element") {
  CHECK(
      Written(OneEntry(), {"categorize-labels"}) ==
      R"({"status":"success","data":{"resultType":"streams","encodingFlags":["categorize-labels"],"result":)"
      R"([{"stream":{"app":"web"},"values":[["1500","line \"1\"\n",{"structuredMetadata":{"trace":"x"}}]]}])");
}

TEST_CASE("the legacy API has labels as text and times as RFC 3339") {
  const query::QueryResult result = OneEntry();
  CHECK(
      WriteLegacyStreams(std::get<query::StreamsResult>(result.data)) ==
      R"({"streams":[{"labels":"{app=\"web\"}","entries":[{"ts":"1970-01-01T00:00:00.0000015Z","line":"line \"1\"\n"}]}]})");
}

TEST_CASE("samples have millisecond times and Go's numbers") {
  query::QueryResult result;
  result.data = query::VectorResult{
      {{{}, {4'000'000'000, 2}}, {{{"a", "b"}}, {1'500'000'000, std::nan("")}}}};
  CHECK(
      Written(result) ==
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[4,"2"]},{"metric":{"a":"b"},"value":[1.5,"NaN"]}])");
  result.data = query::MatrixResult{{{{}, {{1'000'000'000, 0.1}, {2'000'000'000, INFINITY}}}}};
  CHECK(
      Written(result) ==
      R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"0.1"],[2,"+Inf"]]}])");
  result.data = query::ScalarResult{{1'000'000'000, 7}};
  CHECK(Written(result) == R"({"status":"success","data":{"resultType":"scalar","result":[1,"7"])");
}

TEST_CASE("statistics say how long a query waited and ran") {
  query::QueryResult result = OneEntry();
  result.stats.exec_ns = 2'000'000'000;
  result.stats.of(storage::Origin::kSegment).lines = 10;
  const std::string text = WriteQueryResult(result, {}, 250'000'000);
  for (const char* part : {R"("execTime":2,)", R"("queueTime":0.25,)",
                           R"("linesProcessedPerSecond":5,)", R"("totalLinesProcessed":10,)"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("warnings stand before the data, and no names means no data") {
  query::QueryResult result;
  result.data = query::StreamsResult{};
  result.warnings = {"why"};
  CHECK(Written(result) ==
        R"({"status":"success","warnings":["why"],"data":{"resultType":"streams","result":[])");
  CHECK(WriteNames({}) == R"({"status":"success"})");
  CHECK(WriteNames({"a"}) == R"({"status":"success","data":["a"]})");
}

}  // namespace
}  // namespace narfi::server
