// What one tenant may do: Loki's limits_config, with its defaults, and the overrides of single
// tenants.
//
// Sizes are bytes, durations nanoseconds; 0 means "no limit" unless the comment says otherwise.
// Differences from Loki's defaults: ingestion rates are unlimited unless set (docs/limits.md).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "config/otlp_config.h"

namespace narfi::config {

// A rule of retention_stream: streams that pass the selector are kept for `period_ns`.
struct RetentionStream {
  std::string selector;  // LogQL; checked by whoever applies it
  int64_t priority = 0;  // the highest one wins
  int64_t period_ns = 0;
  bool operator==(const RetentionStream&) const = default;
};

struct Limits {
  // Pushes.
  double ingestion_rate_mb = 0;        // MiB a second of a tenant
  double ingestion_burst_size_mb = 6;  // MiB; counts only with a rate
  uint64_t per_stream_rate_limit = 0;  // bytes a second of a stream
  uint64_t per_stream_rate_limit_burst = 15 << 20;
  bool reject_old_samples = true;
  int64_t reject_old_samples_max_age_ns = kWeek;
  int64_t creation_grace_period_ns = 10 * kMinute;
  uint64_t max_line_size = 256 << 10;
  bool max_line_size_truncate = false;
  std::string max_line_size_truncate_identifier;
  uint64_t max_label_names_per_series = 15;  // service_name not counted
  uint64_t max_label_name_length = 1024;
  uint64_t max_label_value_length = 2048;
  bool allow_structured_metadata = true;
  uint64_t max_structured_metadata_size = 64 << 10;
  uint64_t max_structured_metadata_entries_count = 128;
  uint64_t max_streams_per_user = 0;
  uint64_t max_global_streams_per_user = 5000;
  bool increment_duplicate_timestamp = false;
  bool unordered_writes = true;

  // Labels and levels found by the server.
  std::vector<std::string> discover_service_name = {"service",
                                                    "app",
                                                    "application",
                                                    "app_name",
                                                    "name",
                                                    "app_kubernetes_io_name",
                                                    "container",
                                                    "container_name",
                                                    "k8s_container_name",
                                                    "component",
                                                    "workload",
                                                    "job",
                                                    "k8s_job_name"};
  bool discover_log_levels = true;
  std::vector<std::string> log_level_fields = {
      "level",    "LEVEL",         "Level",         "log.level",    "severity",
      "SEVERITY", "Severity",      "SeverityText",  "lvl",          "LVL",
      "Lvl",      "severity_text", "Severity_Text", "SEVERITY_TEXT"};
  int64_t log_level_from_json_max_depth = 2;  // <= 0: any depth
  OtlpConfig otlp_config;

  // Queries.
  uint64_t max_entries_limit_per_query = 5000;
  uint64_t max_query_series = 500;
  int64_t max_query_length_ns = 30 * kDay + kHour;
  int64_t max_query_lookback_ns = 0;
  int64_t max_query_range_ns = 0;
  int64_t query_timeout_ns = kMinute;
  uint64_t max_streams_matchers_per_query = 1000;
  uint64_t max_query_bytes_read = 0;
  uint64_t max_concurrent_tail_requests = 10;
  uint64_t cardinality_limit = 100'000;  // streams that one query may select
  bool volume_enabled = true;
  uint64_t volume_max_series = 1000;
  std::vector<std::string> shard_aggregations;  // approx_topk: allowed, and counted exactly
  std::vector<std::string> required_labels;
  uint64_t minimum_labels_number = 0;
  bool narfi_extensions = false;  // for every request, whether it asks for them or not

  // Keeping and deleting.
  int64_t retention_period_ns = 0;  // 0: for ever
  std::vector<RetentionStream> retention_stream;
  std::string deletion_mode = "filter-and-delete";

  bool operator==(const Limits&) const = default;
};

// The limits of each tenant. Immutable: a reload makes a new one.
class TenantLimits {
 public:
  TenantLimits() = default;
  TenantLimits(Limits defaults, std::map<std::string, Limits, std::less<>> overrides)
      : defaults_(std::move(defaults)), overrides_(std::move(overrides)) {}

  const Limits& defaults() const { return defaults_; }
  const std::map<std::string, Limits, std::less<>>& overrides() const { return overrides_; }
  // The reference lives as long as this object.
  const Limits& LimitsFor(std::string_view tenant) const {
    const auto found = overrides_.find(tenant);
    return found == overrides_.end() ? defaults_ : found->second;
  }
  bool operator==(const TenantLimits&) const = default;

 private:
  Limits defaults_;
  std::map<std::string, Limits, std::less<>> overrides_;
};

}  // namespace narfi::config
