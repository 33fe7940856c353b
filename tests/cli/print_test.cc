#include "cli/print.h"

#include <doctest/doctest.h>

#include "base/duration.h"

namespace narfi::cli {
namespace {

constexpr int64_t kNoon = 1795176000 * kSecond;  // 2026-11-20T12:00:00Z

const std::vector<StreamLabels> kStreams = {
    {{"app", "api"}, {"detected_level", "error"}, {"pod", "p-1"}},
    {{"app", "api"}, {"detected_level", "info"}, {"pod", "p-22"}},
};
const std::vector<LogEntry> kEntries = {{kNoon + 5, 0, "boom"}, {kNoon, 1, "fine\n"}};

struct Printed {
  std::string out;
  std::string err;
};

Printed PrintAll(const Printing& printing, bool color = false,
                 const std::vector<StreamLabels>& streams = kStreams) {
  StringOutput out;
  StringOutput err;
  Console console{out, err, color};
  EntryPrinter printer(printing, console);
  CHECK(printer.Print(streams, kEntries));
  return {out.text(), err.text()};
}

Printing Utc() {
  Printing printing;
  printing.utc = true;
  return printing;
}

TEST_CASE("default output is time, labels that differ, padded, and line") {
  const Printed got = PrintAll(Utc());
  CHECK(got.out ==
        "2026-11-20T12:00:00Z {detected_level=\"error\", pod=\"p-1\"} boom\n"
        "2026-11-20T12:00:00Z {detected_level=\"info\", pod=\"p-22\"} fine\n");
  CHECK(got.err == "Common labels: {app=\"api\"}\n");
}

TEST_CASE("common labels can stand with each line, and times in another format") {
  Printing printing = Utc();
  printing.common_labels = true;
  printing.time_format = TimeFormat::kUnixDate;
  CHECK(PrintAll(printing).out ==
        "Fri Nov 20 12:00:00 UTC 2026 {app=\"api\", detected_level=\"error\", pod=\"p-1\"} boom\n"
        "Fri Nov 20 12:00:00 UTC 2026 {app=\"api\", detected_level=\"info\", pod=\"p-22\"} fine\n");
}

TEST_CASE("quiet output says nothing about common labels") {
  Printing printing = Utc();
  printing.quiet = true;
  CHECK(PrintAll(printing).err.empty());
}

TEST_CASE("labels can be chosen, left out, dropped and padded") {
  Printing include = Utc();
  include.include_labels = {"pod", "none"};
  Printed got = PrintAll(include);
  CHECK(got.out ==
        "2026-11-20T12:00:00Z {pod=\"p-1\"}  boom\n2026-11-20T12:00:00Z {pod=\"p-22\"} fine\n");
  CHECK(got.err == "Print only labels key: pod,none\nCommon labels: {}\n");
  Printing exclude = Utc();
  exclude.exclude_labels = {"pod", "app"};
  got = PrintAll(exclude);
  CHECK(got.out.starts_with("2026-11-20T12:00:00Z {detected_level=\"error\"} boom\n"));
  Printing none = Utc();
  none.no_labels = true;
  got = PrintAll(none);
  CHECK(got.out == "2026-11-20T12:00:00Z boom\n2026-11-20T12:00:00Z fine\n");
  CHECK(got.err.empty());
  Printing padded = include;
  padded.labels_length = 15;
  CHECK(PrintAll(padded).out.starts_with("2026-11-20T12:00:00Z {pod=\"p-1\"}     boom\n"));
}

TEST_CASE("raw output is the line alone") {
  Printing printing = Utc();
  printing.output = OutputMode::kRaw;
  const Printed got = PrintAll(printing);
  CHECK(got.out == "boom\nfine\n");
  CHECK(got.err.empty());
}

TEST_CASE("jsonl output is an object a line, with all labels") {
  Printing printing = Utc();
  printing.output = OutputMode::kJsonl;
  CHECK(PrintAll(printing).out ==
        "{\"labels\":{\"app\":\"api\",\"detected_level\":\"error\",\"pod\":\"p-1\"},"
        "\"line\":\"boom\",\"timestamp\":\"2026-11-20T12:00:00.000000005Z\"}\n"
        "{\"labels\":{\"app\":\"api\",\"detected_level\":\"info\",\"pod\":\"p-22\"},"
        "\"line\":\"fine\\n\",\"timestamp\":\"2026-11-20T12:00:00Z\"}\n");
}

TEST_CASE("colours go by level, the detected one first") {
  Printing printing = Utc();
  printing.no_labels = true;
  CHECK(PrintAll(printing, true).out ==
        "\x1b[2m2026-11-20T12:00:00Z\x1b[0m \x1b[31mboom\x1b[0m\n"
        "\x1b[2m2026-11-20T12:00:00Z\x1b[0m fine\n");
  const std::vector<StreamLabels> by_level = {{{"detected_level", "unknown"}, {"level", "WARN"}},
                                              {{"level", "debug"}}};
  const Printed got = PrintAll(printing, true, by_level);
  CHECK(got.out.find("\x1b[33mboom\x1b[0m\n") != std::string::npos);
  CHECK(got.out.find("\x1b[2mfine\x1b[0m\n") != std::string::npos);
}

TEST_CASE("common labels are said again when they no longer hold") {
  StringOutput out;
  StringOutput err;
  Console console{out, err, false};
  const Printing printing = Utc();
  EntryPrinter printer(printing, console);
  const std::vector<StreamLabels> first = {{{"a", "1"}, {"b", "1"}}};
  const std::vector<StreamLabels> narrower = {{{"a", "1"}, {"b", "1"}, {"c", "1"}}};
  const std::vector<StreamLabels> other = {{{"a", "1"}, {"b", "2"}}};
  const std::vector<LogEntry> one = {{kNoon, 0, "x"}};
  printer.Print(first, one);
  printer.Print(narrower, one);
  printer.Print(other, one);
  CHECK(err.text() == "Common labels: {a=\"1\", b=\"1\"}\nCommon labels: {a=\"1\", b=\"2\"}\n");
  CHECK(out.text() ==
        "2026-11-20T12:00:00Z {} x\n2026-11-20T12:00:00Z {c=\"1\"} x\n"
        "2026-11-20T12:00:00Z {}      x\n");
}

TEST_CASE("a stream that has no entry in a batch takes no part in the common labels") {
  StringOutput out;
  StringOutput err;
  Console console{out, err, false};
  const Printing printing = Utc();
  EntryPrinter printer(printing, console);
  printer.Print({{{"a", "1"}}, {{"z", "9"}}}, {{kNoon, 0, "x"}});
  CHECK(err.text() == "Common labels: {a=\"1\"}\n");
}

class ClosedOutput final : public Output {
 public:
  bool Write(std::string_view /*text*/) override { return false; }
};

TEST_CASE("printing ends when nobody reads") {
  ClosedOutput out;
  StringOutput err;
  Console console{out, err, false};
  const Printing printing = Utc();
  CHECK_FALSE(EntryPrinter(printing, console).Print(kStreams, kEntries));
}

}  // namespace
}  // namespace narfi::cli
