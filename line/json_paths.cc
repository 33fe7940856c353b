#include <simdjson.h>

#include <cstring>

#include "line/json_fields.h"
#include "line/json_lenient.h"
#include "line/logfmt.h"

namespace narfi::line {
namespace {

namespace ondemand = simdjson::ondemand;

using PathSet = std::vector<uint32_t>;  // indexes of paths

std::string_view TrimToken(std::string_view text) {
  const size_t last = text.find_last_not_of(" \n\r\t");
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

}  // namespace

class JsonPaths::Impl {
 public:
  explicit Impl(std::vector<JsonPath> paths) : paths_(std::move(paths)) {
    for (uint32_t i = 0; i < paths_.size(); ++i) all_.push_back(i);
  }

  Outcome Extract(std::string_view line, std::span<Value> values, Arena& arena) {
    values_ = values;
    arena_ = &arena;
    Reset();
    if (line.empty()) return {};
    const char first = line.front();
    if (first != '{' && first != '[' && first != '"') return {true, {}};
    if (first == '{' && WalkLine(line)) return {};
    Reset();
    error_ = {};
    ScanDocuments(line);
    return {!error_.empty(), error_};
  }

 private:
  void Reset() {
    for (Value& value : values_) value = {};
    left_ = paths_.size();
  }

  // ---------------------------------------------------------------- through the library

  bool WalkLine(std::string_view line) {
    buffer_.resize(line.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(buffer_.data(), line.data(), line.size());
    ondemand::document document;
    if (parser_.iterate(simdjson::padded_string_view(buffer_.data(), line.size(), buffer_.size()))
            .get(document) != simdjson::SUCCESS)
      return false;
    ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) return false;
    if (!WalkObject(object, all_, 0)) return false;
    if (left_ == 0) return true;
    const char* end = nullptr;
    return document.current_location().get(end) !=
           simdjson::SUCCESS;  // else there is text behind it
  }

  bool WalkObject(ondemand::object& object, const PathSet& active, size_t depth) {
    for (auto member : object) {
      ondemand::field field;
      if (std::move(member).get(field) != simdjson::SUCCESS) return false;
      const std::string_view key = KeyText(field.key().raw());
      ondemand::value value = field.value();
      if (!WalkValue(value, Narrow(active, depth, key), depth + 1)) return false;
      if (left_ == 0) return true;
    }
    return true;
  }

  // `matched` are the paths whose first `depth` steps lead here.
  bool WalkValue(ondemand::value& value, const PathSet& matched, size_t depth) {
    if (matched.empty()) return true;
    size_t complete = 0;
    for (const uint32_t path : matched) complete += paths_[path].size() == depth ? 1 : 0;
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    const bool is_container =
        type == ondemand::json_type::object || type == ondemand::json_type::array;
    if (complete == 0 && !is_container) return true;
    if (complete != 0 && complete != matched.size() && is_container)
      return false;  // wants it twice
    if (complete != 0) return GiveValue(value, type, matched, depth);
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      return value.get_object().get(object) == simdjson::SUCCESS &&
             WalkObject(object, matched, depth);
    }
    uint64_t index = 0;
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return false;
    for (auto element : array) {
      ondemand::value item;
      if (std::move(element).get(item) != simdjson::SUCCESS) return false;
      if (!WalkValue(item, NarrowIndex(matched, depth, index++), depth + 1)) return false;
      if (left_ == 0) return true;
    }
    return true;
  }

  bool GiveValue(ondemand::value& value, ondemand::json_type type, const PathSet& matched,
                 size_t depth) {
    std::string_view text;
    switch (type) {
      case ondemand::json_type::object: {
        ondemand::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS) return false;
        if (object.raw_json().get(text) != simdjson::SUCCESS) return false;
        break;
      }
      case ondemand::json_type::array: {
        ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) return false;
        if (array.raw_json().get(text) != simdjson::SUCCESS) return false;
        break;
      }
      case ondemand::json_type::string:
        if (value.get_string().get(text) != simdjson::SUCCESS) return false;
        break;
      case ondemand::json_type::number:
        text = TrimToken(value.raw_json_token());
        break;
      case ondemand::json_type::boolean:
        text = TrimToken(value.raw_json_token());
        if (text != "true" && text != "false") return false;
        break;
      case ondemand::json_type::null:
        if (TrimToken(value.raw_json_token()) != "null") return false;
        break;
    }
    Give(matched, depth, text);
    return true;
  }

  std::string_view KeyText(const char* raw) {
    const std::string_view rest(raw, static_cast<size_t>(buffer_.data() + buffer_.size() - raw));
    return Unescaped(rest.substr(0, LenientStringLength(rest)));
  }

  // ---------------------------------------------------------------- by hand, what the library
  // refuses

  // Several documents one after the other count as one; what stands between them does not disturb.
  void ScanDocuments(std::string_view rest) {
    while (!rest.empty() && left_ != 0 && error_.empty()) {
      const char c = rest.front();
      rest.remove_prefix(1);
      if (c == '{') {
        if (!ScanMembers(rest, all_, 0)) return;
      } else if (c == '[') {
        if (!ScanElements(rest, all_, 0)) return;
      } else if (c == '"') {
        const size_t length = LenientStringLength(rest);
        if (length == std::string_view::npos) return;
        rest.remove_prefix(length + 1);
        if (SkipJsonSpace(rest) && rest.front() == ':') error_ = lenient::kMalformedJson;
      }
    }
  }

  // The members of an object up to its '}'. False when the text ends within.
  bool ScanMembers(std::string_view& rest, const PathSet& active, size_t depth) {
    while (!rest.empty() && left_ != 0 && error_.empty()) {
      const char c = rest.front();
      if (c == '}') {
        rest.remove_prefix(1);
        return true;
      }
      if (c == '{' || c == '[') {
        if (!SkipBlock(rest)) return false;
        continue;
      }
      rest.remove_prefix(1);
      if (c != '"') continue;
      const size_t length = LenientStringLength(rest);
      if (length == std::string_view::npos) return false;
      const std::string_view key = Unescaped(rest.substr(0, length));
      rest.remove_prefix(length + 1);
      if (!SkipJsonSpace(rest)) return false;
      if (rest.front() != ':') continue;
      rest.remove_prefix(1);
      if (!ScanValue(rest, Narrow(active, depth, key), depth + 1)) return false;
    }
    return true;
  }

  bool ScanElements(std::string_view& rest, const PathSet& active, size_t depth) {
    for (uint64_t index = 0; left_ != 0 && error_.empty(); ++index) {
      if (!SkipJsonSpace(rest)) return false;
      if (rest.front() == ']') {
        rest.remove_prefix(1);
        return true;
      }
      if (!ScanValue(rest, NarrowIndex(active, depth, index), depth + 1)) return false;
      const size_t next = rest.find_first_of(",]");
      if (next == std::string_view::npos) return false;
      rest.remove_prefix(rest[next] == ',' ? next + 1 : next);
    }
    return true;
  }

  bool ScanValue(std::string_view& rest, const PathSet& matched, size_t depth) {
    if (!SkipJsonSpace(rest)) {
      if (HasComplete(matched, depth)) error_ = lenient::kMalformedJson;
      return false;
    }
    const char first = rest.front();
    if (HasComplete(matched, depth)) {
      std::string_view copy = rest;
      LenientValue value;
      error_ = TakeLenientValue(copy, value);
      if (!error_.empty()) return false;
      Give(matched, depth,
           value.kind == LenientKind::kNull     ? std::string_view()
           : value.kind == LenientKind::kString ? Unescaped(value.text)
                                                : value.text);
    }
    if (first == '"') {
      const size_t length = LenientStringLength(rest.substr(1));
      if (length == std::string_view::npos) return false;
      rest.remove_prefix(length + 2);
      return true;
    }
    if (first != '{' && first != '[') {
      const size_t end = rest.find_first_of(",}]\"{[");
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
      return true;
    }
    if (matched.empty()) return SkipBlock(rest);
    rest.remove_prefix(1);
    return first == '{' ? ScanMembers(rest, matched, depth) : ScanElements(rest, matched, depth);
  }

  static bool SkipBlock(std::string_view& rest) {
    const size_t length = LenientBlockLength(rest);
    if (length == std::string_view::npos) return false;
    rest.remove_prefix(length);
    return true;
  }

  // ---------------------------------------------------------------- both

  PathSet Narrow(const PathSet& active, size_t depth, std::string_view key) const {
    PathSet out;
    for (const uint32_t path : active) {
      if (values_[path].found || paths_[path].size() <= depth) continue;
      const JsonStep& step = paths_[path][depth];
      if (!step.is_index && step.field == key) out.push_back(path);
    }
    return out;
  }

  PathSet NarrowIndex(const PathSet& active, size_t depth, uint64_t index) const {
    PathSet out;
    for (const uint32_t path : active) {
      if (values_[path].found || paths_[path].size() <= depth) continue;
      const JsonStep& step = paths_[path][depth];
      if (step.is_index && step.index == index) out.push_back(path);
    }
    return out;
  }

  bool HasComplete(const PathSet& matched, size_t depth) const {
    for (const uint32_t path : matched) {
      if (paths_[path].size() == depth) return true;
    }
    return false;
  }

  void Give(const PathSet& matched, size_t depth, std::string_view text) {
    const std::string_view kept = arena_->Copy(ToLabelValue(text, *arena_));
    for (const uint32_t path : matched) {
      if (paths_[path].size() != depth || values_[path].found) continue;
      values_[path] = {true, kept};
      --left_;
    }
  }

  // A string with an escape that JSON does not have is empty.
  std::string_view Unescaped(std::string_view text) {
    if (text.find('\\') == std::string_view::npos) return text;
    std::string plain;
    return UnescapeLenient(text, plain) ? arena_->Copy(plain) : std::string_view();
  }

  const std::vector<JsonPath> paths_;
  PathSet all_;
  ondemand::parser parser_;
  std::string buffer_;
  // The line being read.
  std::span<Value> values_;
  Arena* arena_ = nullptr;
  size_t left_ = 0;
  std::string_view error_;
};

JsonPaths::JsonPaths(std::vector<JsonPath> paths)
    : impl_(std::make_unique<Impl>(std::move(paths))) {}
JsonPaths::~JsonPaths() = default;

Outcome JsonPaths::Extract(std::string_view line, std::span<Value> values, Arena& arena) {
  return impl_->Extract(line, values, arena);
}

}  // namespace narfi::line
