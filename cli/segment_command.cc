#include "cli/segment_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/size.h"
#include "cli/level_color.h"
#include "query/logql/matcher.h"
#include "query/logql/parser.h"
#include "storage/verify_segment.h"

namespace narfi::cli {
namespace {

constexpr uint64_t kCacheBytes = 64 << 20;
constexpr std::string_view kBadColor = "\x1b[31m";   // red
constexpr std::string_view kGoodColor = "\x1b[32m";  // green

// "\r 42 %" on a terminal, for files that take a while; gone at the end.
class ProgressLine {
 public:
  ProgressLine(Console& console, const std::string& path) : console_(console), path_(path) {}
  ~ProgressLine() {
    if (shown_ >= 0) console_.err.Write("\r\x1b[K");
  }
  void Show(uint64_t done, uint64_t whole) {
    const int percent = whole == 0 ? 0 : static_cast<int>(done * 100 / whole);
    if (!console_.progress || whole < kWorthShowing || percent == shown_) return;
    shown_ = percent;
    console_.err.Write(fmt::format("\r\x1b[K{}: {} %", path_, percent));
  }

 private:
  static constexpr uint64_t kWorthShowing = 16 << 20;
  Console& console_;
  const std::string& path_;
  int shown_ = -1;
};

class SegmentRunner {
 public:
  SegmentRunner(const SegmentOptions& options, Console& console,
                const std::atomic<bool>& interrupted)
      : options_(options), console_(console), interrupted_(interrupted) {}

  int Run() {
    if (!options_.stream.empty()) {
      const auto matchers = logql::ParseSelector(options_.stream);
      if (!matchers) {
        console_.err.Write("narfi: --stream: " + matchers.error().text + "\n");
        return kExitUsage;
      }
      predicates_ = logql::ToPredicates(*matchers);
    }
    int worst = kExitOk;
    for (const std::string& path : options_.files) {
      if (interrupted_.load()) return kExitInterrupted;
      const bool is_good = options_.action == SegmentAction::kVerify ? Verify(path) : Read(path);
      if (!is_good) worst = kExitFailed;
    }
    return interrupted_.load() ? kExitInterrupted : worst;
  }

 private:
  void Say(const std::string& path, const std::string& text) {
    console_.err.Write(fmt::format("narfi: {}: {}\n", path, text));
  }

  bool Verify(const std::string& path) {
    const SegmentFile file = FindSegmentFile(path);
    storage::SegmentReport report;
    {
      ProgressLine progress(console_, path);
      report = storage::VerifySegment(*file.store, file.name, [&](uint64_t done, uint64_t whole) {
        progress.Show(done, whole);
      });
    }
    std::string text;
    for (const std::string& problem : report.problems) {
      text += path + ": ";
      AppendColored(text, console_.color ? kBadColor : "", problem);
      text += '\n';
    }
    if (report.problems.empty()) {
      text += path + ": ";
      AppendColored(text, console_.color ? kGoodColor : "", "sound");
      text += fmt::format(", {} rows, {} blocks, {}\n", report.rows, report.blocks,
                          FormatBytes(report.file_bytes));
    }
    console_.out.Write(text);
    return report.problems.empty();
  }

  bool Read(const std::string& path) {
    storage::PageCache cache(kCacheBytes);
    const SegmentFile file = FindSegmentFile(path);
    const auto segment = storage::SegmentReader::Open(*file.store, file.name, &cache);
    if (!segment) {
      Say(path, segment.error().text);
      return false;
    }
    if (options_.action == SegmentAction::kDump)
      return DumpSegment(**segment, predicates_, console_, interrupted_);
    const auto text = DescribeSegment(path, **segment, options_.columns, console_.color);
    if (text) {
      console_.out.Write(*text);
    } else {
      Say(path, text.error().text);
    }
    return text.has_value();
  }

  const SegmentOptions& options_;
  Console& console_;
  const std::atomic<bool>& interrupted_;
  std::vector<LabelPredicate> predicates_;
};

}  // namespace

SegmentFile FindSegmentFile(const std::string& path) {
  const std::string folder = ParentFolder(path);
  SegmentFile file;
  file.store = storage::MakeLocalObjectStore(MachineFileSystem(), folder.empty() ? "." : folder);
  file.name = path.substr(path.rfind('/') + 1);
  return file;
}

int RunSegment(const SegmentOptions& options, Console& console,
               const std::atomic<bool>& interrupted) {
  return SegmentRunner(options, console, interrupted).Run();
}

}  // namespace narfi::cli
