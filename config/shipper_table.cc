#include "config/shipper_table.h"

#include "config/narfid_table.h"

namespace narfi::config {

SettingTable ShipperTable(ShipperSettings& s) {
  ShipperLimits& l = s.limits;
  return {
      {"server.disable", "server.disable", Bool{&s.server.disable}, "No HTTP server at all."},
      {"server.http_listen_address", "server.http-listen-address",
       Text{&s.server.http_listen_address}, "Address of /ready and /metrics; empty: all."},
      {"server.http_listen_port", "server.http-listen-port", Port{&s.server.http_listen_port},
       "Port of /ready and /metrics."},
      {"server.graceful_shutdown_timeout", "server.graceful-shutdown-timeout",
       Duration{&s.server.graceful_shutdown_timeout_ns},
       "How long a stop may try to send what was read."},
      {"server.log_level", "log.level", Text{&s.server.log_level}, "debug, info, warn or error.",
       CheckLogLevel},
      {"server.log_format", "log.format", Text{&s.server.log_format}, "logfmt or json.",
       CheckLogFormat},
      {"positions.filename", "positions.file", Text{&s.positions.filename},
       "Promtail's positions, read once; ours stand beside it in a file with .narfi at the end."},
      {"positions.sync_period", "positions.sync-period", Duration{&s.positions.sync_period_ns},
       "Longest time until positions are written."},
      {"positions.ignore_invalid_yaml", "positions.ignore-invalid-yaml",
       Bool{&s.positions.ignore_invalid_yaml},
       "Start without positions when the file cannot be read as YAML."},
      {"target_config.sync_period", "target.sync-period", Duration{&s.target_sync_period_ns},
       "How often the folders are looked through."},
      {"limits_config.readline_rate_enabled", "limit.enabled", Bool{&l.readline_rate_enabled},
       "Limit the lines read a second."},
      {"limits_config.readline_rate", "limit.rate", Float{&l.readline_rate}, "Lines a second."},
      {"limits_config.readline_burst", "limit.burst", Count{&l.readline_burst},
       "Lines that may come at once."},
      {"limits_config.readline_rate_drop", "limit.drop", Bool{&l.readline_rate_drop},
       "Drop lines over the limit; off: wait."},
      {"limits_config.max_line_size", "max-line-size", Bytes{&l.max_line_size},
       "Longer lines are dropped; 0: 4MiB."},
      {"limits_config.max_line_size_truncate", "max-line-size-truncate",
       Bool{&l.max_line_size_truncate}, "Cut them instead."},
      {"limits_config.auto_label_max_values", "limit.auto-label-max-values",
       Count{&l.auto_label_max_values},
       "Automatic labels: distinct values of one, over which the field stays in the line."},
      {"limits_config.auto_label_max_streams", "limit.auto-label-max-streams",
       Count{&l.auto_label_max_streams},
       "Automatic labels: distinct combinations of them in a scrape configuration, over which the "
       "fields stay in the line."},
      {"limits_config.reject_old_samples_max_age", "limit.reject-old-samples-max-age",
       Duration{&l.reject_old_samples_max_age_ns},
       "Automatic timestamps: older ones become the time of reading, since the server would refuse "
       "them; 0: none."},
      {"limits_config.creation_grace_period", "limit.creation-grace-period",
       Duration{&l.creation_grace_period_ns},
       "The same for times further in the future than this; 0: any future."},
      {"limits_config.max_unacked_bytes", "limit.max-unacked-bytes", Bytes{&l.max_unacked_bytes},
       "Bytes read and not yet acknowledged, over which reading waits."},
  };
}

SettingTable ClientTable(ClientSettings& c) {
  return {
      {"url", "client.url", Text{&c.url}, "Where to push to: http://host:3100/loki/api/v1/push."},
      {"name", "client.name", Text{&c.name}, "A name for metrics and log lines."},
      {"batchwait", "client.batch-wait", Duration{&c.batchwait_ns},
       "Longest time a line waits for its batch."},
      {"batchsize", "client.batch-size-bytes", Bytes{&c.batchsize}, "Bytes of a batch."},
      {"timeout", "client.timeout", Duration{&c.timeout_ns}, "Longest time of a request."},
      {"backoff_config.min_period", "client.min-backoff", Duration{&c.min_backoff_ns},
       "First pause between tries."},
      {"backoff_config.max_period", "client.max-backoff", Duration{&c.max_backoff_ns},
       "Longest pause between tries."},
      {"external_labels", "client.external-labels", TextMapSlot{&c.external_labels},
       "Labels of every line."},
      {"tenant_id", "client.tenant-id", Text{&c.tenant_id}, "The tenant (X-Scope-OrgID)."},
      {"headers", "", TextMapSlot{&c.headers}, "More headers."},
      {"drop_rate_limited_batches", "client.drop-rate-limited-batches",
       Bool{&c.drop_rate_limited_batches}, "Drop what is answered 429."},
      {"basic_auth.username", "client.basic-auth.username", Text{&c.basic_auth_username}, "User."},
      {"basic_auth.password", "client.basic-auth.password", Text{&c.basic_auth_password},
       "Password.", nullptr, true},
      {"basic_auth.password_file", "client.basic-auth.password-file",
       Text{&c.basic_auth_password_file}, "File with the password."},
      {"bearer_token", "client.bearer-token", Text{&c.bearer_token}, "Bearer token.", nullptr,
       true},
      {"bearer_token_file", "client.bearer-token-file", Text{&c.bearer_token_file},
       "File with the bearer token."},
      {"tls_config.ca_file", "client.tls.ca-file", Text{&c.tls_config.ca_file},
       "CA that signs the server's certificate."},
      {"tls_config.cert_file", "client.tls.cert-file", Text{&c.tls_config.cert_file},
       "Client certificate."},
      {"tls_config.key_file", "client.tls.key-file", Text{&c.tls_config.key_file}, "Its key."},
      {"tls_config.server_name", "client.tls.server-name", Text{&c.tls_config.server_name},
       "Name in the server's certificate."},
      {"tls_config.insecure_skip_verify", "client.tls.insecure-skip-verify",
       Bool{&c.tls_config.insecure_skip_verify}, "Accept any certificate."},
      {"proxy_url", "client.proxy-url", Text{&c.proxy_url}, "HTTP proxy."},
  };
}

namespace {

struct StageRows {
  SettingTable operator()(JsonStageSettings& s) const {
    return {{"json.expressions", "", TextMapSlot{&s.expressions}, ""},
            {"json.source", "", Text{&s.source}, ""},
            {"json.drop_malformed", "", Bool{&s.drop_malformed}, ""}};
  }
  SettingTable operator()(LabelsStageSettings& s) const {
    return {{"labels", "", TextMapSlot{&s.labels}, ""}};
  }
  SettingTable operator()(TimestampStageSettings& s) const {
    return {{"timestamp.source", "", Text{&s.source}, ""},
            {"timestamp.format", "", Text{&s.format}, ""},
            {"timestamp.fallback_formats", "", TextList{&s.fallback_formats}, ""},
            {"timestamp.location", "", Text{&s.location}, ""},
            {"timestamp.action_on_failure", "", FudgeOrSkip{&s.fudge_on_failure}, ""}};
  }
  SettingTable operator()(OutputStageSettings& s) const {
    return {{"output.source", "", Text{&s.source}, ""}};
  }
  SettingTable operator()(StaticLabelsStageSettings& s) const {
    return {{"static_labels", "", TextMapSlot{&s.labels}, ""}};
  }
};

}  // namespace

SettingTable StageTable(StageSettings& stage) { return std::visit(StageRows{}, stage); }

std::function<Status(const YamlNode&)> Refuse(std::string name, const BindContext& context) {
  return [name = std::move(name), context](const YamlNode& node) -> Status {
    if (node.is_null() || ((node.is_list() || node.is_map()) && node.items.empty())) return {};
    return FailAt(context.file, node,
                  "\"" + name +
                      "\" is not something narfi-shipper does, and leaving it out would change "
                      "what is shipped");
  };
}

}  // namespace narfi::config
