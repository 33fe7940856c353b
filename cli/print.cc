#include "cli/print.h"

#include <algorithm>

#include "base/go_text.h"
#include "base/json_write.h"
#include "cli/level_color.h"
#include "cli/time_text.h"

namespace narfi::cli {
namespace {

constexpr size_t kWriteAtOnce = 64 << 10;

bool IsListed(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string JoinNames(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

// The line without the line end that some senders leave on it.
std::string_view WithoutLineEnd(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  return line;
}

}  // namespace

std::string FormatStreamLabels(const StreamLabels& labels) {
  std::string out = "{";
  for (const Label& label : labels) {
    if (out.size() > 1) out += ", ";
    out += label.name;
    out += '=';
    AppendGoQuoted(out, label.value);
  }
  return out + "}";
}

void EntryPrinter::FindCommon(const std::vector<StreamLabels>& streams,
                              const std::vector<LogEntry>& entries) {
  std::vector<bool> used(streams.size());
  for (const LogEntry& entry : entries) used[entry.stream] = true;
  StreamLabels common;
  bool first = true;
  for (size_t i = 0; i < streams.size(); ++i) {
    if (!used[i]) continue;
    if (first) {
      common = streams[i];
      first = false;
    } else {
      std::erase_if(common, [&](const Label& label) {
        return !std::binary_search(streams[i].begin(), streams[i].end(), label);
      });
    }
  }
  if (first) return;
  // What was said of earlier entries stays true while these have those labels too.
  const bool still_true =
      has_common_ && std::includes(common.begin(), common.end(), common_.begin(), common_.end());
  if (still_true) return;
  common_ = std::move(common);
  has_common_ = true;
  if (!common_.empty() && !printing_.quiet && !printing_.no_labels) {
    console_.err.Write("Common labels: " + FormatStreamLabels(Shown(common_, false)) + "\n");
  }
}

void EntryPrinter::SayLabels() {
  if (said_flags_ || printing_.quiet) return;
  said_flags_ = true;
  if (!printing_.include_labels.empty()) {
    console_.err.Write("Print only labels key: " + JoinNames(printing_.include_labels) + "\n");
  }
  if (!printing_.exclude_labels.empty()) {
    console_.err.Write("Ignoring labels key: " + JoinNames(printing_.exclude_labels) + "\n");
  }
}

StreamLabels EntryPrinter::Shown(const StreamLabels& labels, bool without_common) const {
  StreamLabels shown;
  if (printing_.no_labels) return shown;
  for (const Label& label : labels) {
    if (without_common && std::binary_search(common_.begin(), common_.end(), label)) continue;
    if (IsListed(printing_.exclude_labels, label.name)) continue;
    if (!printing_.include_labels.empty() && !IsListed(printing_.include_labels, label.name)) {
      continue;
    }
    shown.push_back(label);
  }
  return shown;
}

void EntryPrinter::AppendDefault(const StreamLabels& labels, const std::string& shown,
                                 const LogEntry& entry, std::string& text) const {
  const std::string time = FormatTimeAs(printing_.time_format, entry.time_ns, printing_.utc);
  const std::string_view line = WithoutLineEnd(entry.line);
  if (!console_.color) {
    text += time;
    text += ' ';
    if (!printing_.no_labels) {
      text += shown;
      text.append(width_ - std::min(width_, shown.size()) + 1, ' ');
    }
    text += line;
    return;
  }
  AppendColored(text, kTimeColor, time);
  text += ' ';
  if (!printing_.no_labels) {
    AppendColored(text, kLabelColor, shown);
    text.append(width_ - std::min(width_, shown.size()) + 1, ' ');
  }
  AppendColored(text, ColorOfLevel(labels), line);
}

void EntryPrinter::AppendJson(const StreamLabels& labels, const LogEntry& entry,
                              std::string& text) const {
  Comma comma;
  text += "{\"labels\":{";
  for (const Label& label : Shown(labels, false)) {
    comma(text);
    AppendJsonString(text, label.name);
    text += ':';
    AppendJsonString(text, label.value);
  }
  text += "},\"line\":";
  AppendJsonString(text, entry.line);
  text += ",\"timestamp\":";
  AppendJsonString(text, FormatTimeNanos(entry.time_ns, printing_.utc));
  text += '}';
}

bool EntryPrinter::Print(const std::vector<StreamLabels>& streams,
                         const std::vector<LogEntry>& entries) {
  std::vector<std::string> shown(streams.size());
  if (printing_.output == OutputMode::kDefault) {
    SayLabels();
    FindCommon(streams, entries);
    for (size_t i = 0; i < streams.size(); ++i) {
      shown[i] = FormatStreamLabels(Shown(streams[i], !printing_.common_labels));
      width_ = std::max({width_, shown[i].size(), printing_.labels_length});
    }
  }
  std::string text;
  for (const LogEntry& entry : entries) {
    const StreamLabels& labels = streams[entry.stream];
    switch (printing_.output) {
      case OutputMode::kDefault:
        AppendDefault(labels, shown[entry.stream], entry, text);
        break;
      case OutputMode::kRaw:
        text += WithoutLineEnd(entry.line);
        break;
      case OutputMode::kJsonl:
        AppendJson(labels, entry, text);
        break;
    }
    text += '\n';
    if (text.size() >= kWriteAtOnce) {
      if (!console_.out.Write(text)) return false;
      text.clear();
    }
  }
  return console_.out.Write(text);
}

}  // namespace narfi::cli
