#include "config/narfid_settings.h"

#include <doctest/doctest.h>

#include "base/file.h"
#include "config/load.h"

namespace narfi::config {
namespace {

std::string SamplePath(const std::string& name) {
  return std::string(NARFI_SOURCE_DIR) + "/config/samples/dyocense/" + name;
}

Loaded<NarfidSettings> MustParse(std::string_view yaml) {
  auto loaded = ParseNarfidSettings(yaml, "c.yml");
  if (!loaded) FAIL(loaded.error().text);
  return std::move(*loaded);
}

std::string ErrorOf(std::string_view yaml) {
  const auto loaded = ParseNarfidSettings(yaml, "c.yml");
  return loaded ? "" : loaded.error().text;
}

TEST_CASE("the users' Loki file is accepted as it stands, with these warnings and no others") {
  const std::vector<std::string> args = {"-config.file=" + SamplePath("loki-config.yml")};
  const auto loaded = LoadNarfidSettings(args);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().text);
  const NarfidSettings& s = loaded->settings;
  CHECK_FALSE(s.auth_enabled);
  CHECK(s.server.http_listen_port == 3100);
  CHECK(s.ingester.chunk_idle_period_ns == 5 * kMinute);
  CHECK_FALSE(s.ingester.max_chunk_age_ns.has_value());
  CHECK(s.LimitsFor("fake").reject_old_samples);
  CHECK(s.LimitsFor("fake").reject_old_samples_max_age_ns == 168 * kHour);
  CHECK(s.ResolveStorageRoot().path == "/loki/narfi");
  const std::string file = SamplePath("loki-config.yml");
  const std::vector<std::string> want = {
      file + ":8:3: ignored: ingester.lifecycler has no meaning here: there is no ring",
      file +
          ":14:3: ignored: ingester.chunk_retain_period has no meaning here: flushed data need no "
          "second copy in memory",
      file +
          ":16:1: ignored: schema_config has no meaning here: there is one storage format, "
          "whatever the schema says",
      file +
          ":27:3: ignored: storage_config.boltdb_shipper has no meaning here: the index lives "
          "under the storage root",
      file +
          ":34:3: ignored: limits_config.enforce_metric_name has no meaning here: Loki dropped it; "
          "logs have no metric name",
  };
  CHECK(loaded->warnings == want);
}

TEST_CASE(
    "without any file narfid runs with one tenant, and with an empty one it asks for tenants") {
  const auto none = LoadNarfidSettings({});
  REQUIRE(none.has_value());
  CHECK_FALSE(none->settings.auth_enabled);
  CHECK(none->settings.no_auth_tenant == "fake");
  CHECK(none->settings.ResolveStorageRoot().path == "./narfi-data");
  CHECK(MustParse("").settings.auth_enabled);
  const std::vector<std::string> on = {"-auth.enabled"};
  CHECK(LoadNarfidSettings(on)->settings.auth_enabled);
}

TEST_CASE("defaults are Loki's, but for rates and the out-of-order rule") {
  const Limits limits = MustParse("").settings.LimitsFor("any");
  CHECK(limits.max_line_size == 256 * 1024);
  CHECK(limits.max_label_names_per_series == 15);
  CHECK(limits.max_entries_limit_per_query == 5000);
  CHECK(limits.max_query_length_ns == 721 * kHour);
  CHECK(limits.discover_service_name.size() == 13);
  CHECK(limits.ingestion_rate_mb == 0);
  CHECK(limits.per_stream_rate_limit == 0);
}

struct BadYamlCase {
  std::string_view yaml;
  std::string_view want;
};

const BadYamlCase kBad[] = {
    {"server:\n  htp_listen_port: 1\n",
     "c.yml:2:3: unknown key \"server.htp_listen_port\"; did you mean \"http_listen_port\"?"},
    {"sever:\n  http_listen_port: 1\n",
     "c.yml:1:1: unknown key \"sever\"; did you mean \"server\"?"},
    {"zzzzzzzzzzzzzzzzz: 1\n", "c.yml:1:1: unknown key \"zzzzzzzzzzzzzzzzz\""},
    {"memberlist:\n  join_memebers: [a]\n",
     "c.yml:2:3: unknown key \"memberlist.join_memebers\"; did you mean \"join_members\"?"},
    {"schema_config:\n  configs:\n    - form: 2024-01-01\n",
     "c.yml:3:7: unknown key \"schema_config.configs.form\"; did you mean \"from\"?"},
    {"ingester:\n  lifecycler:\n    ring:\n      kvstor: {}\n",
     "c.yml:4:7: unknown key \"ingester.lifecycler.ring.kvstor\"; did you mean \"kvstore\"?"},
    {"server:\n  http_listen_port: many\n",
     "c.yml:2:21: \"server.http_listen_port\": \"many\" is not a port number (0 to 65535)"},
    {"server:\n  http_listen_port: 65536\n",
     "c.yml:2:21: \"server.http_listen_port\": \"65536\" is not a port number (0 to 65535)"},
    {"server: 3100\n", "c.yml:1:9: \"server\" must be a map"},
    {"server: {http_listen_port: [1]}\n",
     "c.yml:1:28: \"server.http_listen_port\": expected a port number (0 to 65535)"},
    {"auth_enabled: maybe\n", "c.yml:1:15: \"auth_enabled\": \"maybe\" is not true or false"},
    {"limits_config:\n  query_timeout: 5\n",
     "c.yml:2:18: \"limits_config.query_timeout\": \"5\" is not a duration such as 30s or 1h"},
    {"limits_config:\n  query_timeout: -5s\n",
     "c.yml:2:18: \"limits_config.query_timeout\": \"-5s\" is not a duration such as 30s or 1h"},
    {"limits_config:\n  max_line_size: big\n",
     "c.yml:2:18: \"limits_config.max_line_size\": \"big\" is not a size such as 256KB"},
    {"limits_config:\n  ingestion_rate_mb: -1\n",
     "c.yml:2:22: \"limits_config.ingestion_rate_mb\": \"-1\" is not a number, 0 or more"},
    {"limits_config:\n  discover_service_name: {a: b}\n",
     "c.yml:2:26: \"limits_config.discover_service_name\": expected a list of texts"},
    {"limits_config:\n  otlp_config: {log_attributes: [{action: index_label, regex: a}]}\n",
     "c.yml:2:34: the action must be structured_metadata or drop"},
    {"limits_config:\n  otlp_config: {resource_attributes: {attributes_config: [{action: x}]}}\n",
     "c.yml:2:59: the action must be index_label, structured_metadata or drop"},
    {"limits_config:\n  otlp_config: {scope_attributes: [{action: drop}]}\n",
     "c.yml:2:36: either attributes or a regex must be given"},
    {"limits_config:\n  otlp_config: {scope_attributes: [{regex: a, attributes: [b]}]}\n",
     "c.yml:2:36: either attributes or a regex must be given"},
    {"limits_config:\n  otlp_config: {scope_attributes: x}\n",
     "c.yml:2:35: expected a list of {action, attributes, regex}"},
    {"limits_config:\n  retention_stream: [{period: 1d}]\n",
     "c.yml:2:22: a retention_stream needs a selector"},
    {"memory:\n  budget: lots\n",
     "c.yml:2:11: \"memory.budget\": \"lots\" is neither a size such as 192MiB nor auto"},
    {"memory:\n  budget: 1MiB\n", "c.yml:2:11: \"memory.budget\": \"1MiB\" is less than 16MiB"},
    {"server:\n  log_level: loud\n",
     "c.yml:2:14: \"server.log_level\": \"loud\" is not one of debug, info, warn, error"},
    {"server: {}\nserver: {}\n", "c.yml:2:1: the key \"server\" is there twice"},
    {"- a\n", "c.yml:1:1: expected a map"},
    {"a: [\n", "c.yml:2:1: end of sequence flow not found"},
    {"? [a]\n: b\n", "c.yml:1:3: a key must be a plain word"},
};

TEST_CASE("what is wrong in a file is named with file, line and column") {
  for (const BadYamlCase& c : kBad) {
    CAPTURE(std::string(c.yaml));
    CHECK(ErrorOf(c.yaml) == c.want);
  }
}

TEST_CASE("old names are taken over, and the new one wins") {
  auto loaded = MustParse(
      "querier:\n  engine:\n    timeout: 3m\nchunk_store_config:\n  max_look_back_period: 1w\n");
  CHECK(loaded.settings.LimitsFor("").query_timeout_ns == 3 * kMinute);
  CHECK(loaded.settings.LimitsFor("").max_query_lookback_ns == kWeek);
  CHECK(
      loaded.warnings ==
      std::vector<std::string>{
          "c.yml:3:5: querier.engine.timeout is an old name: taken as limits_config.query_timeout",
          "c.yml:5:3: chunk_store_config.max_look_back_period is an old name: taken as "
          "limits_config.max_query_lookback"});
  loaded = MustParse("querier:\n  engine:\n    timeout: 3m\nlimits_config:\n  query_timeout: 5m\n");
  CHECK(loaded.settings.LimitsFor("").query_timeout_ns == 5 * kMinute);
}

TEST_CASE("every key that Loki deleted is one warning") {
  const std::string_view kDeleted[] = {
      "ingester: {max_transfer_retries: 0}",
      "querier: {engine: {timeout: 1m}}",
      "query_range: {split_queries_by_interval: 1h}",
      "query_range: {forward_headers_list: [a]}",
      "frontend_worker: {parallelism: 3}",
      "frontend_worker: {match_max_concurrent: true}",
      "common: {storage: {s3: {sse_encryption: true}}}",
      "common: {storage: {filesystem: {admin_api_directory: /x}}}",
      "storage_config: {boltdb_shipper: {shared_store: s3}}",
      "storage_config: {boltdb_shipper: {shared_store_key_prefix: s3}}",
      "storage_config: {tsdb_shipper: {shared_store: s3}}",
      "storage_config: {boltdb_shipper: {use_boltdb_shipper_as_backup: true}}",
      "storage_config: {cassandra: {addresses: x}}",
      "compactor: {deletion_mode: filter-only}",
      "compactor: {shared_store: s3}",
      "compactor: {shared_store_key_prefix: index/}",
      "chunk_store_config: {max_look_back_period: 0s}",
      "limits_config: {enforce_metric_name: false}",
      "limits_config: {ruler_evaluation_delay_duration: 1m}",
      "table_manager: {retention_period: 1d}",
      "limits_config: {allow_deletes: true}",
      "limits_config: {ruler_remote_write_url: http}",
      "limits_config: {split_queries_by_interval: 1h}",
      "ruler: {remote_write: {client: {url: x}}}",
  };
  for (const std::string_view yaml : kDeleted) {
    CAPTURE(std::string(yaml));
    CHECK(MustParse(yaml).warnings.size() == 1);
  }
}

TEST_CASE("the storage root follows the first key that names it") {
  const std::string all =
      "storage: {path: /a}\ncommon: {path_prefix: /b}\nstorage_config: {filesystem: {directory: "
      "/c/chunks}}\n";
  CHECK(MustParse(all).settings.ResolveStorageRoot().path == "/a");
  CHECK(MustParse(all).settings.ResolveStorageRoot().reason == "-storage.path");
  CHECK(MustParse(all.substr(all.find("common"))).settings.ResolveStorageRoot().path == "/b");
  CHECK(MustParse(all.substr(all.find("storage_config"))).settings.ResolveStorageRoot().path ==
        "/c/narfi");
  CHECK(MustParse("storage_config: {filesystem: {directory: /c/chunks/}}")
            .settings.ResolveStorageRoot()
            .path == "/c/narfi");
}

TEST_CASE("what -print-config prints reads back to the same settings") {
  const auto loaded = MustParse(
      "auth_enabled: false\nserver: {http_listen_port: 1, log_format: json}\n"
      "ingester: {max_chunk_age: 2h}\nmemory: {budget: auto}\nstorage: {path: \"/a \\\"b\\\"\"}\n"
      "limits_config:\n  discover_service_name: []\n  ingestion_rate_mb: 0.5\n  max_line_size: "
      "1MB\n  max_query_lookback: 90m1s\n"
      "  retention_stream:\n    - {selector: '{app=\"x\"}', priority: 2, period: 1d}\n");
  const std::string printed = PrintNarfidSettings(loaded.settings);
  CAPTURE(printed);
  const auto again = MustParse(printed);
  CHECK(again.settings == loaded.settings);
  CHECK(again.warnings.empty());
  CHECK(loaded.warnings.empty());
  CHECK(again.settings.ingester.max_chunk_age_ns == 2 * kHour);
  CHECK(again.settings.storage_path == "/a \"b\"");
  CHECK(again.settings.LimitsFor("").discover_service_name.empty());
  REQUIRE(again.settings.LimitsFor("").retention_stream.size() == 1);
  CHECK(again.settings.LimitsFor("").retention_stream[0].period_ns == kDay);
  CHECK(MustParse(PrintNarfidSettings(NarfidSettings{})).settings == NarfidSettings{});
}

TEST_CASE("what differs from the defaults is printed alone, and reads back to the same settings") {
  CHECK(PrintNarfidDiffs(NarfidSettings{}).empty());
  CHECK(PrintNarfidDiffs(MustParse("server: {http_listen_port: 3100}").settings).empty());
  const auto loaded = MustParse(
      "server: {http_listen_port: 1}\nauth_enabled: false\n"
      "limits_config: {max_query_lookback: 90m, discover_service_name: []}\n");
  const std::string printed = PrintNarfidDiffs(loaded.settings);
  CHECK(printed ==
        "auth_enabled: false\nserver:\n  http_listen_port: 1\nlimits_config:\n"
        "  discover_service_name: []\n  max_query_lookback: 1h30m0s\n");
  CHECK(MustParse(printed).settings == loaded.settings);
}

TEST_CASE("otlp_config says what becomes of attributes, and reads back as it was printed") {
  const auto loaded = MustParse(
      "distributor:\n  otlp_config:\n    default_resource_attributes_as_index_labels: [a.b]\n"
      "limits_config:\n  otlp_config:\n    resource_attributes:\n      ignore_defaults: true\n"
      "      attributes_config:\n        - {action: index_label, attributes: [c, d]}\n"
      "        - {action: drop, regex: 'e.*'}\n"
      "    scope_attributes: [{action: structured_metadata, attributes: [f]}]\n"
      "    log_attributes: [{action: drop, regex: g}]\n    severity_text_as_label: true\n");
  CHECK(loaded.warnings.empty());
  const OtlpConfig& otlp = loaded.settings.LimitsFor("").otlp_config;
  CHECK(otlp.default_labels == std::vector<std::string>{"a.b"});
  CHECK(otlp.ignore_defaults);
  CHECK(otlp.severity_text_as_label);
  CHECK(otlp.resource_attributes == std::vector<OtlpRule>{{OtlpAction::kIndexLabel, {"c", "d"}, ""},
                                                          {OtlpAction::kDrop, {}, "e.*"}});
  CHECK(otlp.scope_attributes ==
        std::vector<OtlpRule>{{OtlpAction::kStructuredMetadata, {"f"}, ""}});
  CHECK(otlp.log_attributes == std::vector<OtlpRule>{{OtlpAction::kDrop, {}, "g"}});
  const auto again = MustParse(PrintNarfidSettings(loaded.settings));
  CHECK(again.settings == loaded.settings);
  CHECK(again.warnings.empty());
}

TEST_CASE("tenants take the limits that their overrides change, and the rest from limits_config") {
  Limits defaults;
  defaults.max_query_series = 7;
  std::vector<std::string> warnings;
  const auto limits = ReadTenantLimits(
      defaults, "overrides:\n  a:\n    query_timeout: 2m\n    unknown_stays_out: 1\n", "o.yml",
      warnings);
  REQUIRE_FALSE(limits.has_value());
  CHECK(limits.error().text.starts_with(
      "o.yml:4:5: unknown key \"limits_config.unknown_stays_out\""));
  const auto good = ReadTenantLimits(
      defaults, "overrides:\n  a:\n    query_timeout: 2m\n    enforce_metric_name: false\n  b:\n",
      "o.yml", warnings);
  REQUIRE(good.has_value());
  CHECK(good->LimitsFor("a").query_timeout_ns == 2 * kMinute);
  CHECK(good->LimitsFor("a").max_query_series == 7);
  CHECK(good->LimitsFor("b") == defaults);
  CHECK(good->LimitsFor("c") == defaults);
  CHECK(warnings.size() == 1);
}

TEST_CASE("anchors, aliases and merge keys are resolved") {
  const auto loaded = MustParse(
      "limits_config: &base\n  query_timeout: 2m\n  max_query_series: 5\n"
      "runtime_config:\n  period: 1s\nserver:\n  <<: {log_level: debug, http_listen_port: 4}\n  "
      "http_listen_port: 5\n");
  CHECK(loaded.settings.server.http_listen_port == 5);
  CHECK(loaded.settings.server.log_level == "debug");
  CHECK(ErrorOf("a: &x [*x]\n").find("alias inside its own anchor") != std::string::npos);
}

TEST_CASE("aliases of aliases do not fill the memory") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string p = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k == 0 ? "" : ", ") + p;
    bomb += "]\n";
  }
  CHECK(ErrorOf(bomb).find("too many values") != std::string::npos);
}

TEST_CASE("the memory budget is a size, or a quarter of the machine's memory") {
  CHECK(MustParse("").settings.MemoryBudgetBytes() == 192ULL << 20);
  CHECK(MustParse("memory: {budget: 1GiB}").settings.MemoryBudgetBytes() == 1ULL << 30);
  CHECK(MustParse("memory: {budget: auto}").settings.MemoryBudgetBytes() > 16 << 20);
}

TEST_CASE("a key that nothing goes by yet is one warning where it is set") {
  const auto loaded = MustParse("limits_config:\n  deletion_mode: disabled\n");
  CHECK(loaded.warnings ==
        std::vector<std::string>{
            "c.yml:2:3: limits_config.deletion_mode has no effect in this version"});
}

TEST_CASE("retention goes by the period alone, and by the size of the segments") {
  const auto loaded = MustParse(
      "compactor:\n  retention_enabled: true\nlimits_config:\n  retention_period: 30d\n"
      "storage: {retention_disk_bytes: 20GiB, merge_bytes_per_second: 1MiB}\n");
  CHECK(loaded.warnings ==
        std::vector<std::string>{"c.yml:2:3: ignored: compactor.retention_enabled has no meaning "
                                 "here: limits_config.retention_period alone says what is kept"});
  CHECK(loaded.settings.LimitsFor("").retention_period_ns == 30 * kDay);
  CHECK(loaded.settings.storage_retention_disk_bytes == 20ULL << 30);
  CHECK(loaded.settings.storage_merge_bytes_per_second == 1 << 20);
}

TEST_CASE("a file that would be read in part or not at all is refused") {
  CHECK(ErrorOf("auth_enabled: false\n---\nserver: {http_listen_port: 1}\n") ==
        "c.yml: has a second document behind \"---\"; put all keys into one");
  CHECK(ErrorOf("---\nauth_enabled: false\n").empty());
  CHECK(ErrorOf("auth_enabled: false\n---\n").empty());
  CHECK(ErrorOf(std::string("\xff\xfe") + std::string("a\0:\0", 4)) ==
        "c.yml: is UTF-16; save it as UTF-8");
}

}  // namespace
}  // namespace narfi::config
