// Elasticsearch's _bulk: a line that says what to do, then a line with the document.
#include <fmt/format.h>
#include <simdjson.h>

#include <map>

#include "base/go_text.h"
#include "base/unicode.h"
#include "ingest/body_codec.h"
#include "ingest/document_reader.h"
#include "ingest/document_streams.h"

namespace narfi::ingest {
namespace {

namespace bulk_json = simdjson::ondemand;

std::string_view TakeLine(std::string_view& rest) {
  const size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  while (!line.empty() && static_cast<uint8_t>(line.back()) <= ' ') line.remove_suffix(1);
  while (!line.empty() && static_cast<uint8_t>(line.front()) <= ' ') line.remove_prefix(1);
  return line;
}

struct BulkAction {
  BulkItem::Action action = BulkItem::Action::kIndex;
  std::string index;
  std::string id;
  bool has_document = true;
};

std::optional<BulkItem::Action> ActionOf(std::string_view name) {
  if (name == "index") return BulkItem::Action::kIndex;
  if (name == "create") return BulkItem::Action::kCreate;
  if (name == "update") return BulkItem::Action::kUpdate;
  if (name == "delete") return BulkItem::Action::kDelete;
  return std::nullopt;
}

// {"index":{"_index":"logs","_id":"1"}}. An action is short: it is copied to where the library can
// look behind it.
class ActionReader {
 public:
  Result<BulkAction> Read(std::string_view line, size_t number) {
    auto action = ReadJson(line);
    if (action) return action;
    return Fail(Code::kInvalidArgument, fmt::format("Malformed action/metadata line [{}]: {}",
                                                    number, action.error().text));
  }

 private:
  static constexpr size_t kMaxActionBytes = 64 << 10;

  Result<BulkAction> ReadJson(std::string_view line) {
    if (line.size() > kMaxActionBytes) return Bad("it is too long");
    text_.assign(line);
    text_.reserve(text_.size() + simdjson::SIMDJSON_PADDING);
    bulk_json::document document;
    bulk_json::object object;
    if (parser_.iterate(text_).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS)
      return Bad("it is no JSON object");
    std::optional<BulkAction> action;
    for (auto member : object) {
      bulk_json::field field;
      std::string_view name;
      if (std::move(member).get(field) != simdjson::SUCCESS ||
          field.unescaped_key().get(name) != simdjson::SUCCESS)
        return Bad("it is no JSON object");
      const auto known = ActionOf(name);
      if (!known || action) return Bad("expected one of index, create, update and delete");
      action.emplace().action = *known;
      action->has_document = *known != BulkItem::Action::kDelete;
      NARFI_TRY(ReadTarget(field.value(), *action));
    }
    if (!action) return Bad("expected one of index, create, update and delete");
    return std::move(*action);
  }

  static tl::unexpected<Error> Bad(const char* why) { return Fail(Code::kInvalidArgument, why); }

  static Status ReadTarget(bulk_json::value value, BulkAction& action) {
    bulk_json::object target;
    if (value.get_object().get(target) != simdjson::SUCCESS)
      return Bad("the action must have an object");
    for (auto member : target) {
      bulk_json::field field;
      std::string_view name;
      if (std::move(member).get(field) != simdjson::SUCCESS ||
          field.unescaped_key().get(name) != simdjson::SUCCESS)
        return Bad("it is no JSON object");
      std::string* to = name == "_index" ? &action.index : name == "_id" ? &action.id : nullptr;
      if (to == nullptr) continue;
      std::string_view text;
      bulk_json::value id = field.value();
      bool is_null = false;
      if (id.is_null().get(is_null) != simdjson::SUCCESS) return Bad("it is no JSON object");
      if (is_null) continue;
      if (id.get_string().get(text) != simdjson::SUCCESS)
        return Bad("_index and _id must be strings");
      *to = text;
    }
    return {};
  }

  bulk_json::parser parser_;
  std::string text_;
};

class BulkDecoder {
 public:
  BulkDecoder(std::string_view bytes, const DocumentOptions& options, int64_t received_ns,
              PushBatch& batch, size_t object_bytes)
      : rest_(bytes),
        options_(options),
        received_ns_(received_ns),
        batch_(batch),
        budget_(bytes.size(), object_bytes),
        reader_(options),
        streams_(options, reader_.label_names(), batch, budget_),
        out_(std::make_shared<BulkItems>()) {}

  Status Run() {
    size_t number = 0;
    while (!rest_.empty()) {
      const std::string_view line = TakeLine(rest_);
      ++number;
      if (line.empty()) continue;
      NARFI_ASSIGN(BulkAction action, actions_.Read(line, number));
      if (out_->items.size() == kMaxBulkItems)
        return Fail(Code::kLimit,
                    fmt::format("more than {} actions in one request", kMaxBulkItems));
      NARFI_TRY(budget_.Take<BulkItem>());
      NARFI_TRY(budget_.TakeBytes(action.id.size()));
      BulkItem& item = out_->items.emplace_back();
      item.action = action.action;
      NARFI_ASSIGN(item.index, IndexOf(action.index.empty() ? options_.index : action.index));
      item.id = std::move(action.id);
      std::string_view document;
      if (action.has_document) {
        if (rest_.empty())
          return Fail(Code::kInvalidArgument,
                      fmt::format("the action of line [{}] has no document", number));
        document = TakeLine(rest_);
        ++number;
      }
      NARFI_TRY(ReadItem(document, item));
    }
    if (out_->items.empty()) return Fail(Code::kInvalidArgument, "request body is required");
    batch_.bulk = std::move(out_);
    return {};
  }

 private:
  Result<uint32_t> IndexOf(const std::string& name) {
    const auto [found, is_new] =
        index_of_.try_emplace(name, static_cast<uint32_t>(out_->indexes.size()));
    if (is_new) {
      NARFI_TRY(budget_.TakeBytes(2 * (sizeof(std::string) + name.size())));
      out_->indexes.push_back(name);
    }
    return found->second;
  }

  // What is wrong with a document is the item's error; only limits end the whole push.
  Status ReadItem(std::string_view text, BulkItem& item) {
    const auto refuse = [&](std::string why) -> Status {
      NARFI_TRY(budget_.TakeBytes(why.size()));
      item.error = std::move(why);
      return {};
    };
    if (item.action != BulkItem::Action::kIndex && item.action != BulkItem::Action::kCreate)
      return refuse("lines are stored once and for all: only index and create are supported");
    const std::string& index = out_->indexes[item.index];
    if (index.empty()) return refuse("index is missing");
    if (text.size() > kMaxDocumentBytes)
      return refuse(
          fmt::format("the document has {} bytes, limit: {}", text.size(), kMaxDocumentBytes));
    if (auto read = reader_.Read(text, batch_.arena, budget_, document_); !read) {
      if (read.error().code != Code::kInvalidArgument) return read;
      return refuse(read.error().text);
    }
    if (!document_.bad_time.empty())
      return refuse("failed to parse date field " + GoQuote(document_.bad_time.substr(0, 100)));
    NARFI_ASSIGN(PushEntry* const entry, streams_.AddEntry(index, document_));
    entry->ordinal = static_cast<uint32_t>(out_->items.size() - 1);
    entry->time_ns = document_.time_ns.value_or(received_ns_);
    return {};
  }

  std::string_view rest_;
  const DocumentOptions& options_;
  const int64_t received_ns_;
  PushBatch& batch_;
  ObjectBudget budget_;
  ActionReader actions_;
  DocumentReader reader_;
  DocumentReader::Document document_;
  DocumentStreams streams_;
  std::map<std::string, uint32_t> index_of_;
  std::shared_ptr<BulkItems> out_;
};

}  // namespace

Status DecodeBulk(std::string_view bytes, const DocumentOptions& options, int64_t received_ns,
                  PushBatch& batch, size_t object_bytes) {
  return BulkDecoder(bytes, options, received_ns, batch, object_bytes).Run();
}

}  // namespace narfi::ingest
