// What a tenant may do, for clients that adapt to it: Logs Drilldown and people.
#include "base/duration.h"
#include "base/json_write.h"
#include "config/load.h"
#include "server/answer.h"
#include "server/services.h"
#include "server/version.h"

namespace narfi::server {
namespace {

// One member after the other of a JSON object.
class Members {
 public:
  void Bool(std::string_view name, bool value) { Name(name) += value ? "true" : "false"; }
  void Count(std::string_view name, uint64_t value) { AppendUint(Name(name), value); }
  void Duration(std::string_view name, int64_t ns) {
    AppendJsonString(Name(name), FormatPrometheusDuration(ns));
  }
  void Text(std::string_view name, std::string_view text) { AppendJsonString(Name(name), text); }
  void Bytes(std::string_view name, uint64_t bytes) {
    std::string& out = Name(name) += '"';
    AppendUint(out, bytes);
    out += "B\"";
  }
  template <class Names>
  void List(std::string_view name, const Names& values) {
    std::string& out = Name(name) += '[';
    Comma inner;
    for (const auto& value : values) {
      inner(out);
      AppendJsonString(out, value);
    }
    out += ']';
  }
  // A value that is JSON already.
  void Raw(std::string_view name, std::string_view json) { Name(name) += json; }
  std::string Take() { return out_ + '}'; }

 private:
  std::string& Name(std::string_view name) {
    comma_(out_);
    AppendJsonString(out_, name);
    return out_ += ':';
  }
  std::string out_ = "{";
  Comma comma_;
};

std::string RetentionJson(const std::vector<config::RetentionStream>& streams) {
  std::string out = "[";
  Comma comma;
  for (const config::RetentionStream& stream : streams) {
    comma(out);
    Members members;
    members.Duration("period", stream.period_ns);
    members.Raw("priority", std::to_string(stream.priority));
    std::string selector;
    AppendJsonString(selector, stream.selector);
    members.Raw("selector", selector);
    out += members.Take();
  }
  return out + ']';
}

std::string OtlpRulesJson(const std::vector<config::OtlpRule>& rules) {
  std::string out = "[";
  Comma comma;
  for (const config::OtlpRule& rule : rules) {
    comma(out);
    Members members;
    members.Raw("action", std::string("\"") + config::OtlpActionName(rule.action) + '"');
    if (rule.regex.empty()) members.List("attributes", rule.attributes);
    if (!rule.regex.empty()) members.Text("regex", rule.regex);
    out += members.Take();
  }
  return out + ']';
}

std::string OtlpJson(const config::OtlpConfig& config) {
  std::vector<config::OtlpRule> resource;
  if (!config.ignore_defaults)
    resource.push_back({config::OtlpAction::kIndexLabel, config.default_labels, ""});
  for (const config::OtlpRule& rule : config.resource_attributes) resource.push_back(rule);
  Members members;
  members.Raw("resource_attributes", "{\"attributes_config\":" + OtlpRulesJson(resource) + '}');
  if (!config.scope_attributes.empty())
    members.Raw("scope_attributes", OtlpRulesJson(config.scope_attributes));
  if (!config.log_attributes.empty())
    members.Raw("log_attributes", OtlpRulesJson(config.log_attributes));
  if (config.severity_text_as_label) members.Bool("severity_text_as_label", true);
  return members.Take();
}

std::string DrilldownLimits(const config::Limits& limits) {
  Members members;
  members.Bool("discover_log_levels", limits.discover_log_levels);
  members.List("discover_service_name", limits.discover_service_name);
  members.List("log_level_fields", limits.log_level_fields);
  members.Count("max_entries_limit_per_query", limits.max_entries_limit_per_query);
  members.Bool("max_line_size_truncate", limits.max_line_size_truncate);
  members.Bytes("max_query_bytes_read", limits.max_query_bytes_read);
  members.Duration("max_query_length", limits.max_query_length_ns);
  members.Duration("max_query_lookback", limits.max_query_lookback_ns);
  members.Duration("max_query_range", limits.max_query_range_ns);
  members.Count("max_query_series", limits.max_query_series);
  members.Bool("metric_aggregation_enabled", false);
  members.Raw("otlp_config", OtlpJson(limits.otlp_config));
  members.Bool("pattern_persistence_enabled", true);  // patterns are made when they are asked for
  members.Duration("query_timeout", limits.query_timeout_ns);
  members.Duration("retention_period", limits.retention_period_ns);
  members.Raw("retention_stream", RetentionJson(limits.retention_stream));
  members.Bool("volume_enabled", limits.volume_enabled);
  members.Count("volume_max_series", limits.volume_max_series);
  return members.Take();
}

Result<net::HttpResponse> HandleDrilldownLimits(const Services& services, const ReadCall& call) {
  Members members;
  members.Raw("limits", DrilldownLimits(services.LimitsFor(call.tenant)));
  members.Bool("pattern_ingester_enabled", true);  // without it Drilldown hides patterns for good
  std::string version;
  AppendJsonString(version, kLokiVersion);
  members.Raw("version", version);
  return JsonAnswer(members.Take());
}

Result<net::HttpResponse> HandleTenantLimits(const Services& services, const ReadCall& call) {
  return TextAnswer(200, config::PrintLimits(services.LimitsFor(call.tenant)));
}

}  // namespace

void AddLimitRoutes(Router& router, const Services& services) {
  router.Add("GET POST", "/loki/api/v1/drilldown-limits", "loki_api_v1_drilldown_limits",
             OnQueryPool(services, HandleDrilldownLimits));
  router.Add("GET", "/config/tenant/v1/limits", "config_tenant_v1_limits",
             OnQueryPool(services, HandleTenantLimits));
}

}  // namespace narfi::server
