// The names of Loki's flags, from its reference documentation, cut at the dots.
#include "config/key_tree.h"

namespace narfi::config {
namespace {

constexpr char kLokiFlags[] = R"(
flags{ auth{ enabled no-auth-tenant } bloom-build{ block-encoding builder-response-timeout
 builder{ backoff{ backoff-max-period backoff-min-period backoff-retries } planner-address }
 enable enabled max-block-size max-bloom-size max-builders planner{ interval max-table-offset
 min-table-offset queue{ clean-tasks-directory max-tasks-per-tenant store-tasks-on-disk
 tasks-disk-directory } retention{ enabled } } planning-strategy prefetch-blocks split-keyspace-by
 split-target-series-chunk-size task-max-retries } bloom-gateway-client{ addresses pool{
 check-interval } } bloom-gateway{ block-query-concurrency enable-filtering enabled
 max-outstanding-per-tenant num-multiplex-tasks worker-concurrency } bloom{ blocks-cache{
 hard-limit soft-limit ttl } download-parallelism max-query-page-size metas-lru-cache{ enabled
 max-size-items max-size-mb ttl } shipper{ working-directory } } common{ compactor-address
 compactor-grpc-address path-prefix scratch-path storage{ congestion-control{ enabled hedge{
 strategy } retry{ strategy{ limited{ limit } } } strategy{ aimd{ backoff-factor start upper-bound
 } } } filesystem{ chunk-directory rules-directory } hedge-max-per-second hedge-requests-at
 hedge-requests-up-to ring{ heartbeat-period heartbeat-timeout instance-addr
 instance-availability-zone instance-enable-ipv6 instance-id instance-interface-names
 instance-port multi{ mirror-enabled mirror-timeout primary secondary } num-tokens prefix
 replication-factor store tokens-file-path zone-awareness-enabled } } } compactor{
 apply-retention-interval compaction-interval delete-batch-size delete-max-interval
 delete-request-cancel-period delete-request-store{ backup-db-type db-type key-prefix }
 deletion-marker-object-store-prefix deletion-mode horizontal-scaling-mode jobs{ deletion{
 chunk-processing-concurrency deletion-manifest-store-prefix max-retries timeout } }
 max-compaction-parallelism retention-backoff-config{ backoff-max-period backoff-min-period
 backoff-retries } retention-delete-delay retention-delete-worker-count retention-enabled
 retention-table-timeout ring{ heartbeat-period heartbeat-timeout instance-addr
 instance-availability-zone instance-enable-ipv6 instance-id instance-interface-names
 instance-port multi{ mirror-enabled mirror-timeout primary secondary } prefix store
 tokens-file-path zone-awareness-enabled } skip-latest-n-tables tables-to-compact
 upload-parallelism worker{ num-sub-workers } working-directory } config{ ballast-bytes }
 dataobj-compaction{ index{ enable } log{ enable } } dataobj-consumer{ availability-zone
 buffer-size distributor{ excluded-zones replication-factor zone-awareness-enabled } enable-inet6
 estimated-compression-ratio final-sleep heartbeat-period heartbeat-timeout idle-flush-timeout
 join-after lifecycler{ ID addr interface port } max-builder-age max-page-rows min-ready-duration
 multi{ mirror-enabled mirror-timeout primary secondary } num-tokens observe-period
 partition-ring{ delete-inactive-partition-after min-partition-owners-count
 min-partition-owners-duration multi{ mirror-enabled mirror-timeout primary secondary } prefix
 shuffle-shard-cache-size store } prefix readiness-check-ring-health ring{ heartbeat-timeout }
 section-stripe-merge-limit sha-prefix-size store target-builder-memory-limit target-page-size
 target-section-size tokens-file-path topic unregister-on-shutdown } dataobj-index-builder{
 buffer-size estimated-compression-ratio events-per-index flush-interval max-age max-idle-time
 max-page-rows section-stripe-merge-limit target-builder-memory-limit target-page-size
 target-section-size } dataobj-metastore{ index-storage-prefix partition-ratio
 read-postings-sections } dataobj-storage-bucket-prefix dataobj{ compaction{ dry-run enabled
 indexobj-builder{ buffer-size estimated-compression-ratio max-page-rows
 section-stripe-merge-limit target-builder-memory-limit target-page-size target-section-size }
 logs{ max-running-compaction-tasks max-runs-per-task min-compaction-size } logsobj-builder{
 buffer-size estimated-compression-ratio max-page-rows section-stripe-merge-limit
 target-builder-memory-limit target-page-size target-section-size } max-running-compaction-tasks
 max-runs-per-task plan-version polling-interval scheduler{ advertise-addr endpoint }
 toc-consolidate-timeout window-lookback worker{ advertise-addr endpoint scheduler-lookup-address
 scheduler-lookup-interval worker-threads } } enabled } distributor{ circuit-breaker{ enabled
 min-failures open-period permitted-trials } client-cleanup-period dataobj-tee{
 debug-metrics-enabled enabled max-buffered-bytes per-partition-rate-bytes rate-batch-window topic
 use-rendezvous-hashing } excluded-zones health-check-ingesters ingest-limits-dry-run-enabled
 ingest-limits-enabled ingester-writes-enabled ingestion-burst-size-mb ingestion-rate-limit-mb
 ingestion-rate-limit-strategy kafka-writes-enabled max-decompressed-size max-inflight-bytes
 max-line-size max-line-size-truncate max-line-size-truncate-identifier max-recv-msg-size
 otlp-attribute-logging{ max-attributes rate } otlp{ default_resource_attributes_as_index_labels }
 push-worker-count rate-store{ debug ingester-request-timeout max-request-parallelism
 stream-rate-update-interval } replication-factor ring{ heartbeat-period heartbeat-timeout
 instance-interface-names multi{ mirror-enabled mirror-timeout primary secondary } prefix store }
 write-failures-logging{ add-insights-label rate } zone-awareness-enabled } experimental{ querier{
 recent-metadata-query-window split-recent-metadata-queries-by-interval } } frontend{ compression
 downstream-url encoding graceful-shutdown-timeout index-stats-results-cache{ compression }
 instance-enable-ipv6 instance-interface-names instant-metric-results-cache{ compression }
 label-results-cache{ compression } log-queries-longer-than log-query-request-headers
 max-body-size max-cache-freshness max-metadata-cache-freshness max-querier-bytes-read
 max-queriers-per-tenant max-query-bytes-read max-query-capacity max-stats-cache-freshness
 min-sharding-lookback query-stats-enabled scheduler-address scheduler-dns-lookup-period
 scheduler-worker-concurrency series-results-cache{ compression } support-parquet-encoding
 tail-proxy-url volume-results-cache{ compression } } index-gateway{ max-capacity mode ring{
 heartbeat-period heartbeat-timeout instance-addr instance-availability-zone instance-enable-ipv6
 instance-id instance-interface-names instance-port multi{ mirror-enabled mirror-timeout primary
 secondary } prefix store tokens-file-path zone-awareness-enabled } shard-size }
 ingest-limits-frontend-client{ client-cleanup-period health-check-ingest-limits remote-timeout
 shuffle-shard-enabled shuffle-shard-size } ingest-limits-frontend{ accepted-streams-cache-enabled
 accepted-streams-cache-ttl accepted-streams-cache-ttl-jitter assigned-partitions-cache-enabled
 assigned-partitions-cache-ttl availability-zone client-cleanup-period distributor{ excluded-zones
 replication-factor zone-awareness-enabled } enable-inet6 final-sleep health-check-ingest-limits
 heartbeat-period heartbeat-timeout join-after lifecycler{ ID addr interface port }
 min-ready-duration multi{ mirror-enabled mirror-timeout primary secondary } num-partitions
 num-tokens observe-period prefix readiness-check-ring-health remote-timeout ring{
 heartbeat-timeout } store tokens-file-path unregister-on-shutdown } ingest-limits{ active-window
 availability-zone bucket-size consumer-group distributor{ excluded-zones replication-factor
 zone-awareness-enabled } enable-inet6 enabled eviction-interval final-sleep heartbeat-period
 heartbeat-timeout join-after lifecycler{ ID addr interface port } min-ready-duration multi{
 mirror-enabled mirror-timeout primary secondary } num-partitions num-tokens observe-period prefix
 rate-window readiness-check-ring-health ring{ heartbeat-timeout } store tokens-file-path topic
 unregister-on-shutdown } ingester{ autoforget-unhealthy availability-zone checkpoint-duration
 chunk-encoding chunk-target-size chunks-block-size chunks-idle-period chunks-retain-period
 client{ healthcheck-timeout timeout } concurrent-flushes delegate-stream-limits-enabled
 enable-inet6 final-sleep flush-check-period flush-on-shutdown flush-op-backoff-max-period
 flush-op-backoff-min-period flush-op-backoff-retries flush-op-timeout heartbeat-period
 heartbeat-timeout index-shards join-after kafka-ingestion-enabled lifecycler{ ID addr interface
 port } max-chunk-age max-global-streams-per-user max-ignored-stream-errors max-streams-per-user
 min-ready-duration num-tokens observe-period owned-streams-check-interval partition-ring{
 delete-inactive-partition-after min-partition-owners-count min-partition-owners-duration multi{
 mirror-enabled mirror-timeout primary secondary } prefix shuffle-shard-cache-size store }
 per-stream-rate-limit per-stream-rate-limit-burst query-store-max-look-back-period
 readiness-check-ring-health shutdown-marker-path sync-min-utilization sync-period tailer{
 max-dropped-streams } tokens-file-path unregister-on-shutdown use-owned-stream-count wal-dir
 wal-disk-full-threshold wal-enabled wal-replay-memory-ceiling } kafka{
 auto-create-topic-default-partitions auto-create-topic-enabled consumer-group
 consumer-group-offset-commit-interval dial-timeout enable-kafka-histograms
 last-produced-offset-retry-timeout max-consumer-lag-at-startup max-consumer-workers
 producer-max-buffered-bytes producer-max-record-size-bytes reader{ address client-id }
 sasl-password sasl-username topic tracing-enabled write-timeout writer{ address client-id } }
 lbac{ enabled } limits{ aggregation-enabled block-ingestion-status-code block-ingestion-until
 debug-engine-streams debug-engine-tasks ingestion-partition-tenant-shard-size
 max-structured-metadata-entries-count max-structured-metadata-size
 pattern-ingester-tokenizable-json-fields pattern-ingester-tokenizable-json-fields-append
 pattern-ingester-tokenizable-json-fields-delete pattern-persistence-enabled
 pattern-persistence-granularity pattern-rate-threshold simulated-push-latency
 tenant-limits-allow-publish tsdb-sharding-strategy volume-enabled volume-max-series } local{
 chunk-directory } log{ format level } memberlist{ abort-if-fast-join-fails
 abort-if-fast-join-fails-min-nodes abort-if-join-fails acquire-writer-timeout advertise-addr
 advertise-port bind-addr bind-port broadcast-timeout-for-local-updates-on-shutdown cluster-label
 cluster-label-verification-disabled compression-algorithm compression-enabled
 dead-node-reclaim-time gossip-interval gossip-nodes gossip-to-dead-nodes-time join leave-timeout
 left-ingesters-timeout max-concurrent-writes max-join-backoff max-join-retries
 message-history-buffer-bytes min-join-backoff nodename notify-interval obsolete-entries-timeout
 packet-dial-timeout packet-write-timeout processed-messages-queue-size propagation-delay-tracker{
 beacon-interval beacon-lifetime enabled log-beacons-latency-longer-than } pullpush-interval
 randomize-node-name received-messages-queue-size rejoin-interval rejoin-seed-nodes
 retransmit-factor stream-timeout tls-enabled watch-prefix-buffer-size zone-aware-routing{ enabled
 instance-availability-zone role } } metrics-namespace multi{ mirror-enabled mirror-timeout
 primary secondary } operation-config{ filter-push-request-streams-ips limited-log-push-errors
 log-duplicate-metrics log-duplicate-stream-info log-hash-of-labels log-otlp-attribute-expansion
 log-push-request log-push-request-streams log-service-name-discovery log-stream-creation }
 pattern-ingester{ availability-zone client-cleanup-period client{ timeout } concurrent-flushes
 connection-timeout distributor{ excluded-zones replication-factor zone-awareness-enabled }
 enable-inet6 enabled final-sleep flush-check-period health-check-ingesters heartbeat-period
 heartbeat-timeout join-after lifecycler{ ID addr interface port } max-allowed-line-length
 max-chunk-age max-clusters max-eviction-ratio metric-aggregation{ { { backoff-max-period
 backoff-min-period backoff-retries } basic-auth{ password username } } downsample-period
 loki-address push-period timeout tls } min-ready-duration multi{ mirror-enabled mirror-timeout
 primary secondary } num-tokens observe-period pattern-persistence{ { { backoff-max-period
 backoff-min-period backoff-retries } basic-auth{ password username } } batch-size loki-address
 push-period timeout tls } prefix readiness-check-ring-health remote-timeout retain-for ring{
 heartbeat-timeout } sample-interval store tee{ batch-flush-interval flush-queue-size
 flush-worker-count max-buffered-bytes stop-flush-timeout } tokens-file-path
 unregister-on-shutdown volume-threshold } profiling{ block-profile-rate cpu-profile-rate
 mutex-profile-fraction } querier{ align-querier-with-step cache-index-stats-results
 cache-instant-metric-results cache-label-results cache-results cache-series-results
 cache-volume-results compress-http-responses dns-lookup-period
 engine-results-cache-time-bucket-interval engine{ max-count-min-sketch-heap-size
 max-lookback-period } extra-query-delay frontend-address id instant-metric-query-split-align
 max-concurrent max-concurrent-tail-requests max-outstanding-requests-per-tenant
 max-query-lookback max-query-parallelism max-query-range max-query-series max-retries-per-request
 max-streams-matcher-per-query multi-tenant-queries-enabled parallelise-shardable-queries
 per-request-limits-enabled query-ingester-only query-ingesters-within query-partition-ingesters
 query-store-only query-timeout scheduler-address shard-aggregations
 split-ingester-queries-by-interval split-instant-metric-queries-by-interval
 split-metadata-queries-by-interval split-queries-by-interval tail-max-duration
 tsdb-max-bytes-per-shard tsdb-max-query-parallelism tsdb-precompute-chunks } query-engine{
 align-queries-with-step batch-size distributed downstream-address enable
 enable-delete-req-filtering enable-engine-router enforce-max-query-series-limit
 enforce-retention-period instance-interface-names merge-prefetch-count prefetch-bytes
 range-reads{ coalesce-size max-parallelism max-range-size min-range-size } results-cache{
 compression } scheduler-lookup-address scheduler-lookup-interval storage-lag
 storage-retention-days storage-start-date task-results-cache{ compression
 dataobjscan-result-max-cacheable-size prune-cached-tasks-fetch-timeout
 prune-cached-tasks-max-size prune-empty-cached-tasks task-result-max-cacheable-size }
 worker-threads } query-frontend{ querier-forget-delay } query-scheduler{
 max-outstanding-requests-per-tenant max-queue-hierarchy-levels querier-forget-delay ring{
 heartbeat-period heartbeat-timeout instance-addr instance-availability-zone instance-enable-ipv6
 instance-id instance-interface-names instance-port multi{ mirror-enabled mirror-timeout primary
 secondary } prefix store tokens-file-path zone-awareness-enabled } use-scheduler-ring }
 replication-factor reporting{ enabled proxy-url usage-stats-url } ring{ heartbeat-timeout prefix
 store } ruler-storage{ backend local{ directory } } ruler{ alertmanager-client{
 basic-auth-password basic-auth-username credentials credentials-file type }
 alertmanager-discovery alertmanager-refresh-interval alertmanager-url alertmanager-use-v2
 datasource-uid disable-rule-group-label disabled-tenants enable-api enable-sharding
 enabled-tenants evaluation-interval evaluation{ max-jitter mode query-frontend{ address } }
 external{ url } flush-period for-grace-period for-outage-tolerance max-rule-groups-per-tenant
 max-rules-per-rule-group notification-queue-capacity notification-timeout poll-interval
 query-stats-enabled remote-write{ add-org-id-header config-refresh-period enabled } resend-delay
 ring{ heartbeat-period heartbeat-timeout instance-interface-names multi{ mirror-enabled
 mirror-timeout primary secondary } num-tokens prefix store } rule-path search-pending-for
 sharding-algo sharding-strategy storage{ local{ directory } type } tenant-shard-size wal-cleaner{
 min-age period } wal{ dir max-age min-age truncate-frequency } } runtime-config{ file
 http-client-cluster-validation{ label } http-client-disable-keep-alives http-client-timeout
 reload-period } server{ cluster-validation{ additional-labels grpc{ enabled soft-validation }
 http{ enabled excluded-paths excluded-user-agents soft-validation } label } create-new-traces
 graceful-shutdown-timeout grpc-collect-max-streams-by-conn grpc-conn-limit grpc-listen-address
 grpc-listen-network grpc-listen-port grpc-max-concurrent-streams grpc-max-recv-msg-size-bytes
 grpc-max-send-msg-size-bytes grpc-tls-ca-path grpc-tls-cert-path grpc-tls-client-auth
 grpc-tls-key-path grpc{ keepalive{ max-connection-age max-connection-age-grace
 max-connection-idle min-time-between-pings ping-without-stream-allowed time timeout } num-workers
 read-buffer-size-bytes recv-buffer-pools-enabled stats-tracking-enabled write-buffer-size-bytes }
 http-conn-limit http-idle-timeout http-listen-address http-listen-network http-listen-port
 http-log-closed-connections-without-response-enabled http-read-header-timeout http-read-timeout
 http-tls-ca-path http-tls-cert-path http-tls-client-auth http-tls-key-path http-write-timeout
 log-request-at-info-level-enabled log-request-headers log-request-headers-exclude-list
 log-source-ips-enabled log-source-ips-full log-source-ips-header log-source-ips-regex path-prefix
 proxy-protocol-enabled register-instrumentation
 report-grpc-codes-in-instrumentation-label-enabled tls-cipher-suites tls-min-version
 trace-request-headers trace-request-headers-exclude-list } shard-streams{ desired-rate enabled
 logging-enabled time-sharding-enabled time-sharding-ignore-recent } shutdown-delay store{
 cardinality-limit chunks-cache-l2{ handoff } congestion-control{ enabled hedge{ strategy } retry{
 strategy{ limited{ limit } } } strategy{ aimd{ backoff-factor start upper-bound } } }
 hedge-max-per-second hedge-requests-at hedge-requests-up-to max-chunk-batch-size
 max-parallel-get-chunk max-query-length object-prefix query-chunk-limit
 query-ready-index-num-days retention skip-query-writeback-older-than } target tracing{ enabled }
 tsdb{ shipper{ active-index-directory cache-location cache-ttl download-timeout
 index-gateway-client{ log-gateway-requests min-shuffle-shard-size server-address
 time-based-sharding-buckets } index-reader-mode query-ready-num-days resync-interval
 streaming-index-max-idle-file-handles } } ui{ debug enabled goldfish{ cell-a-namespace
 cell-b-namespace enable grafana-url logs-datasource-uid max-connections max-idle-time
 results-backend storage{ cloudsql{ database host port user } rds{ database endpoint user } type }
 traces-datasource-uid } ring{ heartbeat-period heartbeat-timeout instance-addr
 instance-availability-zone instance-enable-ipv6 instance-id instance-interface-names
 instance-port multi{ mirror-enabled mirror-timeout primary secondary } num-tokens prefix
 replication-factor store tokens-file-path zone-awareness-enabled } } use-thanos-objstore
 validation{ allow-structured-metadata create-grace-period discover-log-levels
 discover-service-name enforced-labels increment-duplicate-timestamps log-level-fields
 log-level-from-json-max-depth max-entries-limit max-label-names-per-series max-length-label-name
 max-length-label-value reject-old-samples{ max-age } } }
)";

}  // namespace

const KeyTree& LokiFlags() {
  static const KeyTree tree(kLokiFlags);
  return tree;
}

}  // namespace narfi::config
