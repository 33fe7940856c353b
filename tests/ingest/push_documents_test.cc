#include "ingest/push_documents.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/duration.h"
#include "ingest/document_reader.h"
#include "tests/ingest/push_support.h"

namespace narfi::ingest {
namespace {

DocumentOptions Usual() {
  DocumentOptions options;
  options.label_fields = DefaultLabelFields();
  options.time_fields = DefaultTimeFields();
  return options;
}

std::string TypeOf(std::string_view mark, const DocumentOptions& options) {
  const auto type = EncodeDocumentType(mark, options);
  REQUIRE(type.has_value());
  return *type;
}

// The batch, and behind '#' what is wrong with single items: `<place> <error>`.
std::string ShowBulk(std::string_view body, const DocumentOptions& options = Usual(),
                     DecodeLimits limits = {}) {
  const std::string type = TypeOf(kBulkMark, options);
  const auto result = Decode({type, "", body, 99}, limits);
  std::string out = ShowResult(result);
  if (!result) return out;
  REQUIRE(result->bulk != nullptr);
  for (size_t i = 0; i < result->bulk->items.size(); ++i) {
    const BulkItem& item = result->bulk->items[i];
    if (!item.error.empty()) out += fmt::format(" # {} {}", i, item.error);
  }
  return out;
}

std::string ShowLines(std::string_view body, const DocumentOptions& options = Usual()) {
  const std::string type = TypeOf(kLinesMark, options);
  return ShowResult(Decode({type, "", body, 99}, {}));
}

TEST_CASE("a document is a line, with its time and labels") {
  CHECK(ShowBulk(R"({"index":{"_index":"logs"}}
{"@timestamp":"1970-01-01T00:00:01.5Z","message":"hi","service":{"name":"shop"},"host":{"name":"h1"}}
{"create":{"_index":"logs","_id":"7"}}
{"@timestamp":2000,"service.name":"shop","host.name":"h1"}
{"create":{}}
{"message":"without a time"}
)",
                 [] {
                   DocumentOptions options = Usual();
                   options.index = "path";
                   return options;
                 }()) ==
        R"({host_name="h1", index="logs", service_name="shop"} 1500000000 )"
        R"({"@timestamp":"1970-01-01T00:00:01.5Z","message":"hi","service":{"name":"shop"},)"
        R"("host":{"name":"h1"}}; 2000000000000 {"@timestamp":2000,"service.name":"shop",)"
        R"("host.name":"h1"}|{index="path"} 99 {"message":"without a time"})");
}

TEST_CASE("a message field is the line, and the other fields are metadata") {
  DocumentOptions options = Usual();
  options.message_field = "message";
  options.label_fields = {"app"};
  options.time_fields = {"ts"};
  options.labels = {{"env", "prod"}, {"index", "mine"}};
  const std::string body =
      R"({"index":{"_index":"i"}}
{"ts":"5","message":"a \"b\"","app":"web","http":{"status":200},"ok":true,"tags":["x"]}
{"index":{"_index":"i"}}
{"ts":"6","app":"web"}
)";
  CHECK(ShowBulk(body, options) ==
        R"({app="web", env="prod", index="mine"} 5000000000 a "b" http_status=200 ok=true; )"
        R"(6000000000 {"ts":"6","app":"web"})");
}

TEST_CASE("what is wrong with a document is said of its item alone") {
  CHECK(ShowBulk("{\"index\":{\"_index\":\"i\"}}\n{\"time\":\"1\"}\n"
                 "{\"index\":{\"_index\":\"i\"}}\n{\"time\":\n"
                 "{\"index\":{\"_index\":\"i\"}}\n[1]\n"
                 "{\"index\":{\"_index\":\"i\"}}\n{\"time\":\"soon\"}\n"
                 "{\"update\":{\"_index\":\"i\",\"_id\":\"1\"}}\n{\"doc\":{}}\n"
                 "{\"delete\":{\"_index\":\"i\",\"_id\":\"1\"}}\n"
                 "{\"index\":{}}\n{\"time\":\"1\"}\n"
                 "\n{\"create\":{\"_index\":\"i\",\"_id\":null}}\n{\"time\":\"2\"}")
            .find("{index=\"i\"} 1000000000 {\"time\":\"1\"}; 2000000000 {\"time\":\"2\"} # ") ==
        0);
  const std::string shown = ShowBulk(
      "{\"index\":{\"_index\":\"i\"}}\n[1]\n{\"index\":{\"_index\":\"i\"}}\n{\"time\":\"soon\"}\n"
      "{\"update\":{\"_index\":\"i\"}}\n{}\n{\"delete\":{\"_index\":\"i\"}}\n{\"index\":{}}\n{}\n");
  CAPTURE(shown);
  CHECK(shown.find("# 0 the document is no JSON object: ") != std::string::npos);
  CHECK(shown.find("# 1 failed to parse date field \"soon\"") != std::string::npos);
  CHECK(shown.find("# 2 lines are stored once and for all: only index and create are supported") !=
        std::string::npos);
  CHECK(shown.find("# 3 lines are stored") != std::string::npos);
  CHECK(shown.find("# 4 index is missing") != std::string::npos);
  CHECK(ShowBulk("{\"index\":{\"_index\":\"i\"}}\n" + std::string(kMaxDocumentBytes + 1, 'x')) ==
        fmt::format(" # 0 the document has {} bytes, limit: {}", kMaxDocumentBytes + 1,
                    kMaxDocumentBytes));
}

TEST_CASE("ordinals are the places of the actions, so that a replay finds the entries again") {
  const std::string type = TypeOf(kBulkMark, Usual());
  const auto batch =
      Decode({type, "",
              "{\"index\":{\"_index\":\"a\"}}\n[]\n{\"delete\":{\"_index\":\"a\"}}\n"
              "{\"index\":{\"_index\":\"a\"}}\n{}\n{\"index\":{\"_index\":\"b\"}}\n{}\n",
              99},
             {});
  REQUIRE(batch.has_value());
  REQUIRE(batch->streams.size() == 2);
  CHECK(batch->streams[0].entries[0].ordinal == 2);
  CHECK(batch->streams[1].entries[0].ordinal == 3);
  CHECK(batch->bulk->items.size() == 4);
  CHECK(batch->bulk->indexes == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a body that is no _bulk is refused as a whole") {
  struct Row {
    std::string_view body;
    std::string_view want;
  };
  constexpr Row kRows[] = {
      {"", "400 request body is required"},
      {"\n\n", "400 request body is required"},
      {"x", "400 Malformed action/metadata line [1]: it is no JSON object"},
      {"{}\n{}",
       "400 Malformed action/metadata line [1]: expected one of index, create, update and delete"},
      {"{\"index\":{\"_index\":\"i\"}}\n{}\n{\"put\":{}}\n{}",
       "400 Malformed action/metadata line [3]: expected one of index, create, update and delete"},
      {"{\"index\":1}\n{}",
       "400 Malformed action/metadata line [1]: the action must have an object"},
      {"{\"index\":{\"_index\":1}}\n{}",
       "400 Malformed action/metadata line [1]: _index and _id must be strings"},
      {"{\"index\":{\"_index\":\"i\"}}", "400 the action of line [1] has no document"},
  };
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.body));
    CHECK(ShowBulk(row.body) == row.want);
  }
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "{\"delete\":{}}\n";
  CHECK(ShowBulk(many) == "413 push has too many entries, labels and metadata for its size");
  many.clear();
  for (size_t i = 0; i < kMaxBulkItems; ++i) many += "{\"index\":{\"_index\":\"i\"}}\n{}\n";
  CHECK(ShowBulk(many).starts_with("{index=\"i\"} 99 {}; "));
  CHECK(ShowBulk(many + "{\"index\":{\"_index\":\"i\"}}\n{}\n") ==
        "413 more than 100000 actions in one request");
}

TEST_CASE("packed bodies are read as they are unpacked, within the limit") {
  const std::string type = TypeOf(kBulkMark, Usual());
  const std::string body = "{\"index\":{\"_index\":\"i\"}}\n{\"time\":1}\n";
  CHECK(ShowResult(Decode({type, "gzip", Deflated(body, 31), 99}, {})) ==
        "{index=\"i\"} 1000000000 {\"time\":1}");
  DecodeLimits limits;
  limits.max_unpacked_bytes = body.size() - 1;
  CHECK(ShowResult(Decode({type, "gzip", Deflated(body, 31), 99}, limits)).starts_with("413 "));
  CHECK(ShowResult(Decode({type, "br", body, 99}, {})) ==
        "400 Content-Encoding \"br\" not supported");
}

TEST_CASE("lines are lines, equal ones too") {
  DocumentOptions options = Usual();
  options.labels = {{"app", "web"}};
  CHECK(ShowLines("one\r\n\none\n  two", options) == R"({app="web"} 99 one; 100 one; 101   two)");
  CHECK(ShowLines("", options).starts_with("422 "));
  CHECK(ShowLines("\n", options).starts_with("422 "));
}

TEST_CASE("of lines that are documents time and labels are theirs") {
  DocumentOptions options = Usual();
  CHECK(ShowLines("{\"time\":5,\"service\":{\"name\":\"s\"}}\n{\"time\":\"soon\"}\n{\"time\":7,\n",
                  options) == R"({service_name="s"} 5000000000 {"time":5,"service":{"name":"s"}}|)"
                              R"({} 100 {"time":"soon"}; 101 {"time":7,)");
  options.message_field = "msg";
  CHECK(ShowLines("{\"msg\":\"hello\",\"n\":1}\n{\"msg\":\"\"}\n", options) ==
        R"({} 99 hello n=1; 100 {"msg":""})");
}

TEST_CASE("options come back as they were encoded, and nothing else does") {
  DocumentOptions options = Usual();
  options.index = "i";
  options.labels = {{"a", "b"}};
  options.message_field = "m";
  const std::string type = TypeOf(kBulkMark, options);
  const auto again = DecodeDocumentOptions(std::string_view(type).substr(kBulkMark.size()));
  REQUIRE(again.has_value());
  CHECK(again->index == "i");
  CHECK(again->labels == options.labels);
  CHECK(again->label_fields == options.label_fields);
  CHECK(again->message_field == "m");
  CHECK(again->time_fields == options.time_fields);
  for (size_t cut = kBulkMark.size(); cut < type.size(); ++cut) {
    CAPTURE(cut);
    CHECK_FALSE(DecodeDocumentOptions(
                    std::string_view(type).substr(kBulkMark.size(), cut - kBulkMark.size()))
                    .has_value());
  }
  options.index = std::string(kMaxOptionBytes, 'x');
  CHECK_FALSE(EncodeDocumentType(kBulkMark, options).has_value());
}

TEST_CASE("times of documents") {
  struct Row {
    std::string_view text;
    std::optional<int64_t> want;
  };
  const Row kRows[] = {
      {"2026-11-26T07:00:00Z", 1'795'676'400 * kSecond},
      {"2026-11-26T07:00:00.123+01:00", 1'795'672'800 * kSecond + 123 * kMillisecond},
      {"2026-11-26 07:00:00", 1'795'676'400 * kSecond},
      {"2026-11-26T07:00:00.5", 1'795'676'400 * kSecond + kSecond / 2},
      {"1795676400", 1'795'676'400 * kSecond},
      {"1795676400.25", 1'795'676'400 * kSecond + kSecond / 4},
      {"1795676400000", 1'795'676'400 * kSecond},
      {"1795676400000000", 1'795'676'400 * kSecond},
      {"1795676400000000001", 1'795'676'400 * kSecond + 1},
      {"-5", -5 * kSecond},
      {"", std::nullopt},
      {"now", std::nullopt},
      {"2026-13-26T07:00:00Z", std::nullopt},
      {"2026-11-26", std::nullopt},
      {"1e300", std::nullopt},
      {"99999999999999999999", std::nullopt},
      {"nan", std::nullopt},
  };
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.text));
    CHECK(ParseDocumentTime(row.text) == row.want);
  }
}

}  // namespace
}  // namespace narfi::ingest
