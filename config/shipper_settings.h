// The settings of narfi-shipper: Promtail's dialect of YAML and flags, typed, with its defaults.
//
// Durations are nanoseconds, sizes bytes. LoadShipperSettings() (load.h) fills one. What Promtail
// knows and narfi-shipper does not do is an error when it would change what is shipped, and a
// warning when it would not.
//
// Threads: immutable after loading; share freely.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/duration.h"

namespace narfi::config {

using TextMap = std::map<std::string, std::string>;

struct TlsSettings {
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  std::string server_name;
  bool insecure_skip_verify = false;
  bool operator==(const TlsSettings&) const = default;
};

struct ClientSettings {
  std::string url;
  std::string name;
  int64_t batchwait_ns = kSecond;
  uint64_t batchsize = 1 << 20;
  int64_t timeout_ns = 10 * kSecond;
  int64_t min_backoff_ns = 500 * kMillisecond;
  int64_t max_backoff_ns = 5 * kMinute;
  TextMap external_labels;
  std::string tenant_id;
  TextMap headers;
  bool drop_rate_limited_batches = false;  // true: a batch answered 429 is dropped, not retried
  std::string basic_auth_username;
  std::string basic_auth_password;
  std::string basic_auth_password_file;
  std::string bearer_token;
  std::string bearer_token_file;
  TlsSettings tls_config;
  std::string proxy_url;
  bool operator==(const ClientSettings&) const = default;
};

struct PositionsSettings {
  std::string filename = "/var/log/positions.yaml";
  int64_t sync_period_ns = 10 * kSecond;
  bool ignore_invalid_yaml = false;
  bool operator==(const PositionsSettings&) const = default;
};

// Pipeline stages, each as Promtail's keys name it.
struct JsonStageSettings {
  // Name of the extracted value -> expression (a subset of JMESPath). An empty one stands for the
  // name.
  TextMap expressions;
  std::string source;  // an extracted value instead of the line
  bool drop_malformed = false;
  bool operator==(const JsonStageSettings&) const = default;
};
struct LabelsStageSettings {
  TextMap labels;  // label -> extracted value; an empty one stands for the label's own name
  bool operator==(const LabelsStageSettings&) const = default;
};
struct TimestampStageSettings {
  std::string source;
  std::string format;
  std::vector<std::string> fallback_formats;
  std::string location;
  bool fudge_on_failure =
      true;  // action_on_failure: fudge (last time + 1 ns) or skip (time of reading)
  bool operator==(const TimestampStageSettings&) const = default;
};
struct OutputStageSettings {
  std::string source;
  bool operator==(const OutputStageSettings&) const = default;
};
struct StaticLabelsStageSettings {
  TextMap labels;
  bool operator==(const StaticLabelsStageSettings&) const = default;
};
using StageSettings = std::variant<JsonStageSettings, LabelsStageSettings, TimestampStageSettings,
                                   OutputStageSettings, StaticLabelsStageSettings>;

// One entry of static_configs: which files, and the labels of their lines.
struct TargetSettings {
  std::string path;          // __path__: a glob, ** included
  std::string path_exclude;  // __path_exclude__
  std::string tenant_id;     // __tenant_id__; empty: the client's
  TextMap labels;            // without the names that begin with __
  bool operator==(const TargetSettings&) const = default;
};

struct ScrapeSettings {
  std::string job_name;
  std::vector<TargetSettings> targets;
  // Absent: automatic stages.
  std::optional<std::vector<StageSettings>> pipeline_stages;
  // Label -> JSON field. Absent: {service: service, tenant: tenant_id}. Empty: no automatic stages,
  // the automatic timestamp included. Only without pipeline_stages.
  std::optional<TextMap> auto_labels;
  bool operator==(const ScrapeSettings&) const = default;
};

struct ShipperLimits {
  bool readline_rate_enabled = false;
  double readline_rate = 10'000;  // lines a second
  uint64_t readline_burst = 10'000;
  bool readline_rate_drop = true;  // false: reading waits
  uint64_t max_line_size = 0;      // a longer line is dropped, or cut with the next key; 0: 4 MiB
  bool max_line_size_truncate = false;
  // Automatic stages: distinct values of one label over which the field stays in the line.
  uint64_t auto_label_max_values = 100;
  // The same for distinct combinations of all automatic labels of a scrape configuration.
  uint64_t auto_label_max_streams = 1000;
  // Automatic stages: a line's own time outside [now - age, now + grace] is replaced by the time of
  // reading. Equal to the server's reject_old_samples_max_age (0: no limit) and
  // creation_grace_period (0: nothing from the future).
  int64_t reject_old_samples_max_age_ns = kWeek;
  int64_t creation_grace_period_ns = 10 * kMinute;
  uint64_t max_unacked_bytes = 32 << 20;  // read and not yet acknowledged; over it reading waits
  bool operator==(const ShipperLimits&) const = default;
};

struct ShipperServerSettings {
  bool disable = false;
  std::string http_listen_address;  // empty: every address
  uint16_t http_listen_port = 9080;
  std::string log_level = "info";
  std::string log_format = "logfmt";
  int64_t graceful_shutdown_timeout_ns = 30 * kSecond;  // how long a stop may try to send the rest
  bool operator==(const ShipperServerSettings&) const = default;
};

struct ShipperSettings {
  ShipperServerSettings server;
  PositionsSettings positions;
  std::vector<ClientSettings> clients;
  std::vector<ScrapeSettings> scrape_configs;
  int64_t target_sync_period_ns = 10 * kSecond;  // how often globs are looked at anew
  ShipperLimits limits;
  bool operator==(const ShipperSettings&) const = default;
};

// The automatic labels of a scrape configuration that sets none: label -> field.
inline TextMap DefaultAutoLabels() { return {{"service", "service"}, {"tenant", "tenant_id"}}; }

}  // namespace narfi::config
