#include "cli/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cli/completion.h"
#include "cli/loki.h"
#include "cli/pager.h"
#include "cli/print.h"
#include "cli/segment_command.h"
#include "cli/tail.h"
#include "cli/version.h"

namespace narfi::cli {
namespace {

constexpr int64_t kPollEveryNs = kSecond;
constexpr int64_t kMaxTailBackoffNs = 10 * kSecond;

// One call of narfi.
class Runner {
 public:
  Runner(const Options& options, Surroundings& around)
      : options_(options),
        around_(around),
        console_(around.console),
        loki_(options.connection, {around.transport, around.interrupted, around.wait}),
        printer_(options.printing, console_),
        follows_socket_(around.sockets != nullptr && options.connection.proxy_url.empty()) {}

  int RunCommand();

 private:
  int RunQuery();
  int RunTail();
  int RunInstantQuery();
  int RunExplain();
  int RunLabels();
  int RunSeries();
  int Follow(Tail& tail);
  enum class Followed : uint8_t { kRefused, kBroken, kUnread };
  Followed FollowSocket(Tail& tail);

  RangeQuery Range() const;
  bool Show(const QueryAnswer& answer);
  void Say(const std::string& text) { console_.err.Write(text + "\n"); }
  void SayUrl(const std::string& url) {
    if (!options_.printing.quiet) Say(url);
  }
  void SayIdleFlags();
  void SayWarnings(const std::vector<std::string>& warnings);
  void SayStats(const QueryAnswer& answer);
  int Failed(const Error& error);
  JsonStyle Style() const {
    return options_.printing.output == OutputMode::kJsonl ? JsonStyle::kLinePerSeries
                                                          : JsonStyle::kIndented;
  }
  Pager::Fetch Fetcher() {
    return [this](const RangeQuery& query) { return loki_.QueryRange(query, Style()); };
  }

  const Options& options_;
  Surroundings& around_;
  Console& console_;
  Loki loki_;
  EntryPrinter printer_;
  std::set<std::string> said_warnings_;
  bool follows_socket_ = false;
};

int Runner::RunCommand() {
  if (options_.from_stdin) {
    Say("narfi: --stdin is not there: narfi asks a server and evaluates no LogQL itself. Push the "
        "lines to narfid, with narfi-shipper or POST /loki/api/v1/push, and query them there.");
    return kExitFailed;
  }
  SayIdleFlags();
  switch (options_.command) {
    case Command::kQuery:
      return options_.tail ? RunTail() : RunQuery();
    case Command::kInstantQuery:
      return RunInstantQuery();
    case Command::kExplain:
      return RunExplain();
    case Command::kLabels:
      return RunLabels();
    case Command::kSeries:
      return RunSeries();
    case Command::kVersion:
      console_.out.Write(VersionText() + "\n");
      return kExitOk;
    case Command::kCompletion:
      console_.out.Write(CompletionScript(options_.shell));
      return kExitOk;
    case Command::kSegment:
      return RunSegment(options_.segment, console_, around_.interrupted);
  }
  return kExitUsage;
}

RangeQuery Runner::Range() const {
  RangeQuery range;
  range.query = options_.query;
  range.end_ns = options_.to_ns.value_or(around_.clock.NowNs());
  range.start_ns = options_.from_ns.value_or(range.end_ns - options_.since_ns);
  range.limit = options_.limit;
  range.forward = options_.forward;
  range.step_ns = options_.step_ns;
  range.interval_ns = options_.interval_ns;
  return range;
}

void Runner::SayIdleFlags() {
  if (options_.idle_flags.empty() || options_.printing.quiet) return;
  std::string flags;
  for (const std::string& flag : options_.idle_flags) flags += (flags.empty() ? "" : ", ") + flag;
  Say("narfi: without effect here: " + flags);
}

void Runner::SayWarnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    if (said_warnings_.insert(warning).second) Say("warning: " + warning);
  }
}

void Runner::SayStats(const QueryAnswer& answer) {
  if (!options_.printing.stats) return;
  for (const auto& [name, value] : answer.stats) Say(name + " " + value);
}

// False when nobody reads any more.
bool Runner::Show(const QueryAnswer& answer) {
  SayWarnings(answer.warnings);
  const bool read = answer.is_log ? printer_.Print(answer.streams, answer.entries)
                                  : console_.out.Write(answer.json);
  SayStats(answer);
  return read;
}

int Runner::Failed(const Error& error) {
  switch (error.code) {
    case Code::kCancelled:
      return kExitInterrupted;
    case Code::kUnavailable:
    case Code::kDeadline:
      Say(
          fmt::format("narfi: cannot reach the server at {}: {}.\n"
                      "Is it running there? --addr or LOKI_ADDR says where it is.",
                      options_.connection.addr, error.text));
      return kExitUnreachable;
    case Code::kInvalidArgument:
      Say("narfi: " + error.text);
      return kExitUsage;
    default:
      Say("narfi: " + error.text);
      return kExitFailed;
  }
}

int Runner::RunQuery() {
  RangeQuery range = Range();
  if (range.start_ns >= range.end_ns) {
    Say("narfi: the time range is empty: its start is not before its end");
    return kExitUsage;
  }
  RangeQuery shown = range;
  shown.limit = options_.limit == 0 ? options_.batch : std::min(options_.limit, options_.batch);
  SayUrl(loki_.RangeUrl(shown));
  for (Pager pager(range, options_.limit, options_.batch, Fetcher()); !pager.done();) {
    const auto answer = pager.Next();
    if (!answer) return Failed(answer.error());
    if (!Show(*answer)) return kExitOk;
  }
  return kExitOk;
}

int Runner::RunTail() {
  Tail tail(Range(), options_.batch, options_.delay_for_ns, around_.clock, Fetcher());
  const auto first = tail.Begin(options_.limit);
  if (!first) {
    return first.error().code == Code::kCancelled ? kExitOk : Failed(first.error());
  }
  if (!first->is_log) {
    Say("narfi: only log queries can be followed with --tail, not metric queries");
    return kExitUsage;
  }
  return Show(*first) ? Follow(tail) : kExitOk;
}

// Until Ctrl-C, the end of the reader, or an error that waiting does not heal.
int Runner::Follow(Tail& tail) {
  int64_t wait_ns = kPollEveryNs;
  while (true) {
    if (follows_socket_) {
      const Followed followed = FollowSocket(tail);
      if (followed == Followed::kUnread || around_.interrupted.load()) return kExitOk;
      follows_socket_ = followed == Followed::kBroken;
    }
    around_.wait(wait_ns);
    if (around_.interrupted.load()) return kExitOk;
    bool read = true;
    const Status polled = tail.Poll([&](const QueryAnswer& page) { return read = Show(page); });
    if (!read) return kExitOk;
    if (polled) {
      wait_ns = kPollEveryNs;
      continue;
    }
    const Error& error = polled.error();
    if (error.code == Code::kCancelled) return kExitOk;
    if (error.code != Code::kUnavailable && error.code != Code::kDeadline) return Failed(error);
    if (wait_ns == kPollEveryNs) Say("warning: " + error.text + "; trying again");
    wait_ns = std::min(2 * wait_ns, kMaxTailBackoffNs);
  }
}

// Shows what a WebSocket brings until it breaks; then the next round asks for what was missed.
Runner::Followed Runner::FollowSocket(Tail& tail) {
  auto socket =
      loki_.Follow(*around_.sockets, options_.query, tail.ResumeNs(), 1, options_.delay_for_ns);
  if (!socket) {
    const bool may_come = socket.error().code == Code::kUnavailable;
    return may_come ? Followed::kBroken : Followed::kRefused;
  }
  if (*socket == nullptr) return Followed::kRefused;
  // What came before the socket was open, as far as it was not shown: what comes now it brings.
  bool read = true;
  const Status caught_up = tail.Poll([&](const QueryAnswer& page) { return read = Show(page); });
  if (!read) return Followed::kUnread;
  if (!caught_up) return Followed::kBroken;
  for (;;) {
    auto message = (*socket)->Receive();
    if (!message) return Followed::kBroken;
    auto answer = ReadTailAnswer(std::move(*message));
    if (!answer) return Followed::kRefused;
    if (answer->dropped > 0)
      Say(fmt::format("warning: the server dropped {} lines, since they were not read in time",
                      answer->dropped));
    tail.DropGiven(answer->lines);
    tail.Forget();
    if (!answer->lines.entries.empty() && !Show(answer->lines)) return Followed::kUnread;
  }
}

int Runner::RunInstantQuery() {
  const auto answer =
      loki_.Query(Range(), options_.now_ns.value_or(around_.clock.NowNs()), Style());
  if (!answer) return Failed(answer.error());
  Show(*answer);
  return kExitOk;
}

int Runner::RunExplain() {
  const auto plan = loki_.Explain(Range());
  if (!plan) return Failed(plan.error());
  console_.out.Write(*plan);
  return kExitOk;
}

int Runner::RunLabels() {
  const RangeQuery range = Range();
  const auto answer = loki_.Labels(options_.label, range.start_ns, range.end_ns);
  if (!answer) return Failed(answer.error());
  SayWarnings(answer->warnings);
  std::string text;
  for (const std::string& value : answer->values) text += value + "\n";
  console_.out.Write(text);
  return kExitOk;
}

std::string SeriesText(const std::vector<StreamLabels>& streams) {
  std::string text;
  for (const StreamLabels& labels : streams) text += FormatStreamLabels(labels) + "\n";
  return text;
}

// A table of the labels, those with the most values first.
std::string LabelSummary(const std::vector<StreamLabels>& streams) {
  struct Summary {
    std::string name;
    std::set<std::string> values;
    size_t streams = 0;
  };
  std::map<std::string, Summary> by_name;
  for (const StreamLabels& labels : streams) {
    for (const Label& label : labels) {
      Summary& summary = by_name[label.name];
      summary.name = label.name;
      summary.values.insert(label.value);
      ++summary.streams;
    }
  }
  std::vector<const Summary*> rows;
  size_t width = std::string_view("Label Name").size();
  for (const auto& [name, summary] : by_name) {
    rows.push_back(&summary);
    width = std::max(width, name.size());
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Summary* a, const Summary* b) {
    return a->values.size() > b->values.size();
  });
  std::string text =
      fmt::format("Total Streams:  {}\nUnique Labels:  {}\n\n{:<{}}  {:<13}  {}\n", streams.size(),
                  rows.size(), "Label Name", width, "Unique Values", "Found In Streams");
  for (const Summary* row : rows) {
    text += fmt::format("{:<{}}  {:<13}  {}\n", row->name, width, row->values.size(), row->streams);
  }
  return text;
}

int Runner::RunSeries() {
  const RangeQuery range = Range();
  auto answer = loki_.Series(options_.query, range.start_ns, range.end_ns);
  if (!answer) return Failed(answer.error());
  SayWarnings(answer->warnings);
  std::sort(answer->streams.begin(), answer->streams.end());
  console_.out.Write(options_.analyze_labels ? LabelSummary(answer->streams)
                                             : SeriesText(answer->streams));
  return kExitOk;
}

}  // namespace

int CheckWritten(Console& console) {
  const std::string error = console.out.error();
  if (error.empty()) return kExitOk;
  console.err.Write("narfi: the output cannot be written: " + error + "\n");
  return kExitFailed;
}

int Run(const Options& options, Surroundings& surroundings) {
  const int status = Runner(options, surroundings).RunCommand();
  const int written = CheckWritten(surroundings.console);
  return status == kExitOk ? written : status;
}

}  // namespace narfi::cli
