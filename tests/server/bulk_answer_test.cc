#include "server/bulk_answer.h"

#include <doctest/doctest.h>

#include "ingest/push_documents.h"
#include "server/document_params.h"

namespace narfi::server {
namespace {

using ingest::BulkItem;

std::shared_ptr<const ingest::BulkItems> Items() {
  auto items = std::make_shared<ingest::BulkItems>();
  items->indexes = {"logs"};
  items->items = {{BulkItem::Action::kIndex, 0, "7", ""},
                  {BulkItem::Action::kCreate, 0, "", "no \"object\""},
                  {BulkItem::Action::kCreate, 0, "", ""},
                  {BulkItem::Action::kDelete, 0, "", "not supported"}};
  return items;
}

TEST_CASE("a _bulk answer says of each item what became of it") {
  ingest::PushAnswer answer;
  answer.bulk = Items();
  answer.accepted = {{0, 0}, {2, 2}};
  const net::HttpResponse all = BulkAnswer(answer, 3);
  CHECK(all.status == 200);
  CHECK(all.headers.Get("X-Elastic-Product") == "Elasticsearch");
  CHECK(all.body ==
        R"({"took":3,"errors":true,"items":[{"index":{"_index":"logs","_id":"7","status":201,)"
        R"("result":"created"}},{"create":{"_index":"logs","status":400,"error":{"type":)"
        R"("document_parsing_exception","reason":"no \"object\""}}},{"create":{"_index":"logs",)"
        R"("status":201,"result":"created"}},{"delete":{"_index":"logs","status":400,"error":)"
        R"({"type":"document_parsing_exception","reason":"not supported"}}}]})");
  answer.accepted = {{2, 2}};
  answer.status = 429;
  answer.text = "too fast\n";
  CHECK(BulkAnswer(answer, 3).body.find(
            R"("_id":"7","status":429,"error":{"type":"es_rejected_execution_exception",)"
            R"("reason":"too fast"})") != std::string::npos);
}

TEST_CASE("without errors it says so") {
  ingest::PushAnswer answer;
  auto items = std::make_shared<ingest::BulkItems>();
  items->indexes = {"i"};
  items->items.resize(1);
  answer.bulk = items;
  answer.accepted = {{0, 0}};
  CHECK(
      BulkAnswer(answer, 0).body ==
      R"({"took":0,"errors":false,"items":[{"index":{"_index":"i","status":201,"result":"created"}}]})");
}

TEST_CASE("a long answer comes in pieces, and is as long as it must be") {
  constexpr size_t kCount = 5000;
  ingest::PushAnswer answer;
  auto items = std::make_shared<ingest::BulkItems>();
  items->indexes = {"i"};
  items->items.resize(kCount);
  answer.bulk = items;
  answer.accepted = {{0, kCount - 1}};
  net::HttpResponse response = BulkAnswer(answer, 0);
  REQUIRE(response.body_source != nullptr);
  std::string all;
  size_t longest = 0;
  for (bool more = true; more;) {
    std::string chunk;
    more = response.body_source(chunk);
    longest = std::max(longest, chunk.size());
    all += chunk;
  }
  const std::string item = R"({"index":{"_index":"i","status":201,"result":"created"}})";
  CHECK(all.starts_with(R"({"took":0,"errors":false,"items":[)" + item + "," + item + ","));
  CHECK(all.ends_with(item + "," + item + "]}"));
  CHECK(all.size() == std::string(R"({"took":0,"errors":false,"items":[]})").size() +
                          kCount * (item.size() + 1) - 1);
  CHECK(longest < 300 << 10);
}

TEST_CASE("a push that was not decoded is an error in Elasticsearch's shape") {
  const net::HttpResponse busy = BulkAnswer({429, "no memory\n", 1}, 0);
  CHECK(busy.status == 429);
  CHECK(busy.headers.Get("Retry-After") == "1");
  CHECK(
      busy.body ==
      R"({"error":{"root_cause":[{"type":"es_rejected_execution_exception","reason":"no memory"}],)"
      R"("type":"es_rejected_execution_exception","reason":"no memory"},"status":429})");
}

Result<ingest::DocumentOptions> Asked(net::Params params) {
  net::HttpRequest request;
  request.params = std::move(params);
  return ReadDocumentOptions(request);
}

TEST_CASE("parameters name the fields; without them the usual ones are taken") {
  const auto usual = Asked({});
  REQUIRE(usual.has_value());
  CHECK(usual->label_fields == ingest::DefaultLabelFields());
  CHECK(usual->time_fields == ingest::DefaultTimeFields());
  CHECK(usual->message_field.empty());
  const auto own = Asked({{"_stream_fields", "a, b.c,"},
                          {"_time_field", "ts"},
                          {"_msg_field", "message"},
                          {"labels", "app=web,env=a=b"}});
  REQUIRE(own.has_value());
  CHECK(own->label_fields == std::vector<std::string>{"a", "b.c"});
  CHECK(own->time_fields == std::vector<std::string>{"ts"});
  CHECK(own->message_field == "message");
  CHECK(own->labels == std::vector<Label>{{"app", "web"}, {"env", "a=b"}});
  const auto none = Asked({{"_stream_fields", ""}});
  REQUIRE(none.has_value());
  CHECK(none->label_fields.empty());
}

TEST_CASE("labels are a selector or pairs, and nothing else") {
  const auto text = [](const char* labels) {
    const auto options = Asked({{"labels", labels}});
    if (!options) return options.error().text;
    return Labels(options->labels).ToString();
  };
  CHECK(text("{app=\"web\", env=\"x\"}") == "{app=\"web\", env=\"x\"}");
  CHECK(text("app=web") == "{app=\"web\"}");
  CHECK(text("app") == "labels: \"app\" is not name=value");
  CHECK(text("{app=").starts_with("labels: "));
  CHECK(text("a-b=c").starts_with("labels: "));
  CHECK(text("a=b,a=c") == "labels: a name comes twice");
}

}  // namespace
}  // namespace narfi::server
