// The names of Promtail's configuration. Stages and service discoveries are not here: what they do
// changes what is shipped, so the reader of scrape_configs knows each by name.
#include "config/key_tree.h"

namespace narfi::config {
namespace {

constexpr char kPromtailKeys[] = R"(
root{ global{ file_watch{ min_poll_frequency max_poll_frequency } } server@server client@client
 clients@client positions{ filename sync_period ignore_invalid_yaml } scrape_configs*
 target_config{ sync_period stdin } limits_config@limits options{ stream_lag_labels }
 tracing{ enabled } wal{ enabled dir max_segment_age cleaner_interval segment_size
 watcher{ min_read_frequency max_read_frequency drain_timeout } } }
server{ disable profiling_enabled http_listen_network http_listen_address http_listen_port
 http_listen_conn_limit grpc_listen_network grpc_listen_address grpc_listen_port
 grpc_listen_conn_limit proxy_protocol_enabled tls_cipher_suites tls_min_version
 http_tls_config* grpc_tls_config* register_instrumentation graceful_shutdown_timeout
 http_server_read_timeout http_server_read_header_timeout http_server_write_timeout
 http_server_idle_timeout http_log_closed_connections_without_response_enabled
 grpc_server_max_recv_msg_size grpc_server_max_send_msg_size grpc_server_max_concurrent_streams
 grpc_server_max_connection_idle grpc_server_max_connection_age
 grpc_server_max_connection_age_grace grpc_server_keepalive_time grpc_server_keepalive_timeout
 grpc_server_min_time_between_pings grpc_server_ping_without_stream_allowed
 grpc_server_num_workers log_format log_level log_source_ips_enabled log_source_ips_header
 log_source_ips_regex log_request_headers log_request_at_info_level_enabled
 log_request_exclude_headers_list http_path_prefix external_url health_check_target reload }
client{ url name batchwait batchsize timeout basic_auth{ username username_file password
 password_file } oauth2* bearer_token bearer_token_file authorization* proxy_url no_proxy
 proxy_from_environment proxy_connect_header* follow_redirects enable_http2
 tls_config{ ca_file cert_file key_file server_name insecure_skip_verify min_version max_version
 ca cert key } backoff_config{ min_period max_period max_retries } external_labels* tenant_id
 headers* drop_rate_limited_batches stream_lag_labels }
limits{ readline_rate_enabled readline_rate readline_burst readline_rate_drop max_streams
 max_line_size max_line_size_truncate auto_label_max_values auto_label_max_streams
 reject_old_samples_max_age
 creation_grace_period max_unacked_bytes }
)";

}  // namespace

const KeyTree& PromtailKeys() {
  static const KeyTree tree(kPromtailKeys);
  return tree;
}

}  // namespace narfi::config
