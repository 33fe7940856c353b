// Lays a YAML map over a settings struct, key by key, by its table; every key ends as used, as one
// warning, or as an error with its place.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/key_tree.h"
#include "config/setting.h"
#include "config/yaml.h"

namespace narfi::config {

// Where a reading stands: names for errors and warnings.
struct BindContext {
  std::string_view file;               // as the user named it
  std::vector<std::string>* warnings;  // grows
};

struct BindPlan {
  const SettingTable* settings = nullptr;
  // Paths whose value has a reader of its own (lists of maps and the like).
  std::map<std::string, std::function<Status(const YamlNode& value)>, std::less<>> readers;
  const KeyTree* known = nullptr;             // may be null: no key without a meaning
  const KeyTree::Node* known_root = nullptr;  // where in it the map stands
  std::string
      path_prefix;  // "limits_config." when the map is that block; for old keys and warnings
  bool use_old_keys = false;
};

Status BindYaml(const YamlNode& map, const BindPlan& plan, const BindContext& context);

// One value by one setting, whatever its kind.
Status SetFromYaml(const Setting& setting, const YamlNode& value, const BindContext& context);
Result<std::map<std::string, std::string>> ReadTextMap(const YamlNode& value,
                                                       const BindContext& context);
Result<std::vector<std::string>> ReadTextList(const YamlNode& value, const BindContext& context);

// The table as YAML, nested by its paths. Settings of one map must stand together.
std::string PrintYaml(const SettingTable& table, size_t indent = 0);
// The settings of `table` with another value than in `base`, the same table of other settings.
SettingTable Differing(const SettingTable& table, const SettingTable& base);

}  // namespace narfi::config
