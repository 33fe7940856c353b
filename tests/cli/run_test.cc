#include "cli/run.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>

#include "cli/completion.h"
#include "tests/cli/support/fake_loki.h"

namespace narfi::cli {
namespace {

constexpr int64_t kNow = 1'795'132'800'000'000'000;

Options Query(const std::string& query) {
  Options options;
  options.query = query;
  return options;
}

TEST_CASE("query prints lines on stdout and metadata on stderr") {
  CommandBench bench;
  bench.loki.entries = {{kNow - 2 * kSecond, "a", "first"}, {kNow - kSecond, "b", "second"}};
  bench.loki.warning = "look out";
  Options options = Query("{env=\"prod\"}");
  options.printing.stats = true;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.out ==
        "2026-11-19T23:59:59Z {service=\"b\"} second\n"
        "2026-11-19T23:59:58Z {service=\"a\"} first\n");
  CHECK(bench.err ==
        "http://localhost:3100/loki/api/v1/query_range?query=%7Benv%3D%22prod%22%7D"
        "&start=1795129200000000000&end=1795132800000000000&limit=30&direction=BACKWARD\n"
        "warning: look out\nCommon labels: {env=\"prod\"}\nsummary.totalBytesProcessed 42\n");
}

TEST_CASE("warnings are said once and reach stderr although quiet") {
  CommandBench bench;
  for (int i = 0; i < 30; ++i) bench.loki.entries.push_back({kNow - 1 - i, "a", "x"});
  bench.loki.warning = "no such label";
  Options options = Query("{}");
  options.printing.quiet = true;
  options.printing.output = OutputMode::kRaw;
  options.batch = 7;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.err == "warning: no such label\n");
  CHECK(bench.loki.requests.size() > 3);
}

TEST_CASE("credentials, tenant and tags go with every request") {
  CommandBench bench;
  Options options = Query("{}");
  options.connection.org_id = "team";
  options.connection.query_tags = "source=test";
  options.connection.username = "aladdin";
  options.connection.password = "opensesame";
  bench.RunOptions(options);
  const net::Headers& headers = bench.loki.requests.at(0).headers;
  CHECK(headers.Get("X-Scope-OrgID") == "team");
  CHECK(headers.Get("X-Query-Tags") == "source=test");
  CHECK(headers.Get("Authorization") == "Basic YWxhZGRpbjpvcGVuc2VzYW1l");
  Options bearer = Query("{}");
  bearer.connection.bearer_token = "t0ken";
  bearer.connection.auth_header = "X-Auth";
  bench.RunOptions(bearer);
  CHECK(bench.loki.requests.back().headers.Get("X-Auth") == "Bearer t0ken");
}

struct ExitCase {
  std::string name;
  std::optional<Error> error;
  int status = 200;
  std::string body;
  int want_exit;
  std::string want_text;
};

TEST_CASE("the exit status tells failure, wrong usage and an unreachable server apart") {
  const ExitCase cases[] = {
      {"bad query",
       {},
       400,
       "parse error at line 1, col 2\n",
       kExitFailed,
       "narfi: the server answered 400: parse error at line 1, col 2\n"},
      {"server error",
       {},
       500,
       "",
       kExitFailed,
       "narfi: the server answered 500: no reason given\n"},
      {"no tenant",
       {},
       401,
       "no org id\n",
       kExitFailed,
       "set the tenant with --org-id or LOKI_ORG_ID"},
      {"not Loki",
       {},
       200,
       "<html>",
       kExitFailed,
       "narfi: the server's answer is not understood: "},
      {"refused", Error{Code::kUnavailable, "cannot connect to localhost:3100: connection refused"},
       0, "", kExitUnreachable,
       "narfi: cannot reach the server at http://localhost:3100: cannot connect to localhost:3100: "
       "connection refused.\nIs it running there? --addr or LOKI_ADDR says where it is.\n"},
      {"silent", Error{Code::kDeadline, "x did not answer"}, 0, "", kExitUnreachable,
       "narfi: cannot reach the server at "},
      {"too long", Error{Code::kLimit, "the answer is too long"}, 0, "", kExitFailed,
       "narfi: the answer is too long\n"},
      {"bad file", Error{Code::kInvalidArgument, "no such certificate"}, 0, "", kExitUsage,
       "narfi: no such certificate\n"},
      {"Ctrl-C", Error{Code::kCancelled, "cancelled"}, 0, "", kExitInterrupted, ""},
  };
  for (const ExitCase& c : cases) {
    for (const Command command :
         {Command::kQuery, Command::kInstantQuery, Command::kLabels, Command::kSeries}) {
      CAPTURE(c.name);
      CommandBench bench;
      bench.loki.error = c.error;
      for (const char* path : {"query_range", "query", "labels", "series"}) {
        bench.loki.canned.push_back({std::string("/loki/api/v1/") + path, c.status, c.body});
      }
      Options options = Query("{}");
      options.command = command;
      options.printing.quiet = true;
      CHECK(bench.RunOptions(options) == c.want_exit);
      CHECK(bench.out.empty());
      CHECK_MESSAGE(bench.err.find(c.want_text) != std::string::npos, bench.err);
    }
  }
}

TEST_CASE("an empty range is wrong usage") {
  CommandBench bench;
  Options options = Query("{}");
  options.from_ns = kNow + 1;
  CHECK(bench.RunOptions(options) == kExitUsage);
  CHECK(bench.loki.requests.empty());
}

TEST_CASE("a token file that cannot be read is wrong usage") {
  CommandBench bench;
  Options options = Query("{}");
  options.connection.bearer_token_file = "/no/such/file";
  CHECK(bench.RunOptions(options) == kExitUsage);
  CHECK(bench.err.find("--bearer-token-file: ") != std::string::npos);
}

TEST_CASE("failed requests are repeated with growing waits, as often as told") {
  CommandBench bench;
  bench.loki.error = Error{Code::kUnavailable, "refused"};
  Options options = Query("{}");
  options.connection.retries = 3;
  options.connection.min_backoff_ns = kSecond;
  options.connection.max_backoff_ns = 3 * kSecond;
  CHECK(bench.RunOptions(options) == kExitUnreachable);
  CHECK(bench.loki.requests.size() == 4);
  CHECK(bench.waits == std::vector<int64_t>{kSecond, 2 * kSecond, 3 * kSecond});
  CommandBench refused;
  refused.loki.canned = {{"/loki/api/v1/query_range", 400, "no"}};
  CHECK(refused.RunOptions(options) == kExitFailed);
  CHECK(refused.loki.requests.size() == 1);
}

TEST_CASE("metric queries print JSON") {
  CommandBench bench;
  bench.loki.canned = {
      {"/loki/api/v1/query", 200,
       R"({"data":{"resultType":"vector","result":[{"metric":{},"value":[1732702998.725,"58"]}]}})"}};
  Options options = Query("sum(count_over_time({}[5m]))");
  options.command = Command::kInstantQuery;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.out ==
        "[\n  {\n    \"metric\": {},\n    \"value\": [\n      1732702998.725,\n"
        "      \"58\"\n    ]\n  }\n]\n");
  CHECK(bench.loki.requests[0].url.find("time=1795132800000000000") != std::string::npos);
}

TEST_CASE("explain prints the server's plan as it is") {
  CommandBench bench;
  bench.loki.canned = {{"/loki/api/v1/explain", 200, "1 streams\nread time\n"}};
  Options options = Query("{app=\"x\"}");
  options.command = Command::kExplain;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.out == "1 streams\nread time\n");
  CHECK(bench.loki.requests[0].headers.Get("X-Narfi-Extensions") == "1");
}

TEST_CASE("labels are listed, and the values of one") {
  CommandBench bench;
  bench.loki.canned = {{"/loki/api/v1/labels", 200, R"({"status":"success","data":["app","env"]})"},
                       {"/loki/api/v1/label/a%2Fb/values", 200, R"({"data":["x"]})"}};
  Options options;
  options.command = Command::kLabels;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.out == "app\nenv\n");
  options.label = "a/b";
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.out == "x\n");
}

TEST_CASE("series are listed in order, or counted by label") {
  CommandBench bench;
  bench.loki.canned = {{"/loki/api/v1/series", 200,
                        R"({"data":[{"app":"b","env":"x"},{"app":"a","env":"x"},{"app":"a"}]})"}};
  Options options = Query("{}");
  options.command = Command::kSeries;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.out == "{app=\"a\"}\n{app=\"a\", env=\"x\"}\n{app=\"b\", env=\"x\"}\n");
  options.analyze_labels = true;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.out ==
        "Total Streams:  3\nUnique Labels:  2\n\n"
        "Label Name  Unique Values  Found In Streams\n"
        "app         2              3\n"
        "env         1              2\n");
}

TEST_CASE("tail shows the last lines, then each new one once, late ones too, until interrupted") {
  CommandBench bench;
  bench.loki.entries = {{kNow - 3 * kSecond, "a", "one"}, {kNow - 2 * kSecond, "a", "two"}};
  int round = 0;
  bench.on_wait = [&] {
    const int64_t now = bench.clock.NowNs();
    switch (++round) {
      case 1:
        bench.loki.entries.push_back({now, "a", "three"});
        bench.loki.entries.push_back({now + kMinute, "a", "from a clock ahead"});
        break;
      case 2:
        bench.loki.entries.push_back({now - 2 * kSecond, "b", "late"});
        bench.loki.entries.push_back({now, "b", "four"});
        break;
      case 3:
        bench.loki.error = Error{Code::kUnavailable, "connection refused"};
        break;
      case 5:
        bench.loki.error.reset();
        bench.loki.entries.push_back({now, "b", "five"});
        break;
      case 8:
        bench.interrupted = true;
        break;
      default:
        break;
    }
  };
  Options options = Query("{}");
  options.tail = true;
  options.limit = 1;
  options.batch = 2;
  options.printing.output = OutputMode::kRaw;
  options.printing.quiet = true;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.out == "two\nthree\nfrom a clock ahead\nlate\nfour\nfive\n");
  CHECK(bench.err == "warning: connection refused; trying again\n");
  CHECK(bench.waits.at(3) == 2 * kSecond);
}

// Gives a script of messages and errors; then refuses.
class FakeSockets final : public net::SocketTransport {
 public:
  using Script = std::vector<std::function<Result<std::string>()>>;
  std::vector<Script> scripts;
  std::vector<std::string> urls;

  Result<net::SocketAnswer> Open(const net::ClientRequest& request) override {
    urls.push_back(request.url);
    net::SocketAnswer answer;
    answer.response.status = 404;
    if (urls.size() > scripts.size()) return answer;
    answer.response.status = 101;
    answer.socket = std::make_unique<Socket>(scripts[urls.size() - 1]);
    return answer;
  }

 private:
  class Socket final : public net::ClientSocket {
   public:
    explicit Socket(Script script) : script_(std::move(script)) {}
    Result<std::string> Receive() override {
      if (next_ == script_.size()) return Fail(Code::kUnavailable, "gone");
      return script_[next_++]();
    }

   private:
    const Script script_;
    size_t next_ = 0;
  };
};

TEST_CASE("tail follows a WebSocket, catches up when it breaks, and asks when there is none") {
  CommandBench bench;
  bench.loki.entries = {{kNow - 2 * kSecond, "a", "stored"}};
  const auto message = [](int64_t time_ns, const char* line, const char* dropped = "null") {
    return [=]() -> Result<std::string> {
      return fmt::format(
          R"({{"streams":[{{"stream":{{"env":"prod","service":"a"}},"values":[["{}","{}"]]}}],"dropped_entries":{}}})",
          time_ns, line, dropped);
    };
  };
  FakeSockets sockets;
  sockets.scripts = {// The second comes once more, as what is stored when the socket opens.
                     {message(kNow - 2 * kSecond, "stored"), message(kNow + 1, "by socket"),
                      message(kNow + 2, "also", R"([{"labels":{},"timestamp":"1"}])")},
                     {message(kNow + 2, "also"), message(kNow + 4, "by the next one")}};
  bench.sockets = &sockets;
  int round = 0;
  bench.on_wait = [&] {
    if (++round == 1) bench.loki.entries.push_back({kNow + 3, "a", "missed meanwhile"});
    if (round == 3) bench.loki.entries.push_back({kNow + 5, "a", "found by asking"});
    bench.interrupted = round == 5;
  };
  Options options = Query("{}");
  options.tail = true;
  options.delay_for_ns = 0;
  options.printing.output = OutputMode::kRaw;
  options.printing.quiet = true;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.out ==
        "stored\nby socket\nalso\nmissed meanwhile\nby the next one\nfound by asking\n");
  CHECK(bench.err == "warning: the server dropped 1 lines, since they were not read in time\n");
  CHECK(sockets.urls.size() == 3);  // refused, and not asked again
  CHECK(sockets.urls[0].find("/loki/api/v1/tail?query=%7B%7D&start=") != std::string::npos);
}

TEST_CASE("tail stays behind by the delay asked for") {
  CommandBench bench;
  int round = 0;
  bench.on_wait = [&] {
    if (++round == 1) bench.loki.entries.push_back({bench.clock.NowNs(), "a", "x"});
    if (round == 3) CHECK(bench.loki.requests.size() == 3);
    if (round == 6) bench.interrupted = true;
  };
  Options options = Query("{}");
  options.tail = true;
  options.delay_for_ns = 3 * kSecond;
  options.printing.output = OutputMode::kRaw;
  options.printing.quiet = true;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.out == "x\n");
}

TEST_CASE("a metric query cannot be followed") {
  CommandBench bench;
  bench.loki.canned = {
      {"/loki/api/v1/query_range", 200, R"({"data":{"resultType":"matrix","result":[]}})"}};
  Options options = Query("rate({}[1m])");
  options.tail = true;
  CHECK(bench.RunOptions(options) == kExitUsage);
}

TEST_CASE("flags without effect are named in one line, unless quiet; --nocache is a header") {
  CommandBench bench;
  Options options = Query("{}");
  options.idle_flags = {"--merge-parts", "--store-config"};
  options.connection.no_cache = true;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.err.starts_with("narfi: without effect here: --merge-parts, --store-config\n"));
  CHECK(bench.loki.requests.at(0).headers.Get("Cache-Control") == "no-cache");
  options.printing.quiet = true;
  CHECK(bench.RunOptions(options) == kExitOk);
  CHECK(bench.err.empty());
}

TEST_CASE("--stdin is told to be missing in a sentence, and nobody is asked") {
  CommandBench bench;
  Options options = Query("|= `x`");
  options.from_stdin = true;
  CHECK(bench.RunOptions(options) == kExitFailed);
  CHECK(bench.err.starts_with("narfi: --stdin is not there: "));
  CHECK(bench.loki.requests.empty());
}

// A disk that is full from the start, and a reader that has left.
class BrokenOutput final : public Output {
 public:
  explicit BrokenOutput(std::string why) : why_(std::move(why)) {}
  bool Write(std::string_view) override { return false; }
  std::string error() const override { return why_; }

 private:
  std::string why_;
};

TEST_CASE("every command fails when its answer cannot be written, but not when its reader left") {
  for (const Command command :
       {Command::kQuery, Command::kInstantQuery, Command::kExplain, Command::kLabels,
        Command::kSeries, Command::kVersion, Command::kCompletion}) {
    for (const bool tail : {false, true}) {
      if (tail && command != Command::kQuery) continue;
      CAPTURE(static_cast<int>(command));
      FakeLoki loki;
      loki.entries = {{kNow - 1, "a", "x"}};
      loki.canned = {{"/loki/api/v1/query", 200, R"({"data":{"resultType":"vector","result":[]}})"},
                     {"/loki/api/v1/explain", 200, "plan\n"},
                     {"/loki/api/v1/labels", 200, R"({"data":["app"]})"},
                     {"/loki/api/v1/series", 200, R"({"data":[{"app":"b"}]})"}};
      Options options = Query("{}");
      options.command = command;
      options.tail = tail;
      options.shell = "bash";
      options.printing.quiet = true;
      const ManualClock clock(kNow);
      const std::atomic<bool> interrupted{false};
      const auto run = [&](const std::string& why, std::string& said) {
        BrokenOutput out(why);
        StringOutput err;
        Console console{out, err, false};
        Surroundings around{loki, console, clock, interrupted, [](int64_t) {}};
        const int status = Run(options, around);
        said = err.text();
        return status;
      };
      std::string said;
      CHECK(run("No space left on device", said) == kExitFailed);
      CHECK(said == "narfi: the output cannot be written: No space left on device\n");
      CHECK(run("", said) == kExitOk);
      CHECK(said.empty());
    }
  }
}

TEST_CASE("a full disk is an error of the output, a closed pipe is none") {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  FdOutput to_full(full);
  CHECK_FALSE(to_full.Write("x"));
  CHECK(to_full.error() == "No space left on device");
  CHECK_FALSE(to_full.Write("y"));
  close(full);
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  FdOutput to_nobody(ends[1]);
  CHECK_FALSE(to_nobody.Write("x"));
  CHECK(to_nobody.error().empty());
  close(ends[1]);
}

TEST_CASE("completion scripts know every command and flag") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CAPTURE(shell);
    const std::string script = CompletionScript(shell);
    for (const char* word :
         {"instant-query", "completion", "analyze-labels", "delay-for", "org-id"}) {
      CAPTURE(word);
      CHECK(script.find(word) != std::string::npos);
    }
  }
  CHECK(CompletionScript("tcsh").empty());
}

}  // namespace
}  // namespace narfi::cli
