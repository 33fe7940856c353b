#include "cli/args.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace narfi::cli {
namespace {

// Sets a variable of the environment for as long as it lives.
class ScopedEnv {
 public:
  ScopedEnv(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~ScopedEnv() { unsetenv(name_); }
  ScopedEnv(const ScopedEnv&) = delete;
  ScopedEnv& operator=(const ScopedEnv&) = delete;

 private:
  const char* name_;
};

Options Parse(const std::vector<std::string>& args) {
  ParsedArgs parsed = ParseArgs(args);
  REQUIRE_MESSAGE(parsed.options.has_value(), parsed.text);
  return std::move(*parsed.options);
}

TEST_CASE("a query alone has logcli's defaults") {
  const Options options = Parse({"query", "{job=\"x\"} |= `a, [b]`"});
  CHECK(options.command == Command::kQuery);
  CHECK(options.query == "{job=\"x\"} |= `a, [b]`");
  CHECK(options.connection.addr == "http://localhost:3100");
  CHECK(options.since_ns == kHour);
  CHECK_FALSE(options.from_ns.has_value());
  CHECK(options.limit == 30);
  CHECK(options.batch == 1000);
  CHECK_FALSE(options.forward);
  CHECK_FALSE(options.tail);
  CHECK(options.printing.output == OutputMode::kDefault);
  CHECK_FALSE(options.printing.utc);
}

TEST_CASE("flags are read before and after the command, long and short") {
  const Options options = Parse({"--addr",
                                 "http://h:1/x",
                                 "-q",
                                 "query",
                                 "--since=7d",
                                 "--limit",
                                 "5",
                                 "-o",
                                 "jsonl",
                                 "-z",
                                 "UTC",
                                 "--batch=100",
                                 "--forward",
                                 "--step",
                                 "1m30s",
                                 "--interval=500ms",
                                 "--include-label",
                                 "a",
                                 "--include-label=b",
                                 "--exclude-label",
                                 "c",
                                 "{}",
                                 "--labels-length",
                                 "40",
                                 "--stats",
                                 "--no-labels",
                                 "--org-id",
                                 "team"});
  CHECK(options.connection.addr == "http://h:1/x");
  CHECK(options.connection.org_id == "team");
  CHECK(options.printing.quiet);
  CHECK(options.printing.stats);
  CHECK(options.printing.no_labels);
  CHECK(options.printing.output == OutputMode::kJsonl);
  CHECK(options.printing.utc);
  CHECK(options.printing.include_labels == std::vector<std::string>{"a", "b"});
  CHECK(options.printing.exclude_labels == std::vector<std::string>{"c"});
  CHECK(options.printing.labels_length == 40);
  CHECK(options.since_ns == 7 * kDay);
  CHECK(options.limit == 5);
  CHECK(options.batch == 100);
  CHECK(options.forward);
  CHECK(options.step_ns == 90 * kSecond);
  CHECK(options.interval_ns == 500 * kMillisecond);
  CHECK(options.query == "{}");
}

TEST_CASE("tail has two names and two letters") {
  for (const char* flag : {"--tail", "-t", "--follow", "-f"}) {
    CAPTURE(flag);
    CHECK(Parse({"query", flag, "--delay-for", "5", "{}"}).tail);
  }
  CHECK(Parse({"tail", "{}"}).tail);
  CHECK(Parse({"tail", "{}"}).command == Command::kQuery);
  CHECK(Parse({"query", "-t", "--delay-for", "5", "{}"}).delay_for_ns == 5 * kSecond);
}

TEST_CASE("times are read in the zone asked for") {
  const Options options = Parse({"query", "-z", "UTC", "--from", "2026-11-20T00:00:00", "--to",
                                 "2026-11-20T02:00:00+01:00", "{}"});
  CHECK(options.from_ns == 1'795'132'800 * kSecond);
  CHECK(options.to_ns == 1'795'136'400 * kSecond);
}

TEST_CASE("the environment gives defaults and flags win over it") {
  const ScopedEnv addr("LOKI_ADDR", "http://env:3100");
  const ScopedEnv org("LOKI_ORG_ID", "env-team");
  const ScopedEnv user("LOKI_USERNAME", "u");
  const ScopedEnv password("LOKI_PASSWORD", "p");
  const ScopedEnv token("LOKI_BEARER_TOKEN", "t");
  const ScopedEnv token_file("LOKI_BEARER_TOKEN_FILE", "/t");
  const ScopedEnv ca("LOKI_CA_CERT_PATH", "/ca");
  const ScopedEnv cert("LOKI_CLIENT_CERT_PATH", "/cert");
  const ScopedEnv key("LOKI_CLIENT_KEY_PATH", "/key");
  const ScopedEnv skip("LOKI_TLS_SKIP_VERIFY", "true");
  const ScopedEnv retries("LOKI_CLIENT_RETRIES", "3");
  const Connection to = Parse({"labels", "--org-id", "flag-team"}).connection;
  CHECK(to.addr == "http://env:3100");
  CHECK(to.org_id == "flag-team");
  CHECK(to.username == "u");
  CHECK(to.password == "p");
  CHECK(to.bearer_token == "t");
  CHECK(to.bearer_token_file == "/t");
  CHECK(to.ca_cert == "/ca");
  CHECK(to.cert == "/cert");
  CHECK(to.key == "/key");
  CHECK(to.tls_skip_verify);
  CHECK(to.retries == 3);
}

TEST_CASE("every command is understood") {
  CHECK(Parse({"instant-query", "rate({}[5m])", "--now", "1795132800"}).now_ns ==
        1'795'132'800 * kSecond);
  CHECK(Parse({"labels"}).label.empty());
  CHECK(Parse({"labels", "service"}).label == "service");
  CHECK(Parse({"series", "{a=\"b\"}", "--analyze-labels"}).analyze_labels);
  CHECK(Parse({"version"}).command == Command::kVersion);
  CHECK(Parse({"completion", "zsh"}).shell == "zsh");
}

TEST_CASE("every flag of logcli is taken") {
  const Options query =
      Parse({"--nocache", "--envproxy", "--cpuprofile=c", "--memprofile", "m", "query", "{}",
             "--parallel-duration=15m", "--parallel-max-workers=4", "--part-path-prefix=/tmp/p",
             "--overwrite-completed-parts", "--merge-parts", "--keep-parts", "--store-config=c.yml",
             "--remote-schema", "--schema-store=s", "--colored-output", "--include-common-labels",
             "--output-timestamp-format=rfc822z"});
  CHECK(query.connection.no_cache);
  CHECK(query.printing.common_labels);
  CHECK(query.printing.colored);
  CHECK(query.printing.time_format == TimeFormat::kRfc822Z);
  CHECK(query.limit == 0);
  CHECK(query.idle_flags.size() == 11);
  CHECK(std::count(query.idle_flags.begin(), query.idle_flags.end(), "--merge-parts") == 1);
  CHECK(Parse({"query", "{}", "--parallel-max-workers=1"}).limit == 30);
  CHECK(Parse({"query", "{}"}).idle_flags.empty());
  CHECK(Parse({"instant-query", "{}", "--store-config", "x", "--include-common-labels"})
            .idle_flags.size() == 1);
  CHECK(Parse({"--stdin", "query", "|= `x`"}).from_stdin);
}

struct UsageCase {
  std::vector<std::string> args;
  std::string_view want;
};

TEST_CASE("a wrong command line is told in a sentence and exits with 2") {
  const UsageCase cases[] = {
      {{}, "say what to do: query, tail, instant-query, explain, labels, series"},
      {{"frobnicate"}, "say what to do: "},
      {{"query"}, "query is required"},
      {{"query", "{}", "--bogus"}, "not expected: --bogus"},
      {{"query", "{}", "-o", "xml"}, "--output: \"xml\" is none of default, raw and jsonl"},
      {{"query", "{}", "--output-timestamp-format", "iso"},
       "--output-timestamp-format: \"iso\" is none of rfc3339, rfc3339nano, rfc822z, "},
      {{"query", "{}", "-z", "Mars"}, "--timezone: \"Mars\" is neither Local nor UTC"},
      {{"query", "{}", "--since", "5"}, "--since: "},
      {{"query", "{}", "--since", "0s"}, "--since: 0s is not above zero"},
      {{"query", "{}", "--from", "yesterday"}, "--from: \"yesterday\" is no time"},
      {{"query", "{}", "--from", "1795132800", "--to", "1795132800"}, "--from must be before --to"},
      {{"query", "{}", "--limit", "many"}, "--limit"},
      {{"query", "{}", "--limit", "-1"}, "--limit"},
      {{"query", "{}", "--batch", "0"}, "--batch must be above zero"},
      {{"query", "{}", "--tail", "--forward"}, "--tail goes with neither --to nor --forward"},
      {{"query", "{}", "--addr", "localhost:3100"}, "--addr: \"localhost:3100\" does not begin"},
      {{"query", "{}", "--delay-for", "-3"}, "--delay-for: -3 is no sensible number of seconds"},
      {{"completion", "tcsh"}, "tcsh"},
      {{"help", "nothing"}, "there is no command \"nothing\""},
  };
  for (const UsageCase& c : cases) {
    CAPTURE(std::string(c.want));
    const ParsedArgs parsed = ParseArgs(c.args);
    CHECK_FALSE(parsed.options.has_value());
    CHECK(parsed.exit_status == kExitUsage);
    CHECK(parsed.text.starts_with("narfi: "));
    CHECK_MESSAGE(parsed.text.find(c.want) != std::string::npos, parsed.text);
  }
}

TEST_CASE("help and version exit with 0") {
  CHECK(ParseArgs({"--version"}).text == "narfi, version 0.1.0\n");
  CHECK(ParseArgs({"--help"}).text.find("instant-query") != std::string::npos);
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"query", "--help"}, {"help", "query"}, {"query", "-h"}}) {
    const ParsedArgs parsed = ParseArgs(args);
    CHECK(parsed.exit_status == kExitOk);
    CHECK(parsed.text.find("--delay-for") != std::string::npos);
  }
}

}  // namespace
}  // namespace narfi::cli
