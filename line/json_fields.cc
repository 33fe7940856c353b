#include "line/json_fields.h"

#include <simdjson.h>

#include <cstring>
#include <unordered_map>

#include "line/json_lenient.h"
#include "line/label_name.h"
#include "line/logfmt.h"

namespace narfi::line {
namespace {

namespace ondemand = simdjson::ondemand;

// What the name of a field comes to, remembered for each key as it is written in the lines.
struct JsonName {
  std::string_view label;  // joined with the names around it; empty for a blank key at the top
  bool usable = true;      // false: the key has an escape that JSON does not have
  int wanted = -1;         // index in the demand
  bool leads = true;       // an object of this name may hold something wanted
};

std::string_view TrimEnd(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' ||
                           text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

class JsonFields::Impl {
 public:
  explicit Impl(Demand demand) : demand_(std::move(demand)) {}

  Outcome Extract(std::string_view line, Found found, std::vector<Field>& out, Arena& arena) {
    line_ = line;
    found_ = found;
    out_ = &out;
    arena_ = &arena;
    if (IsComplete(demand_, found_)) return {};
    std::string_view start = line;
    if (!SkipJsonSpace(start) || start.front() != '{') return {true, lenient::kMalformedObject};
    const size_t before = out.size();
    saved_.assign(found.begin(), found.end());
    if (WalkLine()) return {};
    out.resize(before);
    std::copy(saved_.begin(), saved_.end(), found_.begin());
    const std::string_view error = WalkLenient(line, {}, 0);
    return {!error.empty(), error};
  }

 private:
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using NameMap = std::unordered_map<std::string, JsonName, KeyHash, std::equal_to<>>;

  bool WalkLine() {
    buffer_.resize(line_.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(buffer_.data(), line_.data(), line_.size());
    ondemand::document document;
    if (parser_.iterate(simdjson::padded_string_view(buffer_.data(), line_.size(), buffer_.size()))
            .get(document) != simdjson::SUCCESS)
      return false;
    ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) return false;
    return Walk(object, {}, 0);
  }

  // False when the library finds a flaw. Stops early, with true, when nothing more is wanted.
  bool Walk(ondemand::object& object, std::string_view prefix, int depth) {
    for (auto member : object) {
      ondemand::field field;
      if (std::move(member).get(field) != simdjson::SUCCESS) return false;
      const std::string_view raw_key = KeyText(field.key().raw());
      const JsonName name = NameOf(raw_key, prefix, depth);
      if (!name.usable) return false;
      ondemand::value value = field.value();
      if (!TakeValue(value, name, prefix, depth)) return false;
      if (done_) return true;
    }
    return true;
  }

  bool TakeValue(ondemand::value& value, const JsonName& name, std::string_view prefix, int depth) {
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    switch (type) {
      case ondemand::json_type::object: {
        if (!Enters(name, depth)) return true;
        ondemand::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS) return false;
        return Walk(object, name.label.empty() ? prefix : name.label, depth + 1);
      }
      case ondemand::json_type::array:
        return true;
      case ondemand::json_type::string:
        return TakeString(value, name);
      case ondemand::json_type::number:
        return Give(name, InLine(TrimEnd(value.raw_json_token())));
      case ondemand::json_type::boolean: {
        const std::string_view token = TrimEnd(value.raw_json_token());
        return (token == "true" || token == "false") && Give(name, InLine(token));
      }
      case ondemand::json_type::null:
        return TrimEnd(value.raw_json_token()) == "null";
    }
    return false;
  }

  bool TakeString(ondemand::value& value, const JsonName& name) {
    if (!Wants(name)) return true;
    const std::string_view token = TrimEnd(value.raw_json_token());
    if (token.size() < 2 || token.back() != '"') return false;
    const std::string_view body = token.substr(1, token.size() - 2);
    if (body.find('\\') == std::string_view::npos) return Give(name, InLine(body));
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return false;
    return Give(name, arena_->Copy(text));
  }

  // The text of the error, or empty.
  std::string_view WalkLenient(std::string_view text, std::string_view prefix, int depth) {
    LenientObject object(text);
    while (object.Next()) {
      const JsonName name = NameOf(object.key(), prefix, depth);
      if (!name.usable) return lenient::kBadEscape;
      const LenientValue& value = object.value();
      if (value.kind == LenientKind::kObject) {
        if (!Enters(name, depth)) continue;
        const std::string_view error =
            WalkLenient(value.text, name.label.empty() ? prefix : name.label, depth + 1);
        if (!error.empty()) return error;
      } else if (value.kind == LenientKind::kString) {
        if (Wants(name)) Give(name, Unescape(value.text));
      } else if (value.kind != LenientKind::kArray && value.kind != LenientKind::kNull) {
        Give(name, value.text);
      }
      if (done_) return {};
    }
    return object.error();
  }

  std::string_view Unescape(std::string_view text) {
    if (text.find('\\') == std::string_view::npos) return text;
    std::string plain;
    return UnescapeLenient(text, plain) ? arena_->Copy(plain) : std::string_view();
  }

  bool Wants(const JsonName& name) const {
    if (name.label.empty()) return false;
    return demand_.everything ||
           (name.wanted >= 0 && found_[static_cast<size_t>(name.wanted)] == 0);
  }
  bool Enters(const JsonName& name, int depth) const { return depth < kMaxNesting && name.leads; }

  bool Give(const JsonName& name, std::string_view value) {
    if (!Wants(name)) return true;
    out_->push_back({name.label, ToLabelValue(value, *arena_)});
    if (!demand_.everything) {
      found_[static_cast<size_t>(name.wanted)] = 1;
      done_ = IsComplete(demand_, found_);
    }
    return true;
  }

  // The same bytes, but of the line instead of the padded copy.
  std::string_view InLine(std::string_view text) const {
    return line_.substr(static_cast<size_t>(text.data() - buffer_.data()), text.size());
  }
  std::string_view KeyText(const char* raw) const {
    const std::string_view rest(raw, static_cast<size_t>(buffer_.data() + line_.size() - raw));
    return rest.substr(0, LenientStringLength(rest));
  }

  JsonName NameOf(std::string_view raw_key, std::string_view prefix, int depth) {
    NameMap& names = depth == 0 ? top_ : nested_;
    std::string_view lookup = raw_key;
    if (depth != 0) {
      scratch_.assign(prefix).append(1, '\0').append(raw_key);
      lookup = scratch_;
    }
    if (const auto known = names.find(lookup); known != names.end()) return known->second;
    const bool keep = names.size() < kMaxCachedNames;
    const JsonName name = MakeName(raw_key, prefix, keep ? labels_ : *arena_);
    if (keep) names.emplace(lookup, name);
    return name;
  }

  JsonName MakeName(std::string_view raw_key, std::string_view prefix, Arena& arena) const {
    JsonName name;
    std::string key;
    name.usable = UnescapeLenient(raw_key, key);
    std::string label(prefix);
    if (!prefix.empty()) label += '_';
    const size_t before = label.size();
    AppendLabelName(label, key);
    if (label.size() == before) label.clear();
    name.label = arena.Copy(label);
    if (demand_.everything) return name;
    name.wanted = demand_.Find(label);
    name.leads = false;
    for (const std::string& wanted : demand_.names) name.leads |= wanted.starts_with(label);
    return name;
  }

  const Demand demand_;
  ondemand::parser parser_;
  std::string buffer_;
  std::string scratch_;
  std::vector<uint8_t> saved_;
  NameMap top_;
  NameMap nested_;
  Arena labels_;
  // The line being read.
  std::string_view line_;
  Found found_;
  std::vector<Field>* out_ = nullptr;
  Arena* arena_ = nullptr;
  bool done_ = false;

  friend class JsonFields;
};

JsonFields::JsonFields(Demand demand) : impl_(std::make_unique<Impl>(std::move(demand))) {}
JsonFields::~JsonFields() = default;

Outcome JsonFields::Extract(std::string_view line, Found found, std::vector<Field>& out,
                            Arena& arena) {
  impl_->done_ = false;
  return impl_->Extract(line, found, out, arena);
}

}  // namespace narfi::line
