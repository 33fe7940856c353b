// The configuration of narfid: file, then flags, then the tenant overrides that they name.
#include <fmt/format.h>

#include "base/file.h"
#include "config/bind.h"
#include "config/flags.h"
#include "config/load.h"
#include "config/load_text.h"
#include "config/narfid_table.h"
#include "config/yaml.h"

namespace narfi::config {
namespace {

Status BindNarfid(const SettingTable& table, std::string_view yaml, std::string_view name,
                  std::vector<std::string>& warnings) {
  NARFI_ASSIGN(const YamlNode root, ParseYaml(yaml, name));
  const BindContext context{name, &warnings};
  BindPlan plan;
  plan.settings = &table;
  plan.known = &LokiKeys();
  plan.known_root = LokiKeys().Block("root");
  plan.use_old_keys = true;
  return BindYaml(root, plan, context);
}

Status BindOverrides(const YamlNode& overrides, const Limits& defaults, const BindContext& context,
                     std::map<std::string, Limits, std::less<>>& out) {
  if (overrides.is_null()) return {};
  if (!overrides.is_map())
    return FailAt(context.file, overrides, "\"overrides\" must be a map of tenants");
  for (size_t i = 0; i < overrides.keys.size(); ++i) {
    Limits limits = defaults;
    SettingTable table;
    AppendLimitsTable(table, limits, "");
    BindPlan plan;
    plan.settings = &table;
    plan.known = &LokiKeys();
    plan.known_root = LokiKeys().Block("limits_config");
    plan.path_prefix = "limits_config.";
    plan.use_old_keys = true;
    NARFI_TRY(BindYaml(overrides.items[i], plan, context));
    out[overrides.keys[i].text] = std::move(limits);
  }
  return {};
}

void AppendStorageTools(SettingTable& flags, Invocation& to) {
  constexpr const char* kRebuild =
      "With -storage.verify: make a lost or damaged manifest anew from the segments first.";
  flags.insert(flags.end(),
               {{"", "storage.verify", Bool{&to.verify_storage},
                 "Read every block below the storage root, say what is damaged, and leave."},
                {"", "storage.rebuild-manifest", Bool{&to.rebuild_manifest}, kRebuild},
                {"", "rebuild-manifest", Bool{&to.rebuild_manifest}, "The same."}});
}

Result<TenantLimits> LoadOverrides(const NarfidSettings& settings, Limits defaults,
                                   std::vector<std::string>& warnings) {
  const std::string& file = settings.runtime_config.file;
  if (file.empty()) return TenantLimits(std::move(defaults), {});
  auto text = MachineFileSystem().ReadAll(file);
  if (!text) return Wrap("runtime_config.file", std::move(text).error());
  return ReadTenantLimits(defaults, *text, file, warnings);
}

}  // namespace

Result<TenantLimits> ReadTenantLimits(const Limits& defaults, std::string_view yaml,
                                      std::string_view name, std::vector<std::string>& warnings) {
  NARFI_ASSIGN(const YamlNode root, ParseYaml(yaml, name));
  const BindContext context{name, &warnings};
  std::map<std::string, Limits, std::less<>> overrides;
  static const KeyTree kOther("root{ configs* multi_kv_config* }");
  const SettingTable none;
  BindPlan plan;
  plan.settings = &none;
  plan.readers["overrides"] = [&](const YamlNode& node) {
    return BindOverrides(node, defaults, context, overrides);
  };
  plan.known = &kOther;
  plan.known_root = kOther.Block("root");
  NARFI_TRY(BindYaml(root, plan, context));
  return TenantLimits(defaults, std::move(overrides));
}

Result<Loaded<NarfidSettings>> ParseNarfidSettings(std::string_view yaml, std::string_view name) {
  Loaded<NarfidSettings> loaded;
  Limits limits;
  const SettingTable table = NarfidTable(loaded.settings, limits);
  NARFI_TRY(BindNarfid(table, yaml, name, loaded.warnings));
  NARFI_ASSIGN(loaded.settings.limits,
               LoadOverrides(loaded.settings, std::move(limits), loaded.warnings));
  return loaded;
}

Result<Loaded<NarfidSettings>> LoadNarfidSettings(std::span<const std::string> args) {
  Loaded<NarfidSettings> loaded;
  Limits limits;
  SettingTable table = NarfidTable(loaded.settings, limits);
  loaded.invocation = FindInvocation(args);
  if (loaded.invocation.config_file.empty()) {
    loaded.settings.auth_enabled = false;  // who gives no file is alone on the machine
  }
  SettingTable flags = table;
  AppendInvocationTable(flags, loaded.invocation);
  AppendStorageTools(flags, loaded.invocation);
  loaded.help_text = "Usage of narfid:\n" + DescribeFlags(flags);
  if (loaded.invocation.help || loaded.invocation.version) return loaded;
  if (!loaded.invocation.config_file.empty()) {
    NARFI_ASSIGN(const std::string text, ReadConfigText(loaded.invocation, loaded.warnings));
    NARFI_TRY(BindNarfid(table, text, loaded.invocation.config_file, loaded.warnings));
  }
  const std::string config_file = loaded.invocation.config_file;
  FlagPlan plan;
  plan.settings = &flags;
  plan.known = &LokiFlags();
  NARFI_TRY(ApplyFlags(args, plan, loaded.warnings));
  loaded.invocation.config_file = config_file;
  if (loaded.invocation.rebuild_manifest && !loaded.invocation.verify_storage) {
    return Fail(Code::kInvalidArgument,
                "-storage.rebuild-manifest goes with -storage.verify: nothing is served then");
  }
  NARFI_ASSIGN(loaded.settings.limits,
               LoadOverrides(loaded.settings, std::move(limits), loaded.warnings));
  return loaded;
}

std::string PrintNarfidSettings(const NarfidSettings& settings) {
  NarfidSettings copy = settings;
  Limits limits = settings.limits.defaults();
  return PrintYaml(NarfidTable(copy, limits));
}

std::string PrintNarfidDiffs(const NarfidSettings& settings) {
  NarfidSettings copy = settings;
  NarfidSettings base;
  Limits limits = settings.limits.defaults();
  Limits base_limits = base.limits.defaults();
  return PrintYaml(Differing(NarfidTable(copy, limits), NarfidTable(base, base_limits)));
}

std::string PrintLimits(const Limits& limits) {
  Limits copy = limits;
  SettingTable table;
  AppendLimitsTable(table, copy, "");
  return PrintYaml(table);
}

}  // namespace narfi::config
