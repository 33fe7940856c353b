// Prints log entries in the output modes of logcli.
//
//   default  2026-01-19T10:00:00+01:00 {labels that differ} line      common labels once, on stderr
//   raw      line
//   jsonl    {"labels":{...},"line":"...","timestamp":"..."}
#pragma once

#include <string>
#include <vector>

#include "cli/answer.h"
#include "cli/console.h"
#include "cli/options.h"

namespace narfi::cli {

class EntryPrinter {
 public:
  EntryPrinter(const Printing& printing, Console& console)
      : printing_(printing), console_(console) {}

  // Prints the entries in the order given. False when nobody reads them any more.
  bool Print(const std::vector<StreamLabels>& streams, const std::vector<LogEntry>& entries);

 private:
  void FindCommon(const std::vector<StreamLabels>& streams, const std::vector<LogEntry>& entries);
  void SayLabels();
  StreamLabels Shown(const StreamLabels& labels, bool without_common) const;
  void AppendDefault(const StreamLabels& labels, const std::string& shown, const LogEntry& entry,
                     std::string& text) const;
  void AppendJson(const StreamLabels& labels, const LogEntry& entry, std::string& text) const;

  const Printing& printing_;
  Console& console_;
  bool said_flags_ = false;
  StreamLabels common_;
  bool has_common_ = false;
  size_t width_ = 0;  // of the widest labels so far
};

// {a="b", c="d"}
std::string FormatStreamLabels(const StreamLabels& labels);

}  // namespace narfi::cli
