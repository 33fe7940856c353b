#include "cli/args.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "cli/segment_args.h"
#include "cli/time_text.h"
#include "cli/version.h"

namespace narfi::cli {
namespace {

constexpr const char* kDescription =
    "Search logs in Narfi or any other Loki from the terminal.\n"
    "Flags and variables are those of logcli. Exit status: 0 done, 1 the query or the server\n"
    "failed, 2 the command line is wrong, 3 the server cannot be reached.";

constexpr const char* kQueryDescription =
    "Run a LogQL query over a time range and print its lines, or its series as JSON.\n"
    "Looks at the last hour unless --since, --from or --to say otherwise, and prints the 30 "
    "newest\n"
    "lines unless --limit does. Metadata of the query goes to stderr; --quiet keeps it away.";

// The flags as they were typed, before they are checked.
struct RawArgs {
  Options options;
  std::string output = "default";
  std::string timezone = "Local";
  std::string since = "1h";
  std::string from;
  std::string to;
  std::string now;
  std::string step;
  std::string interval;
  int64_t delay_for_seconds = 0;
  int64_t min_backoff_seconds = 0;
  int64_t max_backoff_seconds = 0;
  std::string help_command;
  std::string time_format = "rfc3339";
  uint64_t parallel_workers = 1;
  bool idle_switch = false;
  std::string idle_text;
  std::vector<const CLI::Option*> idle;  // options of which only it matters whether they are there
};

// A flag of logcli that has nothing to do here: it is taken, so that scripts go on working.
void AddIdleSwitch(CLI::App& app, RawArgs& raw, const char* flag) {
  raw.idle.push_back(app.add_flag(flag, raw.idle_switch, "Taken for logcli's sake; no effect"));
}
void AddIdleOption(CLI::App& app, RawArgs& raw, const char* flag) {
  raw.idle.push_back(app.add_option(flag, raw.idle_text, "Taken for logcli's sake; no effect"));
}

void AddConnectionFlags(CLI::App& app, RawArgs& raw) {
  Connection& to = raw.options.connection;
  const auto add = [&app](const char* flag, auto& value, const char* variable, const char* text) {
    app.add_option(flag, value, text)->envname(variable);
  };
  add("--addr", to.addr, "LOKI_ADDR", "Address of the server (http://localhost:3100)");
  add("--username", to.username, "LOKI_USERNAME", "Name for HTTP basic authentication");
  add("--password", to.password, "LOKI_PASSWORD", "Password for HTTP basic authentication");
  add("--org-id", to.org_id, "LOKI_ORG_ID", "Tenant, sent as X-Scope-OrgID");
  add("--bearer-token", to.bearer_token, "LOKI_BEARER_TOKEN", "Token for the Authorization header");
  add("--bearer-token-file", to.bearer_token_file, "LOKI_BEARER_TOKEN_FILE",
      "File that holds the token");
  add("--ca-cert", to.ca_cert, "LOKI_CA_CERT_PATH", "PEM file of the certificate authority");
  add("--cert", to.cert, "LOKI_CLIENT_CERT_PATH", "PEM file of the client certificate");
  add("--key", to.key, "LOKI_CLIENT_KEY_PATH", "PEM file of the client certificate's key");
  add("--auth-header", to.auth_header, "LOKI_AUTH_HEADER", "Header that carries the credentials");
  add("--proxy-url", to.proxy_url, "LOKI_HTTP_PROXY_URL", "HTTP proxy to use");
  add("--query-tags", to.query_tags, "LOKI_QUERY_TAGS", "Value of the X-Query-Tags header");
  add("--retries", to.retries, "LOKI_CLIENT_RETRIES", "How often to repeat a request that failed");
  add("--min-backoff", raw.min_backoff_seconds, "LOKI_CLIENT_MIN_BACKOFF",
      "Shortest wait between retries, in seconds");
  add("--max-backoff", raw.max_backoff_seconds, "LOKI_CLIENT_MAX_BACKOFF",
      "Longest wait between retries, in seconds");
  app.add_flag("--tls-skip-verify", to.tls_skip_verify, "Do not verify the server's certificate")
      ->envname("LOKI_TLS_SKIP_VERIFY");
  app.add_flag("--compress", to.compress, "Ask for compressed answers")
      ->envname("LOKI_HTTP_COMPRESSION");
  app.add_flag("--nocache", to.no_cache, "Ask for answers that come from no cache")
      ->envname("LOKI_NO_CACHE");
  // Without --proxy-url the environment is asked in any case.
  app.add_flag("--envproxy", raw.idle_switch,
               "Use the proxy of http_proxy and https_proxy; always so")
      ->envname("LOKI_ENV_PROXY");
}

void AddCommonFlags(CLI::App& app, RawArgs& raw) {
  Printing& to = raw.options.printing;
  app.add_flag("-q,--quiet", to.quiet, "Print no metadata of the query");
  app.add_flag("--stats", to.stats, "Print the statistics of the query, on stderr");
  app.add_option("-o,--output", raw.output, "default, raw (the line alone) or jsonl");
  app.add_option("-z,--timezone", raw.timezone,
                 "Time zone of times read and printed: Local or UTC");
  app.add_option(
      "--output-timestamp-format", raw.time_format,
      "Times of the default output: rfc3339, rfc3339nano, rfc822z, rfc1123z, stampmilli, "
      "stampmicro, stampnano or unixdate");
  app.add_flag("--stdin", raw.options.from_stdin, "Not there: narfi asks a server");
  AddIdleOption(app, raw, "--cpuprofile");
  AddIdleOption(app, raw, "--memprofile");
  AddConnectionFlags(app, raw);
}

void AddLabelFlags(CLI::App& command, RawArgs& raw) {
  Printing& to = raw.options.printing;
  command.add_flag("--no-labels", to.no_labels, "Print no labels");
  command.add_option("--include-label", to.include_labels, "Print this label only; repeatable")
      ->allow_extra_args(false);
  command.add_option("--exclude-label", to.exclude_labels, "Do not print this label; repeatable")
      ->allow_extra_args(false);
  command.add_option("--labels-length", to.labels_length, "Pad the labels to this width")
      ->check(CLI::Range(1000));
  command.add_flag("--include-common-labels", to.common_labels,
                   "Print the labels that all lines share with each of them too");
  command.add_flag("--colored-output", to.colored, "Use colours also when printing to no terminal");
  AddIdleOption(command, raw, "--store-config");
  AddIdleSwitch(command, raw, "--remote-schema");
  AddIdleOption(command, raw, "--schema-store");
}

// logcli fetches parts of the range side by side, into files if it is told so. narfi prints all of
// it in order; only that parallel workers know no limit is kept.
void AddParallelFlags(CLI::App& command, RawArgs& raw) {
  raw.idle.push_back(command.add_option("--parallel-max-workers", raw.parallel_workers,
                                        "Above 1: print all lines, whatever --limit says"));
  for (const char* flag : {"--parallel-duration", "--part-path-prefix"})
    AddIdleOption(command, raw, flag);
  for (const char* flag : {"--overwrite-completed-parts", "--merge-parts", "--keep-parts"})
    AddIdleSwitch(command, raw, flag);
}

void AddRangeFlags(CLI::App& command, RawArgs& raw) {
  command.add_option("--since", raw.since, "How far to look back (1h)");
  command.add_option("--from", raw.from, "Start, inclusive: 2026-01-19T10:00:00Z");
  command.add_option("--to", raw.to, "End, exclusive");
}

// `query`, or `tail`, which is query --tail.
void AddQueryCommand(CLI::App& app, RawArgs& raw, const char* name, const char* description) {
  Options& to = raw.options;
  CLI::App* command = app.add_subcommand(name, description);
  command->add_option("query", to.query, "LogQL, such as '{service=\"api\"} |= \"error\"'")
      ->required();
  AddRangeFlags(*command, raw);
  AddLabelFlags(*command, raw);
  command->add_option("--limit", to.limit, "Most lines to print (30); 0 prints all")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--batch", to.batch, "Lines asked for in one request (1000)")
      ->check(CLI::NonNegativeNumber);
  AddParallelFlags(*command, raw);
  command->add_option("--step", raw.step, "Step of a metric query: 1m");
  command->add_option("--interval", raw.interval, "Least time between lines");
  command->add_flag("--forward", to.forward, "Oldest lines first");
  command->add_flag("-t,--tail,-f,--follow", to.tail, "Print new lines as they come, until Ctrl-C");
  command->add_option("--delay-for", raw.delay_for_seconds,
                      "Stay this many seconds behind when tailing, to put late lines in order");
}

void AddOtherCommands(CLI::App& app, RawArgs& raw) {
  Options& to = raw.options;
  CLI::App* instant =
      app.add_subcommand("instant-query", "Run a metric query at one point in time.");
  instant->add_option("query", to.query, "LogQL, such as 'rate({service=\"api\"}[5m])'")
      ->required();
  instant->add_option("--now", raw.now, "The point in time (now)");
  instant->add_option("--limit", to.limit, "Most lines to print")->check(CLI::NonNegativeNumber);
  instant->add_flag("--forward", to.forward, "Oldest lines first");
  AddLabelFlags(*instant, raw);

  CLI::App* explain =
      app.add_subcommand("explain", "Show the plan of a query: what is read and what is skipped.");
  explain->add_option("query", to.query, "LogQL, such as '{service=\"api\"} |= \"error\"'")
      ->required();
  explain->add_option("--step", raw.step, "Step of a metric query: 1m");
  AddRangeFlags(*explain, raw);

  CLI::App* labels = app.add_subcommand("labels", "List label names, or the values of one label.");
  labels->add_option("label", to.label, "Name of a label");
  AddRangeFlags(*labels, raw);

  CLI::App* series = app.add_subcommand("series", "List the streams that match; '{}' matches all.");
  series->add_option("matcher", to.query, "A stream selector: '{service=\"api\"}'")->required();
  series->add_flag("--analyze-labels", to.analyze_labels, "Count the values of each label instead");
  AddRangeFlags(*series, raw);

  AddSegmentCommand(app, to.segment);
  app.add_subcommand("version", "Print the version.");
  CLI::App* completion = app.add_subcommand("completion", "Print a completion script.");
  completion->add_option("shell", to.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  CLI::App* help = app.add_subcommand("help", "Print help, of a command if one is named.");
  help->add_option("command", raw.help_command, "The command");
}

void Describe(CLI::App& app, RawArgs& raw) {
  app.set_help_flag("-h,--help", "Print this help");
  app.set_version_flag("--version", VersionText(), "Print the version");
  app.require_subcommand(1);
  app.fallthrough();
  app.get_formatter()->column_width(32);
  AddCommonFlags(app, raw);
  AddQueryCommand(app, raw, "query", kQueryDescription);
  AddQueryCommand(app, raw, "tail", "Print new lines as they come: query --tail.");
  AddOtherCommands(app, raw);
}

Result<int64_t> Seconds(const char* flag, int64_t seconds) {
  if (seconds < 0 || seconds > kYear / kSecond) {
    return Fail(Code::kInvalidArgument, std::string(flag) + ": " + std::to_string(seconds) +
                                            " is no sensible number of seconds");
  }
  return seconds * kSecond;
}

Status ReadTime(const char* flag, const std::string& text, bool utc, std::optional<int64_t>& out) {
  if (text.empty()) return {};
  auto time_ns = ParseTimeArgument(text, utc);
  if (!time_ns) return Wrap(flag, std::move(time_ns).error());
  out = *time_ns;
  return {};
}

Status ReadDuration(const char* flag, const std::string& text, std::optional<int64_t>& out) {
  if (text.empty()) return {};
  auto duration_ns = ParseDuration(text);
  if (!duration_ns) return Wrap(flag, std::move(duration_ns).error());
  if (*duration_ns <= 0) {
    return Fail(Code::kInvalidArgument, std::string(flag) + ": " + text + " is not above zero");
  }
  out = *duration_ns;
  return {};
}

Result<TimeFormat> ReadTimeFormat(const std::string& name) {
  constexpr std::pair<std::string_view, TimeFormat> kFormats[] = {
      {"rfc3339", TimeFormat::kRfc3339},       {"rfc3339nano", TimeFormat::kRfc3339Nano},
      {"rfc822z", TimeFormat::kRfc822Z},       {"rfc1123z", TimeFormat::kRfc1123Z},
      {"stampmilli", TimeFormat::kStampMilli}, {"stampmicro", TimeFormat::kStampMicro},
      {"stampnano", TimeFormat::kStampNano},   {"unixdate", TimeFormat::kUnixDate}};
  std::string names;
  for (const auto& [known, format] : kFormats) {
    if (known == name) return format;
    names.append(names.empty() ? "" : ", ").append(known);
  }
  return Fail(Code::kInvalidArgument,
              "--output-timestamp-format: \"" + name + "\" is none of " + names);
}

Status ReadPrinting(const RawArgs& raw, Printing& to) {
  constexpr std::pair<std::string_view, OutputMode> kModes[] = {
      {"default", OutputMode::kDefault}, {"raw", OutputMode::kRaw}, {"jsonl", OutputMode::kJsonl}};
  const auto* mode = std::find_if(std::begin(kModes), std::end(kModes),
                                  [&](const auto& m) { return m.first == raw.output; });
  if (mode == std::end(kModes)) {
    return Fail(Code::kInvalidArgument,
                "--output: \"" + raw.output + "\" is none of default, raw and jsonl");
  }
  to.output = mode->second;
  NARFI_ASSIGN(to.time_format, ReadTimeFormat(raw.time_format));
  if (raw.timezone != "Local" && raw.timezone != "UTC") {
    return Fail(Code::kInvalidArgument,
                "--timezone: \"" + raw.timezone + "\" is neither Local nor UTC");
  }
  to.utc = raw.timezone == "UTC";
  return {};
}

// From what was typed to what is meant.
Result<Options> Check(RawArgs& raw) {
  Options& options = raw.options;
  NARFI_TRY(ReadPrinting(raw, options.printing));
  const bool utc = options.printing.utc;
  std::optional<int64_t> since;
  NARFI_TRY(ReadDuration("--since", raw.since, since));
  options.since_ns = since.value_or(kHour);
  NARFI_TRY(ReadTime("--from", raw.from, utc, options.from_ns));
  NARFI_TRY(ReadTime("--to", raw.to, utc, options.to_ns));
  NARFI_TRY(ReadTime("--now", raw.now, utc, options.now_ns));
  NARFI_TRY(ReadDuration("--step", raw.step, options.step_ns));
  NARFI_TRY(ReadDuration("--interval", raw.interval, options.interval_ns));
  NARFI_ASSIGN(options.delay_for_ns, Seconds("--delay-for", raw.delay_for_seconds));
  NARFI_ASSIGN(options.connection.min_backoff_ns,
               Seconds("--min-backoff", raw.min_backoff_seconds));
  NARFI_ASSIGN(options.connection.max_backoff_ns,
               Seconds("--max-backoff", raw.max_backoff_seconds));
  if (options.from_ns && options.to_ns && *options.from_ns >= *options.to_ns) {
    return Fail(Code::kInvalidArgument, "--from must be before --to");
  }
  for (const CLI::Option* option : raw.idle) {
    if (option->count() > 0) options.idle_flags.push_back(option->get_name());
  }
  if (raw.parallel_workers > 1 && !options.tail) options.limit = 0;
  const std::string& addr = options.connection.addr;
  if (!addr.starts_with("http://") && !addr.starts_with("https://")) {
    return Fail(Code::kInvalidArgument,
                "--addr: \"" + addr + "\" does not begin with http:// or https://");
  }
  if (options.batch == 0) return Fail(Code::kInvalidArgument, "--batch must be above zero");
  if (options.tail && (options.to_ns || options.forward)) {
    return Fail(Code::kInvalidArgument, "--tail goes with neither --to nor --forward");
  }
  return std::move(options);
}

ParsedArgs UsageError(const std::string& text) {
  return {std::nullopt, "narfi: " + text + "\nTry \"narfi --help\".\n", kExitUsage};
}

Command CommandOf(const std::string& name) {
  constexpr std::pair<std::string_view, Command> kCommands[] = {
      {"query", Command::kQuery},
      {"tail", Command::kQuery},
      {"instant-query", Command::kInstantQuery},
      {"explain", Command::kExplain},
      {"labels", Command::kLabels},
      {"series", Command::kSeries},
      {"version", Command::kVersion},
      {"completion", Command::kCompletion},
      {"segment", Command::kSegment}};
  for (const auto& [known, command] : kCommands) {
    if (known == name) return command;
  }
  return Command::kVersion;
}

// "query, labels, ...".
std::string CommandList(CLI::App& app) {
  std::string names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  return names;
}

ParsedArgs HelpFor(CLI::App& app, const std::string& command) {
  if (command.empty()) return {std::nullopt, app.help(), kExitOk};
  for (const CLI::App* found : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (found->get_name() == command) return {std::nullopt, found->help("narfi"), kExitOk};
  }
  return UsageError("there is no command \"" + command + "\"");
}

}  // namespace

ParsedArgs ParseArgs(const std::vector<std::string>& args) {
  CLI::App app(kDescription, "narfi");
  RawArgs raw;
  Describe(app, raw);
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));  // CLI11 pops from the back
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    if (!chosen.empty() && !chosen.front()->get_subcommands().empty())
      return {std::nullopt, chosen.front()->get_subcommands().front()->help("narfi"), kExitOk};
    return HelpFor(app, chosen.empty() ? "" : chosen.front()->get_name());
  } catch (const CLI::CallForVersion&) {
    return {std::nullopt, VersionText() + "\n", kExitOk};
  } catch (const CLI::ParseError& error) {
    if (app.get_subcommands().empty() && error.get_name() == "RequiredError") {
      return UsageError("say what to do: " + CommandList(app));
    }
    return UsageError(error.what());
  }
  const std::string command = app.get_subcommands().front()->get_name();
  if (command == "help") return HelpFor(app, raw.help_command);
  raw.options.command = CommandOf(command);
  raw.options.tail = raw.options.tail || command == "tail";
  auto options = Check(raw);
  if (!options) return UsageError(options.error().text);
  return {std::move(*options), {}, kExitOk};
}

std::vector<CommandHelp> DescribeCommands() {
  CLI::App app(kDescription, "narfi");
  RawArgs raw;
  Describe(app, raw);
  const auto flags_of = [](const CLI::App& command) {
    std::vector<std::string> flags;
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
      for (const std::string& name : option->get_snames()) flags.push_back("-" + name);
    }
    std::sort(flags.begin(), flags.end());
    return flags;
  };
  std::vector<CommandHelp> out = {{"", "", flags_of(app)}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string text = command->get_description();
    out.push_back({command->get_name(), text.substr(0, text.find('\n')), flags_of(*command)});
  }
  return out;
}

}  // namespace narfi::cli
