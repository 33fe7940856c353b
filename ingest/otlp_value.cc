#include "ingest/otlp_value.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "base/go_text.h"
#include "base/json_write.h"
#include "ingest/entry_metadata.h"

namespace narfi::ingest {
namespace {

using proto::WireReader;

enum class ValueKind : uint8_t { kNone, kString, kBool, kInt, kDouble, kArray, kMap, kBytes };

struct AnyValue {
  ValueKind kind = ValueKind::kNone;
  std::string_view bytes;  // of a string, bytes, an array or a map
  int64_t number = 0;
  double real = 0;
};

Result<AnyValue> ReadAny(std::string_view bytes) {
  AnyValue value;
  WireReader reader(bytes);
  while (reader.Next()) {
    switch (reader.field()) {
      case 1:
        value = {ValueKind::kString, reader.Bytes(), 0, 0};
        break;
      case 2:
        value = {ValueKind::kBool, {}, reader.Varint() != 0 ? 1 : 0, 0};
        break;
      case 3:
        value = {ValueKind::kInt, {}, reader.Int64(), 0};
        break;
      case 4:
        value = {ValueKind::kDouble, {}, 0, std::bit_cast<double>(reader.Fixed64())};
        break;
      case 5:
        value = {ValueKind::kArray, reader.Bytes(), 0, 0};
        break;
      case 6:
        value = {ValueKind::kMap, reader.Bytes(), 0, 0};
        break;
      case 7:
        value = {ValueKind::kBytes, reader.Bytes(), 0, 0};
        break;
      default:
        reader.Skip();
    }
  }
  NARFI_TRY(CheckWire(reader));
  return value;
}

struct KeyValue {
  std::string_view key;
  std::string_view value;
};

Result<KeyValue> ReadKeyValue(std::string_view bytes) {
  KeyValue pair;
  WireReader reader(bytes);
  while (reader.Next()) {
    switch (reader.field()) {
      case 1:
        pair.key = reader.Bytes();
        break;
      case 2:
        pair.value = reader.Bytes();
        break;
      default:
        reader.Skip();
    }
  }
  NARFI_TRY(CheckWire(reader));
  return pair;
}

// Calls see(element) for each element of an ArrayValue or a KeyValueList.
template <class See>
Status ForEachElement(std::string_view bytes, See see) {
  WireReader reader(bytes);
  while (reader.Next()) {
    if (reader.field() != 1) {
      reader.Skip();
      continue;
    }
    const std::string_view element = reader.Bytes();
    if (reader.ok()) NARFI_TRY(see(element));
  }
  return CheckWire(reader);
}

void AppendBase64(std::string& dst, std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t block = 0;
    for (size_t j = 0; j < 3; ++j)
      block = block << 8 | (j < count ? static_cast<uint8_t>(bytes[i + j]) : 0U);
    for (size_t j = 0; j < 4; ++j) dst += j <= count ? kDigits[block >> (18 - 6 * j) & 63] : '=';
  }
}

// As encoding/json writes a string: HTML's characters are escaped.
void AppendHtmlSafe(std::string& dst, std::string_view text) {
  std::string quoted;
  AppendJsonString(quoted, text);
  for (const char c : quoted) {
    if (c == '<') {
      dst += "\\u003c";
    } else if (c == '>') {
      dst += "\\u003e";
    } else if (c == '&') {
      dst += "\\u0026";
    } else {
      dst += c;
    }
  }
}

tl::unexpected<Error> TooDeep() {
  return Fail(Code::kInvalidArgument, "an attribute or a body is nested too deeply");
}

// False for what JSON cannot say: Go then gives up on the whole text.
Result<bool> AppendJson(std::string& dst, std::string_view bytes, int depth);

Result<bool> AppendJsonMap(std::string& dst, std::string_view bytes, int depth) {
  std::vector<KeyValue> pairs;
  NARFI_TRY(ForEachElement(bytes, [&](std::string_view element) -> Status {
    NARFI_ASSIGN(const KeyValue pair, ReadKeyValue(element));
    pairs.push_back(pair);
    return {};
  }));
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const KeyValue& a, const KeyValue& b) { return a.key < b.key; });
  dst += '{';
  Comma comma;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (i + 1 < pairs.size() && pairs[i + 1].key == pairs[i].key) continue;  // the last counts
    comma(dst);
    AppendHtmlSafe(dst, pairs[i].key);
    dst += ':';
    NARFI_ASSIGN(const bool sayable, AppendJson(dst, pairs[i].value, depth + 1));
    if (!sayable) return false;
  }
  dst += '}';
  return true;
}

Result<bool> AppendJsonArray(std::string& dst, std::string_view bytes, int depth) {
  dst += '[';
  Comma comma;
  bool sayable = true;
  NARFI_TRY(ForEachElement(bytes, [&](std::string_view element) -> Status {
    comma(dst);
    NARFI_ASSIGN(const bool said, AppendJson(dst, element, depth + 1));
    sayable = sayable && said;
    return {};
  }));
  dst += ']';
  return sayable;
}

Result<bool> AppendJson(std::string& dst, std::string_view bytes, int depth) {
  if (depth > kMaxValueDepth) return TooDeep();
  NARFI_ASSIGN(const AnyValue value, ReadAny(bytes));
  switch (value.kind) {
    case ValueKind::kNone:
      dst += "null";
      return true;
    case ValueKind::kString:
      AppendHtmlSafe(dst, value.bytes);
      return true;
    case ValueKind::kBool:
      dst += value.number != 0 ? "true" : "false";
      return true;
    case ValueKind::kInt:
      AppendInt(dst, value.number);
      return true;
    case ValueKind::kDouble:
      if (!std::isfinite(value.real)) return false;
      dst += FormatJsonNumber(value.real);
      return true;
    case ValueKind::kArray:
      return AppendJsonArray(dst, value.bytes, depth);
    case ValueKind::kMap:
      return AppendJsonMap(dst, value.bytes, depth);
    case ValueKind::kBytes:
      dst += '"';
      AppendBase64(dst, value.bytes);
      dst += '"';
      return true;
  }
  return true;
}

Result<std::string_view> TextOf(const AnyValue& value, std::string_view bytes, Arena& arena) {
  std::string text;
  switch (value.kind) {
    case ValueKind::kNone:
      return std::string_view();
    case ValueKind::kString:
      return value.bytes;
    case ValueKind::kBool:
      return value.number != 0 ? std::string_view("true") : std::string_view("false");
    case ValueKind::kInt:
      AppendInt(text, value.number);
      break;
    case ValueKind::kDouble:
      text = std::isfinite(value.real) ? FormatJsonNumber(value.real)
                                       : "json: unsupported value: " + FormatSample(value.real);
      break;
    case ValueKind::kArray:
    case ValueKind::kMap: {
      NARFI_ASSIGN(const bool sayable, AppendJson(text, bytes, 0));
      if (!sayable) text.clear();
      break;
    }
    case ValueKind::kBytes:
      AppendBase64(text, value.bytes);
      break;
  }
  return arena.Copy(text);
}

Status AppendPairs(const KeyValue& pair, std::string_view prefix, int depth, ObjectBudget& budget,
                   Arena& arena, EntryPairs& out) {
  if (depth > kMaxValueDepth) return TooDeep();
  NARFI_ASSIGN(const AnyValue value, ReadAny(pair.value));
  std::string_view name = pair.key;
  if (!prefix.empty()) {
    NARFI_TRY(budget.TakeBytes(2 * (prefix.size() + pair.key.size())));
    std::string joined(prefix);
    joined += '_';
    name = arena.Copy(joined += pair.key);
  }
  if (value.kind == ValueKind::kMap) {
    return ForEachElement(value.bytes, [&](std::string_view element) -> Status {
      NARFI_ASSIGN(const KeyValue inner, ReadKeyValue(element));
      return AppendPairs(inner, name, depth + 1, budget, arena, out);
    });
  }
  NARFI_TRY(budget.Take<MetadataPair>());
  NARFI_ASSIGN(const std::string_view text, TextOf(value, pair.value, arena));
  if (!name.empty() && !text.empty()) out.push_back({ToMetadataName(name, arena), text}, arena);
  return {};
}

}  // namespace

Status CheckWire(const WireReader& reader) {
  if (reader.ok()) return {};
  return Fail(Code::kInvalidArgument, std::string(proto::WireErrorText(reader.error())));
}

Result<std::string_view> OtlpValueText(std::string_view value, Arena& arena) {
  NARFI_ASSIGN(const AnyValue any, ReadAny(value));
  return TextOf(any, value, arena);
}

Result<std::string_view> OtlpAttributeKey(std::string_view attribute) {
  NARFI_ASSIGN(const KeyValue pair, ReadKeyValue(attribute));
  return pair.key;
}

Status AppendOtlpAttribute(std::string_view attribute, ObjectBudget& budget, Arena& arena,
                           EntryPairs& out) {
  NARFI_ASSIGN(const KeyValue pair, ReadKeyValue(attribute));
  return AppendPairs(pair, {}, 0, budget, arena, out);
}

}  // namespace narfi::ingest
