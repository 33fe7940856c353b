#include "config/shipper_settings.h"

#include <doctest/doctest.h>

#include "config/load.h"

namespace narfi::config {
namespace {

std::string ScrapeWith(const std::string& rest) {
  return "scrape_configs:\n  - job_name: j\n    static_configs: [{labels: {__path__: /x}}]\n" +
         rest;
}

Loaded<ShipperSettings> MustParseShipper(std::string_view yaml) {
  auto loaded = ParseShipperSettings(yaml, "p.yml");
  if (!loaded) FAIL(loaded.error().text);
  return std::move(*loaded);
}

TEST_CASE("the users' Promtail file is accepted as it stands, without a warning") {
  const std::vector<std::string> args = {"-config.file=" + std::string(NARFI_SOURCE_DIR) +
                                         "/config/samples/dyocense/promtail-config.yml"};
  const auto loaded = LoadShipperSettings(args);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().text);
  CHECK(loaded->warnings.empty());
  const ShipperSettings& s = loaded->settings;
  CHECK(s.server.http_listen_port == 9080);
  CHECK(s.positions.filename == "/tmp/positions.yaml");
  REQUIRE(s.clients.size() == 1);
  CHECK(s.clients[0].url == "http://loki:3100/loki/api/v1/push");
  CHECK(s.clients[0].batchwait_ns == kSecond);
  REQUIRE(s.scrape_configs.size() == 1);
  CHECK_FALSE(s.scrape_configs[0].pipeline_stages.has_value());
  CHECK_FALSE(s.scrape_configs[0].auto_labels.has_value());
  REQUIRE(s.scrape_configs[0].targets.size() == 1);
  CHECK(s.scrape_configs[0].targets[0].path == "/var/log/dyocense/*.log");
  CHECK(s.scrape_configs[0].targets[0].labels == TextMap{{"job", "dyocense"}});
}

TEST_CASE("flags override clients and positions, and make a client when there is none") {
  std::vector<std::string> args = {"-client.url=http://127.0.0.1:1/push",
                                   "-client.batch-wait",
                                   "2s",
                                   "-positions.filename=/p",
                                   "-client.external-labels=a=b,c=d",
                                   "-client.tenant-id=t",
                                   "-client.max-retries=3"};
  const auto loaded = LoadShipperSettings(args);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().text);
  REQUIRE(loaded->settings.clients.size() == 1);
  CHECK(loaded->settings.clients[0].url == "http://127.0.0.1:1/push");
  CHECK(loaded->settings.clients[0].batchwait_ns == 2 * kSecond);
  CHECK(loaded->settings.clients[0].external_labels == TextMap{{"a", "b"}, {"c", "d"}});
  CHECK(loaded->settings.clients[0].tenant_id == "t");
  CHECK(loaded->settings.positions.filename == "/p");
  CHECK(loaded->warnings ==
        std::vector<std::string>{"ignored: the flag -client.max-retries has no meaning here"});
  args.push_back("-config.file=" + std::string(NARFI_SOURCE_DIR) +
                 "/config/samples/dyocense/promtail-config.yml");
  CHECK(LoadShipperSettings(args)->settings.clients[0].url == "http://127.0.0.1:1/push");
}

struct BadShipperCase {
  std::string yaml;
  std::string_view want;
};

TEST_CASE("what would change what is shipped is an error that names it and its place") {
  const std::string kNot =
      " is not something narfi-shipper does, and leaving it out would change what is shipped";
  const BadShipperCase kCases[] = {
      {ScrapeWith("    journal: {path: /var/log/journal}\n"), "p.yml:4:14: \"journal\""},
      {ScrapeWith("    relabel_configs: [{action: drop}]\n"), "p.yml:4:22: \"relabel_configs\""},
      {ScrapeWith("    pipeline_stages: [{multiline: {firstline: x}}]\n"),
       "p.yml:4:24: the stage \"multiline\" is not one of narfi-shipper's"},
      {ScrapeWith("    pipeline_stages: [{jsom: {}}]\n"),
       "p.yml:4:24: unknown stage \"jsom\"; did you mean \"json\"?"},
      {ScrapeWith("    pipeline_stages: [{json: {expresions: {a: b}}}]\n"),
       "p.yml:4:31: unknown key \"json.expresions\"; did you mean \"expressions\"?"},
      {ScrapeWith("    pipeline_stages: [{json: {}}]\n"),
       "p.yml:4:24: a json stage needs expressions"},
      {ScrapeWith("    pipeline_stages: [{timestamp: {source: t, format: RFC3339, "
                  "action_on_failure: drop}}]\n"),
       "p.yml:4:83: \"timestamp.action_on_failure\": \"drop\" is not fudge or skip"},
      {ScrapeWith("    pipeline_stages: [{labels: {a-b: }}]\n"),
       "p.yml:4:24: \"a-b\" is not a label name"},
      {ScrapeWith("    pipeline_stages: []\n    auto_labels: {a: b}\n"),
       "p.yml:2:5: \"auto_labels\" stands only where there are no pipeline_stages"},
      {ScrapeWith("    pipelin_stages: []\n"),
       "p.yml:4:5: unknown key \"pipelin_stages\"; did you mean \"pipeline_stages\"?"},
      {ScrapeWith("    encoding: UTF-16\n"), "p.yml:4:15: \"encoding\": files are read as UTF-8"},
      {"scrape_configs:\n  - static_configs: [{labels: {job: x}}]\n",
       "p.yml:2:22: a static config needs the label __path__"},
      {"clients: [{name: x}]\n", "p.yml:1:11: a client needs a url"},
      {"clients: [{url: loki:3100}]\n",
       "client url \"loki:3100\": must begin with http:// or https://"},
      {"clients: [{url: http://x, oauth2: {client_id: x}}]\n", "p.yml:1:35: \"oauth2\""},
      {"clients: [{url: http://x, batchwait: soon}]\n",
       "p.yml:1:38: \"batchwait\": \"soon\" is not a duration"},
      {"target_config: {stdin: true}\n", "p.yml:1:24: \"target_config.stdin\""},
      {"possitions: {filename: x}\n",
       "p.yml:1:1: unknown key \"possitions\"; did you mean \"positions\"?"},
  };
  for (const BadShipperCase& c : kCases) {
    CAPTURE(c.yaml);
    const auto loaded = ParseShipperSettings(c.yaml, "p.yml");
    REQUIRE_FALSE(loaded.has_value());
    CAPTURE(loaded.error().text);
    CHECK(loaded.error().text.starts_with(c.want));
    if (c.want.ends_with("\"journal\"")) CHECK(loaded.error().text == std::string(c.want) + kNot);
  }
}

TEST_CASE("what Promtail knows and changes nothing is one warning") {
  const auto loaded = MustParseShipper(
      "server: {grpc_listen_port: 0}\nclients: [{url: http://x, backoff_config: {max_retries: "
      "10}}]\n"
      "wal: {enabled: false}\ntracing: {enabled: true}\ntarget_config: {stdin: "
      "false}\nlimits_config: {max_streams: 0}\n");
  CHECK(loaded.warnings ==
        std::vector<std::string>{"p.yml:1:10: ignored: server.grpc_listen_port has no meaning here",
                                 "p.yml:2:57: ignored: max_retries has no meaning here: what can "
                                 "be retried is retried without end",
                                 "p.yml:3:1: ignored: wal has no meaning here",
                                 "p.yml:4:1: ignored: tracing has no meaning here"});
}

TEST_CASE("what -print-config prints reads back to the same shipper settings") {
  const auto loaded = MustParseShipper(
      "client: {url: 'http://a', tenant_id: t, headers: {X: 'y: z'}, basic_auth: {username: u, "
      "password: 'p\"'}}\n"
      "clients: [{url: 'https://b', backoff_config: {min_period: 1s}, tls_config: "
      "{insecure_skip_verify: true}}]\n"
      "limits_config: {readline_rate_enabled: true, readline_rate: 2.5}\n"
      "scrape_configs:\n"
      "  - job_name: one\n    static_configs:\n      - {targets: [localhost], labels: {job: j, "
      "__path__: /x/**/*.log, __path_exclude__: /x/y, __tenant_id__: q}}\n"
      "    pipeline_stages:\n      - json: {expressions: {level: , ts: '\"a b\".c[0]'}, "
      "drop_malformed: true}\n"
      "      - labels: {level: }\n      - timestamp: {source: ts, format: RFC3339, "
      "fallback_formats: [Unix], action_on_failure: skip}\n"
      "      - output: {source: msg}\n      - static_labels: {env: prod}\n"
      "  - job_name: two\n    static_configs: [{labels: {__path__: /y}}]\n    auto_labels: {}\n"
      "  - job_name: three\n    static_configs: [{labels: {__path__: /z}}]\n    pipeline_stages: "
      "[]\n");
  const std::string printed = PrintShipperSettings(loaded.settings);
  CAPTURE(printed);
  const auto again = MustParseShipper(printed);
  CHECK(again.settings == loaded.settings);
  CHECK(again.warnings.empty());
  REQUIRE(again.settings.scrape_configs.size() == 3);
  CHECK(again.settings.scrape_configs[0].pipeline_stages->size() == 5);
  CHECK(again.settings.scrape_configs[0].targets[0].tenant_id == "q");
  CHECK(again.settings.scrape_configs[1].auto_labels == TextMap{});
  CHECK(again.settings.scrape_configs[2].pipeline_stages->empty());
  const auto empty = MustParseShipper(PrintShipperSettings(ShipperSettings{}));
  CHECK(empty.settings == ShipperSettings{});
}

}  // namespace
}  // namespace narfi::config
