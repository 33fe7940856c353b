// The settings of narfid: Loki's dialect of YAML and flags, typed, with Loki's defaults.
//
// Durations are nanoseconds, sizes bytes. LoadNarfidSettings() (load.h) fills one from the file and
// the flags; the struct as it stands holds the defaults.
//
// Threads: immutable after loading; share freely.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "config/limits.h"

namespace narfi::config {

struct ServerSettings {
  std::string http_listen_address;  // empty: every address
  uint16_t http_listen_port = 3100;
  std::string grpc_listen_address;
  uint16_t grpc_listen_port = 9095;
  std::string http_path_prefix;
  uint64_t http_listen_conn_limit = 0;  // 0: the limit of the HTTP server itself
  int64_t http_server_read_timeout_ns = 30 * kSecond;
  int64_t http_server_write_timeout_ns = 30 * kSecond;
  int64_t http_server_idle_timeout_ns = 2 * kMinute;
  int64_t graceful_shutdown_timeout_ns = 30 * kSecond;
  uint64_t grpc_server_max_recv_msg_size = 4 << 20;
  uint64_t grpc_server_max_send_msg_size = 4 << 20;
  uint64_t grpc_server_max_concurrent_streams = 100;  // of a connection
  std::string log_level = "info";
  std::string log_format = "logfmt";
  bool operator==(const ServerSettings&) const = default;
};

struct IngesterSettings {
  int64_t chunk_idle_period_ns = 30 * kMinute;  // a head older than this is flushed
  // Unset: no out-of-order rule. Set: entries more than half of it behind their stream are refused.
  std::optional<int64_t> max_chunk_age_ns;
  bool operator==(const IngesterSettings&) const = default;
};

struct DistributorSettings {
  uint64_t max_recv_msg_size = 100 << 20;       // a push body as received
  uint64_t max_decompressed_size = 1ULL << 30;  // and unpacked
  bool operator==(const DistributorSettings&) const = default;
};

struct QuerierSettings {
  bool multi_tenant_queries_enabled = false;
  uint64_t max_concurrent = 0;  // queries at once; 0: chosen by the machine
  int64_t tail_max_duration_ns = kHour;
  bool operator==(const QuerierSettings&) const = default;
};

struct CompactorSettings {
  int64_t delete_request_cancel_period_ns = 24 * kHour;
  bool operator==(const CompactorSettings&) const = default;
};

struct RuntimeConfigSettings {
  std::string file;  // tenant overrides; empty: none
  int64_t period_ns = 10 * kSecond;
  bool operator==(const RuntimeConfigSettings&) const = default;
};

// Where the data live, and which words of the configuration said so.
struct StorageRoot {
  std::string path;
  std::string reason;  // "-storage.path", "common.path_prefix", ... for the one log line at start
};

struct OtlpSettings {
  uint16_t grpc_listen_port = 0;  // OTLP over gRPC, usually 4317; 0: not served
  bool operator==(const OtlpSettings&) const = default;
};

struct NarfidSettings {
  // Loki's default; without any configuration file narfid runs with one tenant.
  bool auth_enabled = true;
  std::string no_auth_tenant = "fake";
  ServerSettings server;
  OtlpSettings otlp;
  DistributorSettings distributor;
  IngesterSettings ingester;
  QuerierSettings querier;
  CompactorSettings compactor;
  RuntimeConfigSettings runtime_config;
  std::string common_path_prefix;                      // common.path_prefix
  std::string filesystem_directory;                    // storage_config.filesystem.directory
  std::string storage_path;                            // -storage.path
  uint64_t storage_merge_bytes_per_second = 32 << 20;  // that merges write; 0: no limit
  uint64_t storage_retention_disk_bytes = 0;           // of all segments; 0: no limit
  std::string memory_budget = "192MiB";                // -memory.budget: a size, or "auto"
  TenantLimits limits;  // limits_config and the overrides of runtime_config.file

  const Limits& LimitsFor(std::string_view tenant) const { return limits.LimitsFor(tenant); }
  // Resolved; "auto" asks the machine for a quarter of its memory.
  uint64_t MemoryBudgetBytes() const;
  // -storage.path, else common.path_prefix, else the parent of storage_config.filesystem.directory
  // plus "/narfi", else ./narfi-data.
  StorageRoot ResolveStorageRoot() const;
  bool operator==(const NarfidSettings&) const = default;
};

}  // namespace narfi::config
