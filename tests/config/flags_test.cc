#include "config/flags.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "config/load.h"

namespace narfi::config {
namespace {

struct BadFlagCase {
  std::vector<std::string> args;
  std::string_view want;
};

TEST_CASE("flags come with one dash or two, with = or apart, and bools without a value") {
  const std::vector<std::string> args = {"-server.http-listen-port=1",
                                         "--server.grpc-listen-port",
                                         "2",
                                         "-storage.path",
                                         "/x",
                                         "--memory.budget=64MiB",
                                         "-verify-config",
                                         "--print-config=true",
                                         "-validation.reject-old-samples=false",
                                         "-validation.discover-service-name=a,b"};
  const auto loaded = LoadNarfidSettings(args);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().text);
  CHECK(loaded->settings.server.http_listen_port == 1);
  CHECK(loaded->settings.server.grpc_listen_port == 2);
  CHECK(loaded->settings.storage_path == "/x");
  CHECK(loaded->settings.memory_budget == "64MiB");
  CHECK(loaded->invocation.verify_config);
  CHECK(loaded->invocation.print_config);
  CHECK_FALSE(loaded->invocation.help);
  CHECK_FALSE(loaded->settings.LimitsFor("x").reject_old_samples);
  CHECK(loaded->settings.LimitsFor("x").discover_service_name ==
        std::vector<std::string>{"a", "b"});
}

TEST_CASE("a wrong flag is named, with the nearest right one") {
  const BadFlagCase kCases[] = {
      {{"-server.http-listen-prt=1"},
       "unknown flag -server.http-listen-prt; did you mean -server.http-listen-port?"},
      {{"-server.http-listen-port"}, "flag needs an argument: -server.http-listen-port"},
      {{"-server.http-listen-port=x"},
       "-server.http-listen-port: \"x\" is not a port number (0 to 65535)"},
      {{"-auth.enabled=perhaps"}, "-auth.enabled: \"perhaps\" is not true or false"},
      {{"serve"}, "unexpected argument \"serve\""},
      {{"---x"}, "bad flag syntax: ---x"},
      {{"-=x"}, "bad flag syntax: -=x"},
      {{"-config.file=/no/such/file.yml"}, "-config.file: "},
  };
  for (const BadFlagCase& c : kCases) {
    CAPTURE(c.args[0]);
    const auto loaded = LoadNarfidSettings(c.args);
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().text.starts_with(c.want));
  }
}

TEST_CASE("a flag of Loki without a meaning here is one warning") {
  const std::vector<std::string> args = {"-target=all", "-ingester.lifecycler.addr", "1.2.3.4",
                                         "-ring.store=inmemory"};
  const auto loaded = LoadNarfidSettings(args);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().text);
  CHECK(loaded->warnings ==
        std::vector<std::string>{"ignored: the flag -target has no meaning here",
                                 "ignored: the flag -ingester.lifecycler.addr has no meaning here",
                                 "ignored: the flag -ring.store has no meaning here"});
}

TEST_CASE("-help lists every flag with its default and reads no file") {
  const std::vector<std::string> args = {"-config.file=/no/such/file", "-help"};
  const auto loaded = LoadNarfidSettings(args);
  REQUIRE(loaded.has_value());
  CHECK(loaded->invocation.help);
  CHECK(loaded->help_text.find(
            "-server.http-listen-port\n        Port of the HTTP API. (default 3100)") !=
        std::string::npos);
  CHECK(loaded->help_text.find("-config.expand-env") != std::string::npos);
}

TEST_CASE("variables are expanded before YAML is read") {
  setenv("NARFI_TEST_PORT", "7", 1);
  setenv("NARFI_TEST_EMPTY", "", 1);
  unsetenv("NARFI_TEST_UNSET");
  std::vector<std::string> warnings;
  const auto expand = [&](std::string_view text) {
    return ExpandEnvironment(text, "c.yml", warnings);
  };
  CHECK(*expand("a: ${NARFI_TEST_PORT}") == "a: 7");
  CHECK(*expand("${NARFI_TEST_PORT:8}") == "7");
  CHECK(*expand("${NARFI_TEST_UNSET:8}${NARFI_TEST_UNSET:-http://x:1/y}") == "8http://x:1/y");
  CHECK(*expand("${NARFI_TEST_EMPTY:8}") == "8");
  CHECK(*expand("$5 {x}") == "$5 {x}");
  CHECK(warnings.empty());
  CHECK(*expand("\n${NARFI_TEST_UNSET}") == "\n");
  CHECK(warnings ==
        std::vector<std::string>{"c.yml:2: ${NARFI_TEST_UNSET} is not set: taken as empty"});
  CHECK(expand("a\n${NARFI").error().text == "c.yml:2: ${ without a closing }");
  CHECK(expand("${1x!}").error().text == "c.yml:1: expected ${VAR} or ${VAR:default}, not ${1x!}");
}

}  // namespace
}  // namespace narfi::config
