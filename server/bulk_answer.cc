#include "server/bulk_answer.h"

#include "base/json_write.h"
#include "ingest/push_documents.h"

namespace narfi::server {
namespace {

using ingest::BulkItem;

constexpr size_t kMaxReason = 500;  // bytes; each item repeats it

std::string_view ErrorType(int status) {
  switch (status) {
    case 401:
      return "security_exception";
    case 413:
      return "content_too_long_exception";
    case 429:
      return "es_rejected_execution_exception";
    case 503:
      return "unavailable_shards_exception";
    default:
      return "illegal_argument_exception";
  }
}

std::string_view ActionName(BulkItem::Action action) {
  switch (action) {
    case BulkItem::Action::kIndex:
      return "index";
    case BulkItem::Action::kCreate:
      return "create";
    case BulkItem::Action::kUpdate:
      return "update";
    case BulkItem::Action::kDelete:
      return "delete";
  }
  return "index";
}

std::string_view TrimReason(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

void AppendReason(std::string& out, std::string_view type, std::string_view reason) {
  out += "\"type\":";
  AppendJsonString(out, type);
  out += ",\"reason\":";
  AppendJsonString(out, reason);
}

struct ItemResult {
  int status = 201;
  std::string_view type;
  std::string_view reason;
};

void AppendItem(std::string& out, const BulkItem& item, std::string_view index,
                const ItemResult& result) {
  out += "{\"";
  out += ActionName(item.action);
  out += "\":{\"_index\":";
  AppendJsonString(out, index);
  if (!item.id.empty()) {
    out += ",\"_id\":";
    AppendJsonString(out, item.id);
  }
  out += ",\"status\":";
  AppendInt(out, result.status);
  if (result.type.empty()) {
    out += ",\"result\":\"created\"}}";
    return;
  }
  out += ",\"error\":{";
  AppendReason(out, result.type, result.reason);
  out += "}}}";
}

// The items of an answer in pieces: together they may be much longer than what was sent.
class ItemWriter {
 public:
  explicit ItemWriter(ingest::PushAnswer answer) : answer_(std::move(answer)) {}

  // Appends items until the piece is long enough; false behind the last one.
  bool operator()(std::string& out) {
    constexpr size_t kPieceBytes = 64 << 10;
    const auto& items = answer_.bulk->items;
    const size_t end = out.size() + kPieceBytes;
    while (next_ < items.size() && out.size() < end) {
      if (next_ > 0) out += ',';
      const BulkItem& item = items[next_];
      AppendItem(out, item, answer_.bulk->indexes[item.index], ResultOf(item));
      ++next_;
    }
    if (next_ < items.size()) return true;
    out += "]}";
    return false;
  }

 private:
  // Of the next item; the runs of accepted ordinals are in its order.
  ItemResult ResultOf(const BulkItem& item) {
    if (!item.error.empty()) return {400, "document_parsing_exception", item.error};
    const auto& runs = answer_.accepted;
    while (run_ < runs.size() && runs[run_].second < next_) ++run_;
    if (run_ < runs.size() && runs[run_].first <= next_) return {};
    return {answer_.status, ErrorType(answer_.status),
            TrimReason(answer_.text).substr(0, kMaxReason)};
  }

  ingest::PushAnswer answer_;
  size_t next_ = 0;
  size_t run_ = 0;
};

}  // namespace

net::HttpResponse ElasticAnswer(int status, std::string body) {
  return {.status = status,
          .content_type = "application/json",
          .headers = {{"X-Elastic-Product", "Elasticsearch"}},
          .body = std::move(body)};
}

net::HttpResponse ElasticError(int status, std::string_view reason) {
  reason = TrimReason(reason);
  std::string body = "{\"error\":{\"root_cause\":[{";
  AppendReason(body, ErrorType(status), reason);
  body += "}],";
  AppendReason(body, ErrorType(status), reason);
  body += "},\"status\":";
  AppendInt(body, status);
  return ElasticAnswer(status, body + "}");
}

net::HttpResponse BulkAnswer(const ingest::PushAnswer& answer, int64_t took_ms) {
  if (answer.bulk == nullptr) {
    net::HttpResponse response = ElasticError(answer.status, answer.text);
    if (answer.retry_after_seconds > 0)
      response.headers.Add("Retry-After", std::to_string(answer.retry_after_seconds));
    return response;
  }
  const bool errors = ingest::CountAccepted(answer) != answer.bulk->items.size();
  std::string body = "{\"took\":";
  AppendInt(body, took_ms);
  body += errors ? ",\"errors\":true,\"items\":[" : ",\"errors\":false,\"items\":[";
  ItemWriter items(answer);
  if (!items(body)) return ElasticAnswer(200, std::move(body));
  net::HttpResponse response = ElasticAnswer(200, "");
  response.body_source = [head = std::move(body), items](std::string& chunk) mutable {
    chunk += std::exchange(head, {});
    return items(chunk);
  };
  return response;
}

}  // namespace narfi::server
