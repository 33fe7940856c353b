// The configuration of narfi-shipper: file, then flags.
#include <fmt/format.h>

#include "config/bind.h"
#include "config/flags.h"
#include "config/load.h"
#include "config/load_text.h"
#include "config/narfid_table.h"
#include "config/shipper_table.h"
#include "config/yaml.h"

namespace narfi::config {
namespace {

Status ReadClient(const YamlNode& node, const BindContext& context,
                  std::vector<ClientSettings>& out) {
  ClientSettings client;
  const SettingTable table = ClientTable(client);
  BindPlan plan;
  plan.settings = &table;
  plan.known = &PromtailKeys();
  plan.known_root = PromtailKeys().Block("client");
  for (const char* name : {"oauth2", "authorization", "basic_auth.username_file", "tls_config.ca",
                           "tls_config.cert", "tls_config.key"}) {
    plan.readers[name] = Refuse(name, context);
  }
  plan.readers["backoff_config.max_retries"] = [&](const YamlNode& value) -> Status {
    context.warnings->push_back(fmt::format(
        "{}: ignored: max_retries has no meaning here: what can be retried is retried without end",
        Place(context.file, value)));
    return {};
  };
  NARFI_TRY(BindYaml(node, plan, context));
  if (client.url.empty()) return FailAt(context.file, node, "a client needs a url");
  out.push_back(std::move(client));
  return {};
}

Status ReadClients(const YamlNode& node, const BindContext& context,
                   std::vector<ClientSettings>& out) {
  if (node.is_null()) return {};
  if (!node.is_list()) return FailAt(context.file, node, "\"clients\" must be a list");
  for (const YamlNode& item : node.items) NARFI_TRY(ReadClient(item, context, out));
  return {};
}

Status ReadScrapeConfigs(const YamlNode& node, const BindContext& context,
                         std::vector<ScrapeSettings>& out) {
  if (node.is_null()) return {};
  if (!node.is_list()) return FailAt(context.file, node, "\"scrape_configs\" must be a list");
  for (const YamlNode& item : node.items) {
    NARFI_ASSIGN(ScrapeSettings scrape, ReadScrapeConfig(item, context));
    out.push_back(std::move(scrape));
  }
  return {};
}

// Off is what narfi-shipper does anyway.
std::function<Status(const YamlNode&)> RefuseUnlessOff(std::string name,
                                                       const BindContext& context) {
  return [name, context](const YamlNode& node) -> Status {
    if (node.text == "false" || node.text == "0" || node.is_null()) return {};
    return Refuse(name, context)(node);
  };
}

Status BindShipper(ShipperSettings& settings, const SettingTable& table, std::string_view yaml,
                   std::string_view name, std::vector<std::string>& warnings) {
  NARFI_ASSIGN(const YamlNode root, ParseYaml(yaml, name));
  const BindContext context{name, &warnings};
  BindPlan plan;
  plan.settings = &table;
  plan.known = &PromtailKeys();
  plan.known_root = PromtailKeys().Block("root");
  plan.readers["client"] = [&](const YamlNode& n) -> Status {
    return n.is_null() ? Status{} : ReadClient(n, context, settings.clients);
  };
  plan.readers["clients"] = [&](const YamlNode& n) {
    return ReadClients(n, context, settings.clients);
  };
  plan.readers["scrape_configs"] = [&](const YamlNode& n) {
    return ReadScrapeConfigs(n, context, settings.scrape_configs);
  };
  plan.readers["target_config.stdin"] = RefuseUnlessOff("target_config.stdin", context);
  plan.readers["limits_config.max_streams"] = RefuseUnlessOff("limits_config.max_streams", context);
  return BindYaml(root, plan, context);
}

// -client.* flags go to every client; -client.url makes one when the file has none.
Status ApplyClientFlags(std::span<const std::string> args, ShipperSettings& settings,
                        const SettingTable& flags, std::vector<std::string>& warnings) {
  static const KeyTree kIgnored(
      "flags{ client{ max-retries } server{ grpc-listen-port grpc-listen-address } }");
  const size_t from_file = settings.clients.size();
  if (from_file == 0) settings.clients.emplace_back();
  for (ClientSettings& client : settings.clients) {
    SettingTable all = flags;
    const SettingTable own = ClientTable(client);
    all.insert(all.end(), own.begin(), own.end());
    FlagPlan plan;
    plan.settings = &all;
    plan.known = &kIgnored;
    std::vector<std::string> said;
    NARFI_ASSIGN(const auto seen, ApplyFlags(args, plan, said));
    if (&client == &settings.clients.front())
      warnings.insert(warnings.end(), said.begin(), said.end());
    for (const std::string& flag : seen) {
      if (flag == "client.url" && from_file > 1) {
        return Fail(Code::kInvalidArgument,
                    fmt::format("-client.url: the file has {} clients", from_file));
      }
    }
  }
  if (settings.clients.front().url.empty()) settings.clients.clear();
  return {};
}

Status CheckShipper(const ShipperSettings& settings) {
  for (const ClientSettings& client : settings.clients) {
    if (!client.url.starts_with("http://") && !client.url.starts_with("https://")) {
      return Fail(
          Code::kInvalidArgument,
          fmt::format("client url \"{}\": must begin with http:// or https://", client.url));
    }
    if (client.batchsize == 0)
      return Fail(Code::kInvalidArgument, "client batchsize must not be 0");
  }
  return {};
}

}  // namespace

Result<Loaded<ShipperSettings>> ParseShipperSettings(std::string_view yaml, std::string_view name) {
  Loaded<ShipperSettings> loaded;
  const SettingTable table = ShipperTable(loaded.settings);
  NARFI_TRY(BindShipper(loaded.settings, table, yaml, name, loaded.warnings));
  NARFI_TRY(CheckShipper(loaded.settings));
  return loaded;
}

Result<Loaded<ShipperSettings>> LoadShipperSettings(std::span<const std::string> args) {
  Loaded<ShipperSettings> loaded;
  const SettingTable table = ShipperTable(loaded.settings);
  loaded.invocation = FindInvocation(args);
  SettingTable flags = table;
  AppendInvocationTable(flags, loaded.invocation);
  // Promtail's flag is -positions.file; the key's own name serves as well.
  flags.push_back({"", "positions.filename", Text{&loaded.settings.positions.filename},
                   "The same as -positions.file."});
  {
    SettingTable described = flags;
    ClientSettings client;
    const SettingTable own = ClientTable(client);
    described.insert(described.end(), own.begin(), own.end());
    loaded.help_text = "Usage of narfi-shipper:\n" + DescribeFlags(described);
  }
  if (loaded.invocation.help || loaded.invocation.version) return loaded;
  if (!loaded.invocation.config_file.empty()) {
    NARFI_ASSIGN(const std::string text, ReadConfigText(loaded.invocation, loaded.warnings));
    NARFI_TRY(
        BindShipper(loaded.settings, table, text, loaded.invocation.config_file, loaded.warnings));
  }
  const std::string config_file = loaded.invocation.config_file;
  NARFI_TRY(ApplyClientFlags(args, loaded.settings, flags, loaded.warnings));
  loaded.invocation.config_file = config_file;
  NARFI_TRY(CheckShipper(loaded.settings));
  return loaded;
}

std::string PrintShipperSettings(const ShipperSettings& settings) {
  ShipperSettings copy = settings;
  std::string out = PrintYaml(ShipperTable(copy));
  out += copy.clients.empty() ? "clients: []\n" : "clients:\n";
  for (ClientSettings& client : copy.clients) out += "  -\n" + PrintYaml(ClientTable(client), 4);
  out += copy.scrape_configs.empty() ? "scrape_configs: []\n" : "scrape_configs:\n";
  for (const ScrapeSettings& scrape : copy.scrape_configs) out += PrintScrapeConfig(scrape);
  return out;
}

}  // namespace narfi::config
