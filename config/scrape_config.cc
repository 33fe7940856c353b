// One entry of scrape_configs: targets, labels and pipeline stages.
#include <fmt/format.h>

#include <algorithm>

#include "config/shipper_table.h"

namespace narfi::config {
namespace {

// What Promtail can also read from; each would ship lines that narfi-shipper does not.
constexpr std::string_view kOtherSources[] = {"journal",
                                              "syslog",
                                              "gcplog",
                                              "azure_event_hubs",
                                              "windows_events",
                                              "kafka",
                                              "gelf",
                                              "cloudflare",
                                              "heroku_drain",
                                              "push",
                                              "loki_push_api",
                                              "kubernetes_sd_configs",
                                              "consul_sd_configs",
                                              "consulagent_sd_configs",
                                              "docker_sd_configs",
                                              "file_sd_configs",
                                              "dns_sd_configs",
                                              "ec2_sd_configs",
                                              "lightsail_sd_configs",
                                              "openstack_sd_configs",
                                              "gce_sd_configs",
                                              "azure_sd_configs",
                                              "marathon_sd_configs",
                                              "nerve_sd_configs",
                                              "serverset_sd_configs",
                                              "triton_sd_configs",
                                              "dockerswarm_sd_configs",
                                              "digitalocean_sd_configs",
                                              "relabel_configs",
                                              "decompression"};

constexpr std::string_view kOtherStages[] = {"docker",
                                             "cri",
                                             "logfmt",
                                             "regex",
                                             "replace",
                                             "template",
                                             "labeldrop",
                                             "labelallow",
                                             "structured_metadata",
                                             "non_indexed_labels",
                                             "match",
                                             "drop",
                                             "limit",
                                             "sampling",
                                             "multiline",
                                             "pack",
                                             "tenant",
                                             "metrics",
                                             "decolorize",
                                             "eventlogmessage",
                                             "geoip",
                                             "pipeline"};

struct StageName {
  std::string_view name;
  StageSettings stage;
};
const StageName kStages[] = {{"json", JsonStageSettings{}},
                             {"labels", LabelsStageSettings{}},
                             {"timestamp", TimestampStageSettings{}},
                             {"output", OutputStageSettings{}},
                             {"static_labels", StaticLabelsStageSettings{}}};

bool IsLabelName(std::string_view name) {
  const auto letter = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (name.empty() || !letter(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

Status CheckLabelNames(const TextMap& labels, const YamlNode& at, const BindContext& context) {
  for (const auto& [name, value] : labels) {
    if (!IsLabelName(name))
      return FailAt(context.file, at, fmt::format("\"{}\" is not a label name", name));
  }
  return {};
}

// What a stage needs beyond its keys.
struct StageCheck {
  const YamlNode& at;
  const BindContext& context;

  Status operator()(const JsonStageSettings& s) const {
    if (s.expressions.empty()) return FailAt(context.file, at, "a json stage needs expressions");
    return {};
  }
  Status operator()(const LabelsStageSettings& s) const {
    if (s.labels.empty()) return FailAt(context.file, at, "a labels stage needs labels");
    return CheckLabelNames(s.labels, at, context);
  }
  Status operator()(const TimestampStageSettings& s) const {
    if (s.source.empty()) return FailAt(context.file, at, "a timestamp stage needs a source");
    if (s.format.empty()) return FailAt(context.file, at, "a timestamp stage needs a format");
    return {};
  }
  Status operator()(const OutputStageSettings& s) const {
    if (s.source.empty()) return FailAt(context.file, at, "an output stage needs a source");
    return {};
  }
  Status operator()(const StaticLabelsStageSettings& s) const {
    if (s.labels.empty()) return FailAt(context.file, at, "a static_labels stage needs labels");
    return CheckLabelNames(s.labels, at, context);
  }
};

Result<StageSettings> ReadStage(const YamlNode& node, const BindContext& context) {
  if (!node.is_map() || node.keys.size() != 1) {
    return FailAt(context.file, node,
                  "a pipeline stage must be a map with the stage's name as its one key");
  }
  const YamlNode& key = node.keys[0];
  if (std::count(std::begin(kOtherStages), std::end(kOtherStages), key.text) != 0) {
    return FailAt(context.file, key,
                  fmt::format("the stage \"{}\" is not one of narfi-shipper's: json, labels, "
                              "timestamp, output, static_labels",
                              key.text));
  }
  std::vector<std::string> names;
  for (const StageName& known : kStages) {
    names.emplace_back(known.name);
    if (known.name != key.text) continue;
    StageSettings stage = known.stage;
    const SettingTable table = StageTable(stage);
    BindPlan plan;
    plan.settings = &table;
    NARFI_TRY(BindYaml(node, plan, context));
    NARFI_TRY(std::visit(StageCheck{key, context}, stage));
    return stage;
  }
  const std::string nearest = Nearest(key.text, names);
  return FailAt(context.file, key,
                fmt::format("unknown stage \"{}\"{}", key.text,
                            nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
}

Status ReadStages(const YamlNode& node, const BindContext& context,
                  std::optional<std::vector<StageSettings>>& out) {
  out.emplace();
  if (node.is_null()) return {};
  if (!node.is_list()) return FailAt(context.file, node, "\"pipeline_stages\" must be a list");
  for (const YamlNode& item : node.items) {
    NARFI_ASSIGN(StageSettings stage, ReadStage(item, context));
    out->push_back(std::move(stage));
  }
  return {};
}

// Names that begin with __ are for the shipper and never shipped.
TargetSettings MakeTarget(TextMap labels) {
  TargetSettings target;
  for (auto& [name, value] : labels) {
    if (name == "__path__") target.path = value;
    if (name == "__path_exclude__") target.path_exclude = value;
    if (name == "__tenant_id__") target.tenant_id = value;
    if (!name.starts_with("__")) target.labels[name] = value;
  }
  return target;
}

Status ReadStaticConfigs(const YamlNode& node, const BindContext& context,
                         std::vector<TargetSettings>& out) {
  if (node.is_null()) return {};
  if (!node.is_list()) return FailAt(context.file, node, "\"static_configs\" must be a list");
  for (const YamlNode& item : node.items) {
    TextMap labels;
    std::vector<std::string> addresses;  // always this machine
    const SettingTable table = {{"targets", "", TextList{&addresses}, ""},
                                {"labels", "", TextMapSlot{&labels}, ""}};
    BindPlan plan;
    plan.settings = &table;
    NARFI_TRY(BindYaml(item, plan, context));
    NARFI_TRY(CheckLabelNames(labels, item, context));
    TargetSettings target = MakeTarget(std::move(labels));
    if (target.path.empty())
      return FailAt(context.file, item, "a static config needs the label __path__");
    out.push_back(std::move(target));
  }
  return {};
}

std::string PrintTarget(const TargetSettings& target) {
  TextMap labels = target.labels;
  labels["__path__"] = target.path;
  if (!target.path_exclude.empty()) labels["__path_exclude__"] = target.path_exclude;
  if (!target.tenant_id.empty()) labels["__tenant_id__"] = target.tenant_id;
  return "      - labels: " + ToYaml(TextMapSlot{&labels}).value_or("{}") + "\n";
}

}  // namespace

Result<ScrapeSettings> ReadScrapeConfig(const YamlNode& node, const BindContext& context) {
  ScrapeSettings scrape;
  const SettingTable table = {{"job_name", "", Text{&scrape.job_name}, ""}};
  BindPlan plan;
  plan.settings = &table;
  plan.readers["static_configs"] = [&](const YamlNode& n) {
    return ReadStaticConfigs(n, context, scrape.targets);
  };
  plan.readers["pipeline_stages"] = [&](const YamlNode& n) {
    return ReadStages(n, context, scrape.pipeline_stages);
  };
  plan.readers["auto_labels"] = [&](const YamlNode& n) -> Status {
    NARFI_ASSIGN(scrape.auto_labels, ReadTextMap(n, context));
    return CheckLabelNames(*scrape.auto_labels, n, context);
  };
  plan.readers["encoding"] = [&](const YamlNode& n) -> Status {
    if (n.is_null() || n.text == "UTF-8" || n.text == "utf-8" || n.text == "utf8") return {};
    return FailAt(context.file, n, "\"encoding\": files are read as UTF-8");
  };
  for (const std::string_view name : kOtherSources)
    plan.readers[std::string(name)] = Refuse(std::string(name), context);
  NARFI_TRY(BindYaml(node, plan, context));
  if (scrape.auto_labels && scrape.pipeline_stages) {
    return FailAt(context.file, node,
                  "\"auto_labels\" stands only where there are no pipeline_stages");
  }
  return scrape;
}

std::string PrintScrapeConfig(const ScrapeSettings& scrape) {
  std::string out = fmt::format("  - job_name: {}\n", QuoteYaml(scrape.job_name));
  if (!scrape.targets.empty()) out += "    static_configs:\n";
  for (const TargetSettings& target : scrape.targets) out += PrintTarget(target);
  if (scrape.auto_labels) {
    TextMap labels = *scrape.auto_labels;
    out += fmt::format("    auto_labels: {}\n", ToYaml(TextMapSlot{&labels}).value_or("{}"));
  }
  if (!scrape.pipeline_stages) return out;
  out += scrape.pipeline_stages->empty() ? "    pipeline_stages: []\n" : "    pipeline_stages:\n";
  for (StageSettings stage : *scrape.pipeline_stages) {
    out += "      -\n" + PrintYaml(StageTable(stage), 8);
  }
  return out;
}

}  // namespace narfi::config
