// The two JSON forms of a push, by simdjson's on-demand parser, values straight into place:
//
//   {"streams":[{"stream":{"app":"x"},"values":[["<ns>","<line>",{"name":"value"}]]}]}
//   {"streams":[{"labels":"{app=\"x\"}","entries":[{"ts":"<RFC 3339>","line":"<line>"}]}]} (older)
//
// What differs from simdjson's own view of JSON, because Loki's clients may rely on it: one bad
// byte does not refuse the document (it is repaired, and the document read again), half a surrogate
// pair becomes U+FFFD, text behind the document is ignored (so the document is walked as a value,
// without the library's look at its last byte), and keys are compared after unescaping.
#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "base/time.h"
#include "base/unicode.h"
#include "ingest/body_codec.h"
#include "ingest/json_strings.h"
#include "ingest/push_decode.h"

namespace narfi::ingest {
namespace {

namespace ondemand = simdjson::ondemand;
static_assert(kBodySlack >= simdjson::SIMDJSON_PADDING);

constexpr size_t kKeptParserBytes = 2 << 20;  // larger documents get a parser of their own

tl::unexpected<Error> BadJson(std::string text) {
  return Fail(Code::kInvalidArgument, "loghttp.PushRequest: " + std::move(text));
}

tl::unexpected<Error> BadJson(simdjson::error_code error) {
  return BadJson(simdjson::error_message(error));
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// Walks one document. All strings go, unescaped, into one buffer of the document's size: together
// they cannot be longer than it.
class PushWalker {
 public:
  PushWalker(ondemand::parser& parser, std::string_view document, PushBatch& batch,
             size_t object_bytes)
      : parser_(parser),
        document_end_(document.data() + document.size()),
        batch_(batch),
        budget_(document.size(), object_bytes),
        text_(batch.arena.Allocate(document.size() + kBodySlack)) {}

  Status ReadPush(ondemand::object push);

 private:
  Status ReadStreams(ondemand::value streams);
  Status ReadStream(ondemand::object object, PushStream& stream);
  Status ReadLabels(ondemand::value labels, PushStream& stream);
  Status ReadValues(ondemand::value values, PushStream& stream);
  Status ReadValue(ondemand::array elements, PushEntry& entry);
  Status ReadMetadata(ondemand::value metadata, PushEntry& entry);
  Status ReadOldEntries(ondemand::value entries, PushStream& stream);
  Status ReadOldEntry(ondemand::object object, PushEntry& entry);
  Result<PushEntry*> AddEntry(PushStream& stream);

  Result<std::string_view> Unescape(ondemand::raw_json_string raw);
  Result<std::string_view> ReadString(ondemand::value value, const char* what);
  Result<std::string_view> ReadTextOrToken(ondemand::value value);
  Result<int64_t> ReadTimestamp(ondemand::value value);

  // Calls body(key, value) for each field.
  template <class Body>
  Status ForEachField(ondemand::object object, Body body);
  // Calls body(element) for each element of what must be a list.
  template <class Body>
  Status ForEachElement(ondemand::value list, const char* what, Body body);

  ondemand::parser& parser_;
  const char* document_end_;
  PushBatch& batch_;
  ObjectBudget budget_;
  char* text_;  // the free end of the string buffer
  uint32_t next_ordinal_ = 0;
};

template <class Body>
Status PushWalker::ForEachField(ondemand::object object, Body body) {
  for (auto item : object) {
    ondemand::field field;
    if (const auto error = std::move(item).get(field)) return BadJson(error);
    NARFI_ASSIGN(const std::string_view key, Unescape(field.key()));
    NARFI_TRY(body(key, field.value()));
  }
  return {};
}

template <class Body>
Status PushWalker::ForEachElement(ondemand::value list, const char* what, Body body) {
  ondemand::array array;
  if (list.get_array().get(array) != simdjson::SUCCESS) {
    return BadJson(std::string(what) + " must be a list");
  }
  for (auto item : array) {
    ondemand::value element;
    if (const auto error = std::move(item).get(element)) return BadJson(error);
    NARFI_TRY(body(element));
  }
  return {};
}

Result<std::string_view> PushWalker::Unescape(ondemand::raw_json_string raw) {
  auto* end = reinterpret_cast<uint8_t*>(text_);
  std::string_view text;
  if (parser_.unescape(raw, end).get(text) == simdjson::SUCCESS) {
    text_ = reinterpret_cast<char*>(end);
    return text;
  }
  const char* begin = raw.raw();
  char* stop = UnescapeLikeGo({begin, static_cast<size_t>(document_end_ - begin)}, text_);
  if (stop == nullptr) return BadJson("a string has an invalid escape");
  text = {text_, static_cast<size_t>(stop - text_)};
  text_ = stop;
  return text;
}

Result<std::string_view> PushWalker::ReadString(ondemand::value value, const char* what) {
  ondemand::raw_json_string raw;
  if (value.get_raw_json_string().get(raw) != simdjson::SUCCESS) {
    return BadJson(std::string(what) + " must be a string");
  }
  return Unescape(raw);
}

// A label's value: what is no string stands for its own text.
Result<std::string_view> PushWalker::ReadTextOrToken(ondemand::value value) {
  ondemand::json_type type{};
  if (const auto error = value.type().get(type)) return BadJson(error);
  if (type == ondemand::json_type::string) return ReadString(value, "label value");
  std::string_view token;
  if (const auto error = simdjson::to_json_string(value).get(token)) return BadJson(error);
  while (!token.empty() && static_cast<uint8_t>(token.back()) <= ' ') token.remove_suffix(1);
  return batch_.arena.Copy(token);
}

Result<int64_t> PushWalker::ReadTimestamp(ondemand::value value) {
  NARFI_ASSIGN(const std::string_view text, ReadString(value, "timestamp"));
  int64_t time_ns = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, time_ns);
  if (error != std::errc{} || stop != end) {
    return BadJson("timestamp must be nanoseconds since 1970 in a string");
  }
  return time_ns;
}

Result<PushEntry*> PushWalker::AddEntry(PushStream& stream) {
  NARFI_TRY(budget_.Take<PushEntry>());
  PushEntry& entry = stream.entries.emplace_back();
  entry.ordinal = next_ordinal_++;
  entry.time_ns = kNoTime;
  return &entry;
}

Status PushWalker::ReadMetadata(ondemand::value metadata, PushEntry& entry) {
  ondemand::object object;
  if (metadata.get_object().get(object) != simdjson::SUCCESS) {
    return BadJson("structured metadata must be an object");
  }
  return ForEachField(object, [&](std::string_view name, ondemand::value value) -> Status {
    NARFI_TRY(budget_.Take<MetadataPair>());
    NARFI_ASSIGN(const std::string_view text, ReadString(value, "structured metadata value"));
    entry.metadata.push_back({name, text}, batch_.arena);
    return {};
  });
}

Status PushWalker::ReadValue(ondemand::array elements, PushEntry& entry) {
  int index = 0;
  for (auto item : elements) {
    ondemand::value element;
    if (const auto error = std::move(item).get(element)) return BadJson(error);
    switch (index++) {
      case 0: {
        NARFI_ASSIGN(entry.time_ns, ReadTimestamp(element));
        break;
      }
      case 1: {
        NARFI_ASSIGN(entry.line, ReadString(element, "line"));
        break;
      }
      case 2:
        NARFI_TRY(ReadMetadata(element, entry));
        break;
      default:
        break;  // skipped by the next step of the loop
    }
  }
  return {};
}

Status PushWalker::ReadValues(ondemand::value values, PushStream& stream) {
  stream.entries.clear();
  return ForEachElement(values, "values", [&](ondemand::value element) -> Status {
    ondemand::array elements;
    if (element.get_array().get(elements) != simdjson::SUCCESS) {
      return BadJson("an entry of values must be a list");
    }
    NARFI_ASSIGN(PushEntry * entry, AddEntry(stream));
    return ReadValue(elements, *entry);
  });
}

Status PushWalker::ReadLabels(ondemand::value labels, PushStream& stream) {
  ondemand::object object;
  if (labels.get_object().get(object) != simdjson::SUCCESS) {
    return BadJson("stream must be an object");
  }
  std::vector<Label> pairs;
  const Status read =
      ForEachField(object, [&](std::string_view name, ondemand::value value) -> Status {
        NARFI_TRY(budget_.Take<Label>());
        NARFI_ASSIGN(const std::string_view text, ReadTextOrToken(value));
        pairs.push_back({std::string(name), std::string(text)});
        return {};
      });
  NARFI_TRY(read);
  return SetStreamLabels(std::move(pairs), stream);
}

Status PushWalker::ReadOldEntry(ondemand::object object, PushEntry& entry) {
  return ForEachField(object, [&](std::string_view key, ondemand::value value) -> Status {
    if (EqualsIgnoringCase(key, "ts")) {
      NARFI_ASSIGN(const std::string_view text, ReadString(value, "ts"));
      Result<int64_t> time_ns = ParseRfc3339(text);
      if (!time_ns) return BadJson("ts: " + time_ns.error().text);
      entry.time_ns = *time_ns;
    } else if (EqualsIgnoringCase(key, "line")) {
      NARFI_ASSIGN(entry.line, ReadString(value, "line"));
    }
    return {};
  });
}

Status PushWalker::ReadOldEntries(ondemand::value entries, PushStream& stream) {
  stream.entries.clear();
  return ForEachElement(entries, "entries", [&](ondemand::value element) -> Status {
    ondemand::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS) {
      return BadJson("an entry of entries must be an object");
    }
    NARFI_ASSIGN(PushEntry * entry, AddEntry(stream));
    return ReadOldEntry(object, *entry);
  });
}

Status PushWalker::ReadStream(ondemand::object object, PushStream& stream) {
  return ForEachField(object, [&](std::string_view key, ondemand::value value) -> Status {
    if (key == "stream") return ReadLabels(value, stream);
    if (key == "values") return ReadValues(value, stream);
    if (key == "entries") return ReadOldEntries(value, stream);
    if (key == "labels") {
      NARFI_ASSIGN(const std::string_view text, ReadString(value, "labels"));
      return ParseStreamLabels(text, budget_, stream);
    }
    return {};
  });
}

Status PushWalker::ReadStreams(ondemand::value streams) {
  batch_.streams.clear();
  ondemand::json_type type{};
  if (const auto error = streams.type().get(type)) return BadJson(error);
  if (type == ondemand::json_type::null) return {};
  return ForEachElement(streams, "streams", [&](ondemand::value element) -> Status {
    ondemand::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS) {
      return BadJson("a stream must be an object");
    }
    NARFI_TRY(budget_.Take<PushStream>());
    return ReadStream(object, batch_.streams.emplace_back());
  });
}

Status PushWalker::ReadPush(ondemand::object push) {
  return ForEachField(push, [&](std::string_view key, ondemand::value value) -> Status {
    return EqualsIgnoringCase(key, "streams") ? ReadStreams(value) : Status();
  });
}

// Before the library makes an index of four bytes for each punctuation mark of a large document.
bool IsMostlyPunctuation(std::string_view body) {
  if (body.size() < kKeptParserBytes) return false;
  size_t marks = 0;
  for (const char c : body) {
    marks += static_cast<size_t>(c == '{') + static_cast<size_t>(c == '}') +
             static_cast<size_t>(c == '[') + static_cast<size_t>(c == ']') +
             static_cast<size_t>(c == ',') + static_cast<size_t>(c == ':');
  }
  return marks > body.size() / 2;
}

// Of a document that is no object only null counts as a push, one without streams.
Status ReadScalarDocument(std::string_view body) {
  const size_t begin = std::min(body.find_first_not_of(" \t\r\n"), body.size());
  if (body.substr(begin).starts_with("null")) return {};
  return BadJson("the body must be an object");
}

Status WalkDocument(ondemand::parser& parser, const std::string& body, PushBatch& batch,
                    size_t object_bytes, simdjson::error_code& unreadable) {
  ondemand::document document;
  unreadable = parser.iterate(body.data(), body.size(), body.size() + kBodySlack).get(document);
  if (unreadable == simdjson::EMPTY) return Fail(Code::kInvalidArgument, "EOF");
  if (unreadable != simdjson::SUCCESS) return BadJson(unreadable);
  ondemand::value root;
  if (document.get_value().get(root) != simdjson::SUCCESS) return ReadScalarDocument(body);
  ondemand::object push;
  if (root.get_object().get(push) != simdjson::SUCCESS) {
    return BadJson("the body must be an object");
  }
  return PushWalker(parser, body, batch, object_bytes).ReadPush(push);
}

}  // namespace

Status DecodeJsonPush(const std::string& body, PushBatch& batch, size_t object_bytes) {
  if (IsMostlyPunctuation(body)) return BadJson("the body is mostly punctuation, not log lines");
  thread_local ondemand::parser kept;
  ondemand::parser large;
  simdjson::error_code unreadable = simdjson::SUCCESS;
  ondemand::parser& parser = body.size() <= kKeptParserBytes ? kept : large;
  Status status = WalkDocument(parser, body, batch, object_bytes, unreadable);
  if (unreadable != simdjson::UTF8_ERROR) return status;
  std::string repaired = RepairUtf8(body);
  repaired.reserve(repaired.size() + kBodySlack);
  return WalkDocument(large, repaired, batch, object_bytes, unreadable);
}

}  // namespace narfi::ingest
