#include "config/bind.h"

#include <fmt/format.h>

#include <optional>

#include "base/check.h"

namespace narfi::config {
namespace {

class Binder {
 public:
  Binder(const BindPlan& plan, const BindContext& context) : plan_(plan), context_(context) {}

  Status Bind(const YamlNode& map) {
    NARFI_TRY(BindMap(map, "", plan_.known_root));
    for (const Moved& moved : moved_) {
      if (set_.count(moved.setting->path) != 0) continue;  // the newer name wins
      NARFI_TRY(SetFromYaml(*moved.setting, *moved.value, context_));
    }
    return {};
  }

 private:
  struct Moved {
    const Setting* setting;
    const YamlNode* value;
  };

  Status BindMap(const YamlNode& map, const std::string& path, const KeyTree::Node* known) {
    if (map.is_null()) return {};
    if (!map.is_map()) {
      return FailAt(
          context_.file, map,
          path.empty() ? "expected a map" : fmt::format("\"{}\" must be a map", Full(path)));
    }
    for (size_t i = 0; i < map.keys.size(); ++i) {
      const std::string& name = map.keys[i].text;
      NARFI_TRY(
          BindKey(map.keys[i], map.items[i], path.empty() ? name : path + "." + name, path, known));
    }
    return {};
  }

  Status BindKey(const YamlNode& key, const YamlNode& value, const std::string& path,
                 const std::string& parent, const KeyTree::Node* known) {
    if (const Setting* setting = FindSetting(path)) {
      if (value.is_null()) return {};
      set_.insert(path);
      const auto before = ToYaml(setting->slot);
      NARFI_TRY(SetFromYaml(*setting, value, context_));
      if (setting->no_effect && ToYaml(setting->slot) != before)
        Warn(key, fmt::format("{} has no effect in this version", Full(path)));
      return {};
    }
    if (const auto reader = plan_.readers.find(path); reader != plan_.readers.end()) {
      return reader->second(value);
    }
    const OldKey* old = plan_.use_old_keys ? FindOldKey(Full(path)) : nullptr;
    const Setting* target = old != nullptr ? FindSetting(Local(old->moved_to)) : nullptr;
    if (target != nullptr) {
      moved_.push_back({target, &value});
      Warn(key, fmt::format("{} is an old name: taken as {}", Full(path), old->moved_to));
      return {};
    }
    const KeyTree::Node* child =
        plan_.known != nullptr ? plan_.known->Child(known, key.text) : nullptr;
    if (IsInterior(path)) return BindMap(value, path, child);
    if (child == nullptr) return Unknown(key, path, parent, known);
    NARFI_TRY(CheckIgnored(value, path, child));
    const std::string_view why = old != nullptr ? old->text : std::string_view();
    Warn(key, why.empty() ? fmt::format("ignored: {} has no meaning here", Full(path))
                          : fmt::format("ignored: {} has no meaning here: {}", Full(path), why));
    return {};
  }

  // What is ignored may still hold a typo.
  Status CheckIgnored(const YamlNode& value, const std::string& path, const KeyTree::Node* known) {
    if (known->anything || known->children.empty()) return {};
    if (value.is_list()) {
      for (const YamlNode& item : value.items) NARFI_TRY(CheckIgnored(item, path, known));
      return {};
    }
    if (value.is_null()) return {};
    if (!value.is_map()) {
      return FailAt(context_.file, value, fmt::format("\"{}\" must be a map", Full(path)));
    }
    for (size_t i = 0; i < value.keys.size(); ++i) {
      const KeyTree::Node* child = plan_.known->Child(known, value.keys[i].text);
      const std::string below = path + "." + value.keys[i].text;
      if (child == nullptr) return Unknown(value.keys[i], below, path, known);
      NARFI_TRY(CheckIgnored(value.items[i], below, child));
    }
    return {};
  }

  Status Unknown(const YamlNode& key, const std::string& path, const std::string& parent,
                 const KeyTree::Node* known) const {
    std::vector<std::string> candidates;
    const std::string prefix = parent.empty() ? "" : parent + ".";
    const auto add = [&](std::string_view full) {
      if (!full.starts_with(prefix)) return;
      const std::string_view rest = full.substr(prefix.size());
      candidates.emplace_back(rest.substr(0, rest.find('.')));
    };
    for (const Setting& setting : *plan_.settings) add(setting.path);
    for (const auto& [reader_path, reader] : plan_.readers) add(reader_path);
    if (known != nullptr) {
      for (const auto& [name, child] : known->children) candidates.emplace_back(name);
    }
    const std::string nearest = Nearest(key.text, candidates);
    std::string text = fmt::format("unknown key \"{}\"", Full(path));
    if (!nearest.empty()) text += fmt::format("; did you mean \"{}\"?", nearest);
    return FailAt(context_.file, key, text);
  }

  const Setting* FindSetting(std::string_view path) const {
    if (path.empty()) return nullptr;
    for (const Setting& setting : *plan_.settings) {
      if (setting.path == path) return &setting;
    }
    return nullptr;
  }

  // Something of use may stand below.
  bool IsInterior(const std::string& path) const {
    const std::string prefix = path + ".";
    for (const Setting& setting : *plan_.settings) {
      if (std::string_view(setting.path).starts_with(prefix)) return true;
    }
    for (const auto& [reader_path, reader] : plan_.readers) {
      if (std::string_view(reader_path).starts_with(prefix)) return true;
    }
    return plan_.use_old_keys && HasMovedKeyBelow(plan_.path_prefix + prefix);
  }

  std::string Full(const std::string& path) const { return plan_.path_prefix + path; }
  std::string_view Local(std::string_view path) const {
    if (!path.starts_with(plan_.path_prefix)) return {};
    return path.substr(plan_.path_prefix.size());
  }

  void Warn(const YamlNode& key, const std::string& text) const {
    context_.warnings->push_back(fmt::format("{}: {}", Place(context_.file, key), text));
  }

  const BindPlan& plan_;
  const BindContext& context_;
  std::set<std::string> set_;
  std::vector<Moved> moved_;
};

Result<std::vector<RetentionStream>> ReadRetention(const YamlNode& value,
                                                   const BindContext& context) {
  if (!value.is_list())
    return FailAt(context.file, value, "expected a list of {selector, priority, period}");
  std::vector<RetentionStream> out;
  for (const YamlNode& item : value.items) {
    RetentionStream rule;
    const SettingTable table = {{"selector", "", Text{&rule.selector}, ""},
                                {"priority", "", Integer{&rule.priority}, ""},
                                {"period", "", Duration{&rule.period_ns}, ""}};
    BindPlan plan;
    plan.settings = &table;
    NARFI_TRY(BindYaml(item, plan, context));
    if (rule.selector.empty())
      return FailAt(context.file, item, "a retention_stream needs a selector");
    out.push_back(std::move(rule));
  }
  return out;
}

Result<OtlpAction> ReadOtlpAction(const std::string& text, bool has_labels) {
  for (const OtlpAction action :
       {OtlpAction::kIndexLabel, OtlpAction::kStructuredMetadata, OtlpAction::kDrop}) {
    if (text == OtlpActionName(action) && (has_labels || action != OtlpAction::kIndexLabel))
      return action;
  }
  return Fail(Code::kInvalidArgument,
              fmt::format("the action must be {}structured_metadata or drop",
                          has_labels ? "index_label, " : ""));
}

Result<std::vector<OtlpRule>> ReadOtlpRules(const YamlNode& value, bool has_labels,
                                            const BindContext& context) {
  if (!value.is_list())
    return FailAt(context.file, value, "expected a list of {action, attributes, regex}");
  std::vector<OtlpRule> out;
  for (const YamlNode& item : value.items) {
    OtlpRule rule;
    std::string action = OtlpActionName(rule.action);
    const SettingTable table = {{"action", "", Text{&action}, ""},
                                {"attributes", "", TextList{&rule.attributes}, ""},
                                {"regex", "", Text{&rule.regex}, ""}};
    BindPlan plan;
    plan.settings = &table;
    NARFI_TRY(BindYaml(item, plan, context));
    const auto known = ReadOtlpAction(action, has_labels);
    if (!known) return FailAt(context.file, item, known.error().text);
    if (rule.attributes.empty() == rule.regex.empty())
      return FailAt(context.file, item, "either attributes or a regex must be given");
    rule.action = *known;
    out.push_back(std::move(rule));
  }
  return out;
}

// Opens the maps that `path` needs and `open` has not, and closes the others.
void PrintPath(std::string& out, std::vector<std::string>& open, std::string_view path,
               size_t indent) {
  size_t depth = 0;
  size_t begin = 0;
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', begin)) {
    const std::string_view part = path.substr(begin, dot - begin);
    if (depth >= open.size() || open[depth] != part) {
      open.resize(depth);
      open.emplace_back(part);
      out += fmt::format("{:{}}{}:\n", "", indent + 2 * depth, part);
    }
    ++depth;
    begin = dot + 1;
  }
  open.resize(depth);
  out += fmt::format("{:{}}{}: ", "", indent + 2 * depth, path.substr(begin));
}

}  // namespace

Status BindYaml(const YamlNode& map, const BindPlan& plan, const BindContext& context) {
  return Binder(plan, context).Bind(map);
}

Result<std::vector<std::string>> ReadTextList(const YamlNode& value, const BindContext& context) {
  if (!value.is_list()) return FailAt(context.file, value, "expected a list of texts");
  std::vector<std::string> out;
  for (const YamlNode& item : value.items) {
    if (!item.is_scalar()) return FailAt(context.file, item, "expected a text");
    out.push_back(item.text);
  }
  return out;
}

Result<std::map<std::string, std::string>> ReadTextMap(const YamlNode& value,
                                                       const BindContext& context) {
  std::map<std::string, std::string> out;
  if (value.is_null()) return out;
  if (!value.is_map()) return FailAt(context.file, value, "expected a map of texts");
  for (size_t i = 0; i < value.keys.size(); ++i) {
    const YamlNode& item = value.items[i];
    if (item.is_map() || item.is_list()) return FailAt(context.file, item, "expected a text");
    out[value.keys[i].text] = item.text;
  }
  return out;
}

Status SetFromYaml(const Setting& setting, const YamlNode& value, const BindContext& context) {
  if (const auto* list = std::get_if<TextList>(&setting.slot); list != nullptr && value.is_list()) {
    NARFI_ASSIGN(*list->value, ReadTextList(value, context));
    return {};
  }
  if (const auto* map = std::get_if<TextMapSlot>(&setting.slot)) {
    NARFI_ASSIGN(*map->value, ReadTextMap(value, context));
    return {};
  }
  if (const auto* rules = std::get_if<RetentionList>(&setting.slot)) {
    NARFI_ASSIGN(*rules->value, ReadRetention(value, context));
    return {};
  }
  if (const auto* rules = std::get_if<OtlpRuleList>(&setting.slot)) {
    NARFI_ASSIGN(*rules->value, ReadOtlpRules(value, rules->has_labels, context));
    return {};
  }
  if (!value.is_scalar()) {
    return FailAt(context.file, value,
                  fmt::format("\"{}\": expected {}", setting.path, Expected(setting.slot)));
  }
  if (const auto set = SetFromText(setting, value.text); !set) {
    const std::string why = setting.secret ? "not accepted" : set.error().text;
    return FailAt(context.file, value, fmt::format("\"{}\": {}", setting.path, why));
  }
  return {};
}

std::string PrintYaml(const SettingTable& table, size_t indent) {
  std::string out;
  std::vector<std::string> open;
  for (const Setting& setting : table) {
    const std::optional<std::string> value = ToYaml(setting.slot);
    if (!value || setting.path.empty()) continue;
    PrintPath(out, open, setting.path, indent);
    out += *value;
    out += '\n';
  }
  return out;
}

SettingTable Differing(const SettingTable& table, const SettingTable& base) {
  SettingTable out;
  for (size_t i = 0; i < table.size(); ++i) {
    NARFI_CHECK(table[i].path == base[i].path);
    if (ToYaml(table[i].slot) != ToYaml(base[i].slot)) out.push_back(table[i]);
  }
  return out;
}

}  // namespace narfi::config
