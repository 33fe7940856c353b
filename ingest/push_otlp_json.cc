// OTLP's JSON form as protobuf, so that one reader knows what OTLP means. The JSON mapping is
// protobuf's, but that ids are hex and enums may be numbers; unknown keys are ignored.
#include <simdjson.h>

#include <charconv>

#include "base/bytes.h"
#include "base/unicode.h"
#include "ingest/body_codec.h"
#include "ingest/json_strings.h"
#include "ingest/otlp_text.h"
#include "ingest/otlp_value.h"
#include "ingest/push_otlp.h"

namespace narfi::ingest {
namespace {

namespace otlp_json = simdjson::ondemand;

constexpr uint32_t kVarintType = 0;
constexpr uint32_t kFixed64Type = 1;
constexpr uint32_t kBytesType = 2;
constexpr uint32_t kFixed32Type = 5;

tl::unexpected<Error> BadOtlp(std::string_view why) {
  return Fail(Code::kInvalidArgument, "otlp: " + std::string(why));
}

// A field of a message by its names in JSON.
struct Name {
  std::string_view camel;
  std::string_view snake;
};
bool Is(std::string_view key, const Name& name) { return key == name.camel || key == name.snake; }

class OtlpTranscoder {
 public:
  Status PutRequest(otlp_json::object request) {
    return FieldsOf(request, [this](std::string_view key, otlp_json::value value) -> Status {
      if (!Is(key, {"resourceLogs", "resource_logs"})) return {};
      return Elements(value, 1, [this](otlp_json::value logs) { return PutResourceLogs(logs); });
    });
  }
  std::string Take() { return std::move(out_); }

 private:
  Status PutResourceLogs(otlp_json::value logs) {
    return Fields(logs, [this](std::string_view key, otlp_json::value value) -> Status {
      if (key == "resource") {
        return Message(1, [&] {
          return PutAttributes(value, 1, 2,
                               [](std::string_view, const otlp_json::value&) { return Status(); });
        });
      }
      if (!Is(key, {"scopeLogs", "scope_logs"})) return {};
      return Elements(value, 2, [this](otlp_json::value scope) { return PutScopeLogs(scope); });
    });
  }

  Status PutScopeLogs(otlp_json::value logs) {
    return Fields(logs, [this](std::string_view key, otlp_json::value value) -> Status {
      if (key == "scope") {
        return Message(1, [&] {
          return PutAttributes(value, 3, 4,
                               [this](std::string_view name, otlp_json::value text) -> Status {
                                 if (name == "name") return PutText(1, text);
                                 if (name == "version") return PutText(2, text);
                                 return {};
                               });
        });
      }
      if (!Is(key, {"logRecords", "log_records"})) return {};
      return Elements(value, 2, [this](otlp_json::value record) { return PutRecord(record); });
    });
  }

  Status PutRecord(otlp_json::value record) {
    return PutAttributes(record, 6, 7,
                         [this](std::string_view key, otlp_json::value value) -> Status {
                           if (Is(key, {"timeUnixNano", "time_unix_nano"}))
                             return PutFixed64(1, value);
                           if (Is(key, {"observedTimeUnixNano", "observed_time_unix_nano"}))
                             return PutFixed64(11, value);
                           if (Is(key, {"severityNumber", "severity_number"}))
                             return PutSeverity(value);
                           if (Is(key, {"severityText", "severity_text"})) return PutText(3, value);
                           if (key == "body") return Message(5, [&] { return PutAny(value, 0); });
                           if (key == "flags") return PutFlags(value);
                           if (Is(key, {"traceId", "trace_id"})) return PutHex(9, value);
                           if (Is(key, {"spanId", "span_id"})) return PutHex(10, value);
                           if (Is(key, {"eventName", "event_name"})) return PutText(12, value);
                           return {};
                         });
  }

  // A message with attributes and the count of those that were dropped; `others` sees other fields.
  template <class Others>
  Status PutAttributes(otlp_json::value message, uint32_t attributes, uint32_t dropped,
                       Others others) {
    return Fields(message, [&](std::string_view key, otlp_json::value value) -> Status {
      if (key == "attributes")
        return Elements(value, attributes,
                        [this](otlp_json::value pair) { return PutPair(pair, 0); });
      if (Is(key, {"droppedAttributesCount", "dropped_attributes_count"}))
        return PutVarintField(dropped, value);
      return others(key, value);
    });
  }
  Status PutPair(otlp_json::value pair, int depth) {
    return Fields(pair, [&](std::string_view key, otlp_json::value value) -> Status {
      if (key == "key") return PutText(1, value);
      if (key == "value") return Message(2, [&] { return PutAny(value, depth); });
      return {};
    });
  }

  Status PutAny(otlp_json::value any, int depth) {
    if (depth > kMaxValueDepth) return BadOtlp("a value is nested too deeply");
    return Fields(any, [&](std::string_view key, otlp_json::value value) -> Status {
      if (Is(key, {"stringValue", "string_value"})) return PutText(1, value, true);
      if (Is(key, {"boolValue", "bool_value"})) return PutBool(2, value);
      if (Is(key, {"intValue", "int_value"})) return PutVarintField(3, value);
      if (Is(key, {"doubleValue", "double_value"})) return PutDouble(4, value);
      if (Is(key, {"bytesValue", "bytes_value"})) return PutBytes(7, value);
      if (Is(key, {"arrayValue", "array_value"}))
        return PutValues(5, value, [this, depth](otlp_json::value element) {
          return PutAny(element, depth + 1);
        });
      if (Is(key, {"kvlistValue", "kvlist_value"}))
        return PutValues(6, value, [this, depth](otlp_json::value element) {
          return PutPair(element, depth + 1);
        });
      return {};
    });
  }

  // {"values": [...]}
  template <class Put>
  Status PutValues(uint32_t field, otlp_json::value list, Put put) {
    return Message(field, [&] {
      return Fields(list, [&](std::string_view key, otlp_json::value value) -> Status {
        return key == "values" ? Elements(value, 1, put) : Status();
      });
    });
  }

  // ---- JSON

  static Result<bool> IsNull(otlp_json::value& value) {
    bool null = false;
    if (value.is_null().get(null) != simdjson::SUCCESS) return BadOtlp("the JSON is malformed");
    return null;
  }

  template <class See>
  static Status Fields(otlp_json::value value, See see) {
    NARFI_ASSIGN(const bool null, IsNull(value));
    if (null) return {};
    otlp_json::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return BadOtlp("expected an object");
    return FieldsOf(object, see);
  }

  template <class See>
  static Status FieldsOf(otlp_json::object object, See see) {
    std::string name;
    for (auto item : object) {
      otlp_json::field field;
      if (const auto error = std::move(item).get(field))
        return BadOtlp(simdjson::error_message(error));
      std::string_view key;
      if (const auto error = field.unescaped_key().get(key))
        return BadOtlp(simdjson::error_message(error));
      name = key;
      NARFI_TRY(see(std::string_view(name), field.value()));
    }
    return {};
  }

  // Each element as a message of the field.
  template <class Put>
  Status Elements(otlp_json::value value, uint32_t field, Put put) {
    NARFI_ASSIGN(const bool null, IsNull(value));
    if (null) return {};
    otlp_json::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return BadOtlp("expected a list");
    for (auto item : array) {
      otlp_json::value element;
      if (const auto error = std::move(item).get(element))
        return BadOtlp(simdjson::error_message(error));
      NARFI_TRY(Message(field, [&] { return put(element); }));
    }
    return {};
  }

  // The view lives until the next call.
  Result<std::string_view> Text(otlp_json::value value) {
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS) return text;
    // Half a surrogate pair, which the library refuses.
    const std::string_view token = value.raw_json_token();
    if (token.empty() || token.front() != '"') return BadOtlp("expected a string");
    text_.resize(token.size());
    const char* end = UnescapeLikeGo(token.substr(1), text_.data());
    if (end == nullptr) return BadOtlp("a string has an invalid escape");
    return std::string_view(text_).substr(0, static_cast<size_t>(end - text_.data()));
  }

  // A number, or one in quotes, as 64 bits.
  static Result<uint64_t> Number(otlp_json::value value) {
    std::string_view text = value.raw_json_token();
    while (!text.empty() && static_cast<uint8_t>(text.back()) <= ' ') text.remove_suffix(1);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
      text = text.substr(1, text.size() - 2);
    if (text.empty() || text == "null") return 0;
    const char* end = text.data() + text.size();
    if (text.front() == '-') {
      int64_t number = 0;
      const auto [stop, error] = std::from_chars(text.data(), end, number);
      if (error == std::errc{} && stop == end) return static_cast<uint64_t>(number);
    } else {
      uint64_t number = 0;
      const auto [stop, error] = std::from_chars(text.data(), end, number);
      if (error == std::errc{} && stop == end) return number;
    }
    return BadOtlp("expected a whole number");
  }

  // ---- protobuf

  void Tag(uint32_t field, uint32_t type) { PutVarint(out_, field << 3 | type); }

  // The length comes once it is known, in as many bytes as it could need.
  template <class Put>
  Status Message(uint32_t field, Put put) {
    constexpr size_t kLengthBytes = 5;
    Tag(field, kBytesType);
    const size_t at = out_.size();
    out_.append(kLengthBytes, '\0');
    NARFI_TRY(put());
    uint64_t length = out_.size() - at - kLengthBytes;
    for (size_t i = 0; i < kLengthBytes; ++i) {
      const bool last = i + 1 == kLengthBytes;
      out_[at + i] = static_cast<char>((length & 0x7F) | (last ? 0 : 0x80));
      length >>= 7;
    }
    return {};
  }

  void PutString(uint32_t field, std::string_view text) {
    Tag(field, kBytesType);
    PutVarint(out_, text.size());
    out_ += text;
  }

  Status PutText(uint32_t field, otlp_json::value value, bool keep_empty = false) {
    NARFI_ASSIGN(const bool null, IsNull(value));
    if (null) return {};
    NARFI_ASSIGN(const std::string_view text, Text(value));
    if (keep_empty || !text.empty()) PutString(field, text);
    return {};
  }

  Status PutHex(uint32_t field, otlp_json::value value) {
    NARFI_ASSIGN(const bool null, IsNull(value));
    if (null) return {};
    NARFI_ASSIGN(const std::string_view text, Text(value));
    NARFI_ASSIGN(const std::string id, OtlpFromHex(text));
    PutString(field, id);
    return {};
  }

  Status PutBytes(uint32_t field, otlp_json::value value) {
    NARFI_ASSIGN(const std::string_view text, Text(value));
    NARFI_ASSIGN(const std::string bytes, OtlpFromBase64(text));
    PutString(field, bytes);
    return {};
  }

  Status PutVarintField(uint32_t field, otlp_json::value value) {
    NARFI_ASSIGN(const uint64_t number, Number(value));
    Tag(field, kVarintType);
    PutVarint(out_, number);
    return {};
  }

  Status PutSeverity(otlp_json::value value) {
    otlp_json::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return BadOtlp("the JSON is malformed");
    if (type != otlp_json::json_type::string) return PutVarintField(2, value);
    NARFI_ASSIGN(const std::string_view text, Text(value));
    NARFI_ASSIGN(const uint64_t number, OtlpSeverity(text));
    Tag(2, kVarintType);
    PutVarint(out_, number);
    return {};
  }

  Status PutBool(uint32_t field, otlp_json::value value) {
    bool flag = false;
    if (value.get_bool().get(flag) != simdjson::SUCCESS) return BadOtlp("expected true or false");
    Tag(field, kVarintType);
    PutVarint(out_, flag ? 1 : 0);
    return {};
  }

  Status PutFixed64(uint32_t field, otlp_json::value value) {
    NARFI_ASSIGN(const uint64_t number, Number(value));
    Tag(field, kFixed64Type);
    out_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return {};
  }

  Status PutFlags(otlp_json::value value) {
    NARFI_ASSIGN(const uint64_t number, Number(value));
    const auto flags = static_cast<uint32_t>(number);
    Tag(8, kFixed32Type);
    out_.append(reinterpret_cast<const char*>(&flags), sizeof flags);
    return {};
  }

  Status PutDouble(uint32_t field, otlp_json::value value) {
    std::string_view text = value.raw_json_token();
    while (!text.empty() && static_cast<uint8_t>(text.back()) <= ' ') text.remove_suffix(1);
    if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
    double number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || stop != text.data() + text.size())
      return BadOtlp("expected a number");
    Tag(field, kFixed64Type);
    out_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return {};
  }

  std::string out_;
  std::string text_;
};

Result<std::string> Transcode(const std::string& body, simdjson::error_code& unreadable) {
  otlp_json::parser parser;
  otlp_json::document document;
  unreadable = parser.iterate(body.data(), body.size(), body.size() + kBodySlack).get(document);
  if (unreadable != simdjson::SUCCESS) return BadOtlp(simdjson::error_message(unreadable));
  otlp_json::value root;
  otlp_json::object request;
  if (document.get_value().get(root) != simdjson::SUCCESS ||
      root.get_object().get(request) != simdjson::SUCCESS)
    return BadOtlp("the body must be an object");
  OtlpTranscoder transcoder;
  NARFI_TRY(transcoder.PutRequest(request));
  return transcoder.Take();
}

}  // namespace

Result<std::string> OtlpJsonToProto(const std::string& body) {
  simdjson::error_code unreadable = simdjson::SUCCESS;
  Result<std::string> out = Transcode(body, unreadable);
  if (unreadable != simdjson::UTF8_ERROR) return out;
  std::string repaired = RepairUtf8(body);
  repaired.reserve(repaired.size() + kBodySlack);
  return Transcode(repaired, unreadable);
}

}  // namespace narfi::ingest
