#include "config/narfid_table.h"

#include <fmt/format.h>

#include "base/go_text.h"
#include "base/size.h"

namespace narfi::config {
namespace {

std::string OneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  std::string list;
  for (const std::string_view word : words) {
    if (word == text) return {};
    if (!list.empty()) list += ", ";
    list += word;
  }
  return fmt::format("{} is not one of {}", GoQuote(text), list);
}

std::string CheckMemoryBudget(std::string_view text) {
  if (text == "auto") return {};
  const auto bytes = ParseConfigBytes(text);
  if (!bytes) return fmt::format("{} is neither a size such as 192MiB nor auto", GoQuote(text));
  constexpr uint64_t kLeast = 16 << 20;
  return *bytes < kLeast ? fmt::format("{} is less than 16MiB", GoQuote(text)) : "";
}

std::string CheckDeletionMode(std::string_view text) {
  return OneOf(text, {"disabled", "filter-only", "filter-and-delete"});
}

std::string CheckNotEmpty(std::string_view text) { return text.empty() ? "must not be empty" : ""; }

void AppendPushLimits(SettingTable& t, Limits& l, const std::string& p) {
  t.insert(
      t.end(),
      {
          {p + "ingestion_rate_mb", "distributor.ingestion-rate-limit-mb",
           Float{&l.ingestion_rate_mb}, "MB a second of a tenant; 0: no limit."},
          {p + "ingestion_burst_size_mb", "distributor.ingestion-burst-size-mb",
           Float{&l.ingestion_burst_size_mb}, "MB that may come at once, with a rate."},
          {p + "per_stream_rate_limit", "ingester.per-stream-rate-limit",
           Bytes{&l.per_stream_rate_limit}, "Bytes a second of a stream; 0: no limit."},
          {p + "per_stream_rate_limit_burst", "ingester.per-stream-rate-limit-burst",
           Bytes{&l.per_stream_rate_limit_burst},
           "Bytes of a stream that may come at once, with a rate."},
          {p + "reject_old_samples", "validation.reject-old-samples", Bool{&l.reject_old_samples},
           "Refuse entries older than the maximum age."},
          {p + "reject_old_samples_max_age", "validation.reject-old-samples.max-age",
           Duration{&l.reject_old_samples_max_age_ns}, "The maximum age."},
          {p + "creation_grace_period", "validation.create-grace-period",
           Duration{&l.creation_grace_period_ns},
           "How far in the future entries may be; 0: not at all."},
          {p + "max_line_size", "distributor.max-line-size", Bytes{&l.max_line_size},
           "Longest line; 0: no limit."},
          {p + "max_line_size_truncate", "distributor.max-line-size-truncate",
           Bool{&l.max_line_size_truncate}, "Cut longer lines instead of refusing them."},
          {p + "max_line_size_truncate_identifier", "distributor.max-line-size-truncate-identifier",
           Text{&l.max_line_size_truncate_identifier}, "Put at the end of a cut line."},
          {p + "max_label_names_per_series", "validation.max-label-names-per-series",
           Count{&l.max_label_names_per_series}, "Labels of a stream."},
          {p + "max_label_name_length", "validation.max-length-label-name",
           Count{&l.max_label_name_length}, "Bytes of a label's name."},
          {p + "max_label_value_length", "validation.max-length-label-value",
           Count{&l.max_label_value_length}, "Bytes of a label's value."},
          {p + "allow_structured_metadata", "validation.allow-structured-metadata",
           Bool{&l.allow_structured_metadata}, "Accept structured metadata."},
          {p + "max_structured_metadata_size", "limits.max-structured-metadata-size",
           Bytes{&l.max_structured_metadata_size}, "Bytes of structured metadata of an entry."},
          {p + "max_structured_metadata_entries_count",
           "limits.max-structured-metadata-entries-count",
           Count{&l.max_structured_metadata_entries_count},
           "Names of structured metadata of an entry."},
          {p + "max_streams_per_user", "ingester.max-streams-per-user",
           Count{&l.max_streams_per_user}, "Active streams of a tenant; 0: see the next one."},
          {p + "max_global_streams_per_user", "ingester.max-global-streams-per-user",
           Count{&l.max_global_streams_per_user}, "Active streams of a tenant; 0: no limit."},
          {p + "increment_duplicate_timestamp", "validation.increment-duplicate-timestamps",
           Bool{&l.increment_duplicate_timestamp},
           "Add 1 ns to an entry with the time of the one before."},
          {p + "unordered_writes", "ingester.unordered-writes", Bool{&l.unordered_writes},
           "Accept entries out of order; see ingester.max_chunk_age."},
          {p + "discover_service_name", "validation.discover-service-name",
           TextList{&l.discover_service_name},
           "Labels that service_name is taken from; empty: none is added."},
          {p + "discover_log_levels", "validation.discover-log-levels",
           Bool{&l.discover_log_levels}, "Find the level of each entry."},
          {p + "log_level_fields", "validation.log-level-fields", TextList{&l.log_level_fields},
           "Fields that hold a level."},
          {p + "log_level_from_json_max_depth", "validation.log-level-from-json-max-depth",
           Integer{&l.log_level_from_json_max_depth}, "Levels of JSON that are looked at; 0: all."},
      });
}

void AppendOtlpLimits(SettingTable& t, OtlpConfig& c, const std::string& p) {
  t.insert(
      t.end(),
      {
          {p + "otlp_config.resource_attributes.ignore_defaults", "", Bool{&c.ignore_defaults},
           "Make labels only of the resource attributes that the next list names."},
          {p + "otlp_config.resource_attributes.attributes_config", "",
           OtlpRuleList{&c.resource_attributes, true}, "What becomes of attributes of resources."},
          {p + "otlp_config.scope_attributes", "", OtlpRuleList{&c.scope_attributes, false},
           "The same of scopes."},
          {p + "otlp_config.log_attributes", "", OtlpRuleList{&c.log_attributes, false},
           "The same of records."},
          {p + "otlp_config.severity_text_as_label", "", Bool{&c.severity_text_as_label},
           "Make a label of each record's severity_text."},
      });
}

void AppendQueryLimits(SettingTable& t, Limits& l, const std::string& p) {
  t.insert(t.end(),
           {
               {p + "max_entries_limit_per_query", "validation.max-entries-limit",
                Count{&l.max_entries_limit_per_query}, "Entries that a query may ask for."},
               {p + "max_query_series", "querier.max-query-series", Count{&l.max_query_series},
                "Series of an answer."},
               {p + "max_query_length", "store.max-query-length", Duration{&l.max_query_length_ns},
                "Longest time range; 0: any."},
               {p + "max_query_lookback", "querier.max-query-lookback",
                Duration{&l.max_query_lookback_ns}, "How far back queries see; 0: all."},
               {p + "max_query_range", "querier.max-query-range", Duration{&l.max_query_range_ns},
                "Longest [range]; 0: any."},
               {p + "query_timeout", "querier.query-timeout", Duration{&l.query_timeout_ns},
                "Longest time a query may take."},
               {p + "max_streams_matchers_per_query", "querier.max-streams-matcher-per-query",
                Count{&l.max_streams_matchers_per_query}, "Stream matchers of a query."},
               {p + "max_query_bytes_read", "frontend.max-query-bytes-read",
                Bytes{&l.max_query_bytes_read}, "Bytes a query may read; 0: any."},
               {p + "max_concurrent_tail_requests", "querier.max-concurrent-tail-requests",
                Count{&l.max_concurrent_tail_requests}, "Live tails at once; 0: any."},
               {p + "cardinality_limit", "store.cardinality-limit", Count{&l.cardinality_limit},
                "Streams that a query may select."},
               {p + "volume_enabled", "limits.volume-enabled", Bool{&l.volume_enabled},
                "Answer log volume queries."},
               {p + "volume_max_series", "limits.volume-max-series", Count{&l.volume_max_series},
                "Series of a log volume answer."},
               {p + "shard_aggregations", "", TextList{&l.shard_aggregations},
                "Aggregations that Loki would shard; approx_topk works only when it is named."},
               {p + "required_labels", "", TextList{&l.required_labels},
                "Labels that each selector must name."},
               {p + "minimum_labels_number", "", Count{&l.minimum_labels_number},
                "How many labels each selector must name."},
               {p + "narfi_extensions", "", Bool{&l.narfi_extensions},
                "Open selectors and partial series for every request."},
               {p + "retention_period", "store.retention", Duration{&l.retention_period_ns},
                "How long entries are kept; 0: for ever."},
               {p + "retention_stream", "", RetentionList{&l.retention_stream},
                "The same for single streams."},
               {p + "deletion_mode", "compactor.deletion-mode", Text{&l.deletion_mode},
                "disabled, filter-only or filter-and-delete.", CheckDeletionMode, false, true},
           });
}

void AppendServerRows(SettingTable& t, NarfidSettings& s) {
  t.insert(
      t.end(),
      {
          {"auth_enabled", "auth.enabled", Bool{&s.auth_enabled},
           "Ask for X-Scope-OrgID; off: one tenant."},
          {"no_auth_tenant", "auth.no-auth-tenant", Text{&s.no_auth_tenant},
           "The one tenant without auth.", CheckNotEmpty},
          {"server.http_listen_address", "server.http-listen-address",
           Text{&s.server.http_listen_address}, "Address of the HTTP API; empty: all."},
          {"server.http_listen_port", "server.http-listen-port", Port{&s.server.http_listen_port},
           "Port of the HTTP API."},
          {"server.grpc_listen_address", "server.grpc-listen-address",
           Text{&s.server.grpc_listen_address}, "Address of the gRPC API; empty: all."},
          {"server.grpc_listen_port", "server.grpc-listen-port", Port{&s.server.grpc_listen_port},
           "Port of the gRPC API."},
          {"server.http_path_prefix", "server.path-prefix", Text{&s.server.http_path_prefix},
           "In front of every path."},
          {"server.http_listen_conn_limit", "server.http-conn-limit",
           Count{&s.server.http_listen_conn_limit},
           "HTTP connections at once; 0: the server's own limit."},
          {"server.http_server_read_timeout", "server.http-read-timeout",
           Duration{&s.server.http_server_read_timeout_ns},
           "Longest time a request may take to arrive."},
          {"server.http_server_write_timeout", "server.http-write-timeout",
           Duration{&s.server.http_server_write_timeout_ns},
           "Longest time an answer may take to leave."},
          {"server.http_server_idle_timeout", "server.http-idle-timeout",
           Duration{&s.server.http_server_idle_timeout_ns}, "How long an idle connection stays."},
          {"server.graceful_shutdown_timeout", "server.graceful-shutdown-timeout",
           Duration{&s.server.graceful_shutdown_timeout_ns}, "Time for requests at a stop."},
          {"server.grpc_server_max_recv_msg_size", "server.grpc-max-recv-msg-size-bytes",
           Bytes{&s.server.grpc_server_max_recv_msg_size}, "Largest gRPC message in."},
          {"server.grpc_server_max_send_msg_size", "server.grpc-max-send-msg-size-bytes",
           Bytes{&s.server.grpc_server_max_send_msg_size}, "Largest gRPC message out."},
          {"server.grpc_server_max_concurrent_streams", "server.grpc-max-concurrent-streams",
           Count{&s.server.grpc_server_max_concurrent_streams},
           "gRPC calls of a connection at once."},
          {"server.log_level", "log.level", Text{&s.server.log_level},
           "debug, info, warn or error.", CheckLogLevel},
          {"server.log_format", "log.format", Text{&s.server.log_format}, "logfmt or json.",
           CheckLogFormat},
          {"otlp.grpc_listen_port", "otlp.grpc-listen-port", Port{&s.otlp.grpc_listen_port},
           "Port of OTLP over gRPC, usually 4317; 0: not served."},
      });
}

void AppendStorageRows(SettingTable& t, NarfidSettings& s) {
  t.insert(
      t.end(),
      {
          {"common.path_prefix", "common.path-prefix", Text{&s.common_path_prefix},
           "The storage root, unless storage.path is set."},
          {"storage.path", "storage.path", Text{&s.storage_path},
           "The storage root: where all data live."},
          {"storage.merge_bytes_per_second", "storage.merge-bytes-per-second",
           Bytes{&s.storage_merge_bytes_per_second},
           "How fast merges of segments may write; 0: as fast as they can."},
          {"storage.retention_disk_bytes", "storage.retention-disk-bytes",
           Bytes{&s.storage_retention_disk_bytes},
           "Size of all segments over which the oldest are removed; 0: none is."},
          {"storage_config.filesystem.directory", "local.chunk-directory",
           Text{&s.filesystem_directory},
           "Its parent plus /narfi is the storage root, unless one of the two above is set."},
          {"memory.budget", "memory.budget", Text{&s.memory_budget},
           "Memory for heads, caches and queries: a size, or auto for a quarter of the machine's.",
           CheckMemoryBudget},
          {"runtime_config.file", "runtime-config.file", Text{&s.runtime_config.file},
           "Overrides of limits, tenant by tenant."},
          {"runtime_config.period", "runtime-config.reload-period",
           Duration{&s.runtime_config.period_ns}, "How often that file is read anew.", nullptr,
           false, true},
      });
}

void AppendEngineRows(SettingTable& t, NarfidSettings& s, Limits& limits) {
  t.insert(
      t.end(),
      {
          {"distributor.max_recv_msg_size", "distributor.max-recv-msg-size",
           Bytes{&s.distributor.max_recv_msg_size}, "Largest push body."},
          {"distributor.max_decompressed_size", "distributor.max-decompressed-size",
           Bytes{&s.distributor.max_decompressed_size}, "Largest push body, unpacked."},
          {"distributor.otlp_config.default_resource_attributes_as_index_labels",
           "distributor.otlp.default_resource_attributes_as_index_labels",
           TextList{&limits.otlp_config.default_labels},
           "Resource attributes that become labels unless limits_config.otlp_config says else."},
          {"ingester.chunk_idle_period", "ingester.chunks-idle-period",
           Duration{&s.ingester.chunk_idle_period_ns}, "Age at which heads are flushed."},
          {"ingester.max_chunk_age", "ingester.max-chunk-age",
           OptionalDuration{&s.ingester.max_chunk_age_ns},
           "When set, entries more than half of it behind their stream are refused."},
          {"querier.multi_tenant_queries_enabled", "querier.multi-tenant-queries-enabled",
           Bool{&s.querier.multi_tenant_queries_enabled}, "Let a|b read both tenants."},
          {"querier.max_concurrent", "querier.max-concurrent", Count{&s.querier.max_concurrent},
           "Queries at once; 0: by the number of processors."},
          {"querier.tail_max_duration", "querier.tail-max-duration",
           Duration{&s.querier.tail_max_duration_ns}, "Longest live tail; 0: any."},
          {"compactor.delete_request_cancel_period", "compactor.delete-request-cancel-period",
           Duration{&s.compactor.delete_request_cancel_period_ns},
           "How long a delete request may be taken back.", nullptr, false, true},
      });
}

}  // namespace

std::string CheckLogLevel(std::string_view text) {
  return OneOf(text, {"debug", "info", "warn", "error"});
}
std::string CheckLogFormat(std::string_view text) { return OneOf(text, {"logfmt", "json"}); }

void AppendLimitsTable(SettingTable& table, Limits& limits, const std::string& prefix) {
  AppendPushLimits(table, limits, prefix);
  AppendOtlpLimits(table, limits.otlp_config, prefix);
  AppendQueryLimits(table, limits, prefix);
}

SettingTable NarfidTable(NarfidSettings& settings, Limits& limits) {
  SettingTable table;
  AppendServerRows(table, settings);
  AppendStorageRows(table, settings);
  AppendEngineRows(table, settings, limits);
  AppendLimitsTable(table, limits, "limits_config.");
  return table;
}

void AppendInvocationTable(SettingTable& t, Invocation& i) {
  t.insert(t.end(),
           {
               {"", "config.file", Text{&i.config_file}, "The configuration file."},
               {"", "config.expand-env", Bool{&i.expand_env},
                "Replace ${VAR} and ${VAR:default} in it."},
               {"", "verify-config", Bool{&i.verify_config}, "Check the configuration, and leave."},
               {"", "print-config", Bool{&i.print_config},
                "Print the effective configuration as YAML, and leave."},
               {"", "version", Bool{&i.version}, "Print the version, and leave."},
               {"", "help", Bool{&i.help}, "Print this, and leave."},
               {"", "h", Bool{&i.help}, "The same."},
           });
}

}  // namespace narfi::config
