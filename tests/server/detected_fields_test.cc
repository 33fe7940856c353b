#include "server/detected_fields.h"

#include <doctest/doctest.h>

namespace narfi::server {
namespace {

query::LogEntry Entry(std::string_view line, std::span<const query::Field> metadata = {}) {
  query::LogEntry entry;
  entry.line = line;
  entry.metadata = metadata;
  return entry;
}

TEST_CASE("few values are counted exactly, many within a few percent") {
  DistinctCount few;
  for (int i = 0; i < 1000; ++i) few.Add(std::to_string(i % 256));
  CHECK(few.Count() == 256);
  for (const int different : {300, 2000, 10'000, 200'000}) {
    DistinctCount many;
    for (int i = 0; i < different; ++i) many.Add(std::to_string(i));
    CAPTURE(different);
    CHECK(static_cast<double>(many.Count()) == doctest::Approx(different).epsilon(0.08));
    CHECK(many.bytes() <= DistinctCount::kMaxBytes);
  }
}

TEST_CASE("fields have the type of their last value and all their parsers") {
  const query::LabelPairs stream = {{"app", "x"}};
  const query::Field metadata[] = {{"trace", "abc"}};
  DetectedFields fields(1000);
  fields.Add(stream, Entry(R"({"app":"y","n":{"a-b":1.5}})", metadata));
  fields.Add(stream, Entry("n_a_b=7 took=3s"));
  CHECK(fields.Write() ==
        R"({"fields":[{"label":"app_extracted","type":"string","cardinality":1,"parsers":["json"],)"
        R"("jsonPath":["app"]},{"label":"n_a_b","type":"int","cardinality":2,)"
        R"("parsers":["json","logfmt"],"jsonPath":["n","a-b"]},{"label":"took","type":"duration",)"
        R"("cardinality":1,"parsers":["logfmt"]},{"label":"trace","type":"string","cardinality":1,)"
        R"("parsers":null}],"limit":1000})");
}

TEST_CASE("fields over the limit are left out, and none are an empty object") {
  DetectedFields fields(1);
  CHECK(fields.Write() == "{}");
  fields.Add({}, Entry("a=1 b=2"));
  CHECK(fields.Write().find("\"b\"") == std::string::npos);
}

}  // namespace
}  // namespace narfi::server
