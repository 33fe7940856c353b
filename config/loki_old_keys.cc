// Keys of Loki's earlier releases, and what became of them.
#include "config/key_tree.h"

namespace narfi::config {
namespace {

constexpr OldKey kOldKeys[] = {
    // Renamed: the value is used.
    {"querier.engine.timeout", "limits_config.query_timeout", ""},
    {"querier.query_timeout", "limits_config.query_timeout", ""},
    {"chunk_store_config.max_look_back_period", "limits_config.max_query_lookback", ""},
    {"compactor.deletion_mode", "limits_config.deletion_mode", ""},
    {"frontend_worker.parallelism", "querier.max_concurrent", ""},
    {"limits_config.per_tenant_override_config", "runtime_config.file", ""},
    {"limits_config.per_tenant_override_period", "runtime_config.period", ""},
    // Without a meaning, with a word why.
    {"limits_config.enforce_metric_name", "", "Loki dropped it; logs have no metric name"},
    {"limits_config.ruler_evaluation_delay_duration", "", "Loki dropped it"},
    {"limits_config.allow_deletes", "", "Loki dropped it; see limits_config.deletion_mode"},
    {"limits_config.ruler_enable_wal_replay", "", "Loki dropped it"},
    {"limits_config.enable_multi_variant_queries", "", "Loki dropped it"},
    {"query_range.split_queries_by_interval", "", "queries are not split by time"},
    {"limits_config.split_queries_by_interval", "", "queries are not split by time"},
    {"query_range.forward_headers_list", "", "Loki dropped it"},
    {"frontend_worker.match_max_concurrent", "", "see querier.max_concurrent"},
    {"ingester.max_transfer_retries", "", "there is no ring to hand data over in"},
    {"ingester.lifecycler", "", "there is no ring"},
    {"ingester.chunk_retain_period", "", "flushed data need no second copy in memory"},
    {"ingester.chunk_encoding", "", "the storage format chooses its own encoding"},
    {"ingester.chunk_block_size", "", "the storage format chooses its own sizes"},
    {"ingester.chunk_target_size", "", "the storage format chooses its own sizes"},
    {"ingester.wal", "", "there is always a write-ahead log, under the storage root"},
    {"schema_config", "", "there is one storage format, whatever the schema says"},
    {"memberlist", "", "there is no ring"},
    {"common.ring", "", "there is no ring"},
    {"common.replication_factor", "", "there is no ring"},
    {"common.instance_addr", "", "there is no ring"},
    {"common.storage", "", "data live in local files under the storage root"},
    {"storage_config.boltdb_shipper", "", "the index lives under the storage root"},
    {"storage_config.tsdb_shipper", "", "the index lives under the storage root"},
    {"storage_config.aws", "", "data live in local files under the storage root"},
    {"storage_config.gcs", "", "data live in local files under the storage root"},
    {"storage_config.azure", "", "data live in local files under the storage root"},
    {"storage_config.swift", "", "data live in local files under the storage root"},
    {"storage_config.bigtable", "", "Loki dropped it"},
    {"storage_config.cassandra", "", "Loki dropped it"},
    {"storage_config.boltdb", "", "Loki dropped it"},
    {"storage_config.grpc_store", "", "Loki dropped it"},
    {"table_manager", "", "Loki dropped it; see limits_config.retention_period"},
    {"compactor.shared_store", "", "Loki dropped it"},
    {"compactor.shared_store_key_prefix", "", "Loki dropped it"},
    {"compactor.retention_enabled", "", "limits_config.retention_period alone says what is kept"},
    {"compactor.working_directory", "", "segments are merged under the storage root"},
    {"frontend", "", "there is no query frontend"},
    {"query_scheduler", "", "there is no query scheduler"},
    {"index_gateway", "", "there is no index gateway"},
    {"bloom_build", "", "filters are part of each segment"},
    {"bloom_gateway", "", "filters are part of each segment"},
    {"bloom_compactor", "", "filters are part of each segment"},
    {"analytics", "", "nothing is reported to anybody"},
    {"server.http_tls_config", "", "requests are served without TLS; put a proxy in front"},
    {"server.grpc_tls_config", "", "requests are served without TLS; put a proxy in front"},
    {"target", "", "every part runs in the one process"},
    {"legacy-read-mode", "", "every part runs in the one process"},
    {"ballast_bytes", "", "there is no garbage collector"},
};

}  // namespace

const OldKey* FindOldKey(std::string_view path) {
  for (const OldKey& key : kOldKeys) {
    if (key.path == path) return &key;
  }
  return nullptr;
}

bool HasMovedKeyBelow(std::string_view prefix) {
  for (const OldKey& key : kOldKeys) {
    if (!key.moved_to.empty() && key.path.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace narfi::config
