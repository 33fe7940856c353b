#include "shipper/json_fields.h"

#include <simdjson.h>

#include "base/go_text.h"
#include "base/unicode.h"

namespace narfi::shipper {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The value of "\uXXXX" at `at`, or -1.
int EscapeAt(std::string_view text, size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int value = 0;
  for (size_t i = at + 2; i < at + 6; ++i) {
    if (!IsHex(text[i])) return -1;
    const char c = text[i];
    value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

// Halves of surrogate pairs, which the parser refuses, become \ufffd.
std::string RepairSurrogates(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      out += text[i++];
      continue;
    }
    const int value = EscapeAt(text, i);
    const int next = EscapeAt(text, i + 6);
    if (value >= 0xD800 && value < 0xDC00 && next >= 0xDC00 && next < 0xE000) {
      out += text.substr(i, 12);
      i += 12;
    } else if (value >= 0xD800 && value < 0xE000) {
      out += "\\ufffd";
      i += 6;
    } else {
      out += text.substr(i, 2);
      i += 2;
    }
  }
  return out;
}

std::optional<std::string> ScalarText(element value) {
  switch (value.type()) {
    case element_type::STRING:
      return std::string(value.get_string().value_unsafe());
    case element_type::INT64:
      return std::to_string(value.get_int64().value_unsafe());
    case element_type::UINT64:
      return std::to_string(value.get_uint64().value_unsafe());
    case element_type::DOUBLE:
      return FormatSample(value.get_double().value_unsafe());
    case element_type::BOOL:
      return value.get_bool().value_unsafe() ? "true" : "false";
    default:
      return std::nullopt;
  }
}

std::optional<element> FindKey(element object, std::string_view name) {
  std::optional<element> found;
  if (!object.is_object()) return found;
  const simdjson::dom::object members = object.get_object().value_unsafe();
  for (const auto field : members) {
    if (field.key == name) found = field.value;
  }
  return found;
}

std::optional<element> FindIndex(element list, int64_t index) {
  if (!list.is_array()) return std::nullopt;
  const auto array = list.get_array().value_unsafe();
  if (index < 0) {
    // size() of the library stops counting at 0xFFFFFF.
    int64_t count = 0;
    for ([[maybe_unused]] const auto item : array) ++count;
    index += count;
  }
  if (index < 0) return std::nullopt;
  for (const auto item : array) {
    if (index-- == 0) return item;
  }
  return std::nullopt;
}

}  // namespace

struct JsonFields::Impl {
  simdjson::dom::parser parser{kMaxJsonBytes};
  element root;

  bool Try(std::string_view text) {
    const auto error = parser.parse(text.data(), text.size(), true).get(root);
    return error == simdjson::SUCCESS;
  }
};

JsonFields::JsonFields() : impl_(std::make_unique<Impl>()) {}
JsonFields::~JsonFields() = default;

bool JsonFields::Parse(std::string_view text) {
  if (text.size() > kMaxJsonBytes) return false;
  try {
    if (impl_->Try(text)) return true;
    // Most lines that fail are no JSON at all; these two are what Go forgives.
    const bool bad_utf8 = !IsValidUtf8(text);
    if (!bad_utf8 && text.find("\\u") == std::string_view::npos) return false;
    return impl_->Try(RepairSurrogates(bad_utf8 ? RepairUtf8(text) : std::string(text)));
  } catch (const std::exception&) {
    return false;  // out of memory for a huge line: it stays a plain one
  }
}

bool JsonFields::is_object() const { return impl_->root.is_object(); }

std::optional<std::string> JsonFields::Get(const JsonPath& path) const {
  std::optional<element> at = impl_->root;
  for (const JsonStep& step : path) {
    at = std::holds_alternative<std::string>(step) ? FindKey(*at, std::get<std::string>(step))
                                                   : FindIndex(*at, std::get<int64_t>(step));
    if (!at) return std::nullopt;
  }
  if (at->is_object() || at->is_array()) return simdjson::minify(*at);
  return ScalarText(*at);
}

std::optional<std::string> JsonFields::GetScalar(std::string_view name) const {
  const std::optional<element> found = FindKey(impl_->root, name);
  return found ? ScalarText(*found) : std::nullopt;
}

}  // namespace narfi::shipper
