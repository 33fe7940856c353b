#include "server/write_result.h"

#include <algorithm>
#include <span>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/json_write.h"
#include "base/time.h"
#include "server/write_stats.h"

namespace narfi::server {
namespace {

using query::Field;

constexpr std::string_view kCategorize = "categorize-labels";

void PutFields(std::string& out, std::string_view name, std::span<const Field> fields,
               Comma& comma) {
  if (fields.empty()) return;
  comma(out);
  AppendJsonString(out, name);
  out += ":{";
  Comma inner;
  for (const Field& field : fields) {
    inner(out);
    AppendJsonString(out, field.name);
    out += ':';
    AppendJsonString(out, field.value);
  }
  out += '}';
}

// [seconds,"value"]; times have milliseconds.
void PutPoint(std::string& out, const query::Point& point) {
  out += '[';
  const int64_t ms = point.time_ns / kMillisecond;
  out += FormatSample(static_cast<double>(ms) / 1000);
  out += ",\"";
  out += FormatSample(point.value);
  out += "\"]";
}

void PutMatrix(std::string& out, const query::MatrixResult& result) {
  Comma comma;
  for (const query::Series& series : result.series) {
    comma(out);
    out += "{\"metric\":";
    AppendLabels(out, series.labels);
    out += ",\"values\":[";
    Comma between;
    for (const query::Point& point : series.points) {
      between(out);
      PutPoint(out, point);
    }
    out += "]}";
  }
}

void PutVector(std::string& out, const query::VectorResult& result) {
  Comma comma;
  for (const query::Sample& sample : result.samples) {
    comma(out);
    out += "{\"metric\":";
    AppendLabels(out, sample.labels);
    out += ",\"value\":";
    PutPoint(out, sample.point);
    out += '}';
  }
}

// About as many bytes as the entries take as JSON: their quotes are escaped.
size_t LikelyBytes(const query::StreamsResult& result) {
  constexpr size_t kFrame = 64;
  size_t bytes = 0;
  for (const query::LogStream& stream : result.streams) {
    for (const query::LogEntry& entry : stream.entries) bytes += entry.line.size() + kFrame;
  }
  return bytes + bytes / 4;
}

struct DataWriter {
  std::string& out;
  const std::vector<std::string>& flags;

  void operator()(const query::StreamsResult& result) const {
    out.reserve(LikelyBytes(result));  // so that it seldom moves as it grows
    out += StreamsHead(flags);
    Comma comma;
    AppendStreams(out, result, Categorizes(flags), comma);
    out += ']';
  }
  void operator()(const query::MatrixResult& result) const {
    out += "\"resultType\":\"matrix\",\"result\":[";
    PutMatrix(out, result);
    out += ']';
  }
  void operator()(const query::VectorResult& result) const {
    out += "\"resultType\":\"vector\",\"result\":[";
    PutVector(out, result);
    out += ']';
  }
  void operator()(const query::ScalarResult& result) const {
    out += "\"resultType\":\"scalar\",\"result\":";
    PutPoint(out, result.point);
  }
};

}  // namespace

bool Categorizes(const std::vector<std::string>& flags) {
  return std::find(flags.begin(), flags.end(), kCategorize) != flags.end();
}

void AppendTexts(std::string& out, const std::vector<std::string>& texts) {
  out += '[';
  Comma comma;
  for (const std::string& text : texts) {
    comma(out);
    AppendJsonString(out, text);
  }
  out += ']';
}

void AppendEntryFields(std::string& out, const query::LogEntry& entry) {
  // Behind other members.
  Comma comma;
  std::string before;
  comma(before);
  PutFields(out, "structuredMetadata", entry.metadata, comma);
  PutFields(out, "parsed", entry.parsed, comma);
}

void AppendEntry(std::string& out, const query::LogEntry& entry, bool categorize) {
  out += "[\"";
  AppendInt(out, entry.time_ns);
  out += "\",";
  AppendJsonString(out, entry.line);
  if (categorize) {
    out += ",{";
    Comma comma;
    PutFields(out, "structuredMetadata", entry.metadata, comma);
    PutFields(out, "parsed", entry.parsed, comma);
    out += '}';
  }
  out += ']';
}

void AppendLabels(std::string& out, std::span<const Label> labels) {
  out += '{';
  Comma comma;
  for (const Label& label : labels) {
    comma(out);
    AppendJsonString(out, label.name);
    out += ':';
    AppendJsonString(out, label.value);
  }
  out += '}';
}

std::string StreamsHead(const std::vector<std::string>& flags) {
  std::string out = "\"resultType\":\"streams\",";
  if (!flags.empty()) {
    out += "\"encodingFlags\":";
    AppendTexts(out, flags);
    out += ',';
  }
  return out + "\"result\":[";
}

void AppendStreams(std::string& out, const query::StreamsResult& result, bool categorize,
                   Comma& comma) {
  for (const query::LogStream& stream : result.streams) {
    comma(out);
    out += "{\"stream\":";
    AppendLabels(out, stream.labels);
    out += ",\"values\":[";
    Comma between;
    for (const query::LogEntry& entry : stream.entries) {
      between(out);
      AppendEntry(out, entry, categorize);
    }
    out += "]}";
  }
}

std::string WriteWarnings(const std::vector<std::string>& warnings) {
  if (warnings.empty()) return {};
  std::string out = "\"warnings\":";
  AppendTexts(out, warnings);
  return out + ',';
}

std::string WriteQueryResult(const query::QueryResult& result,
                             const std::vector<std::string>& flags, int64_t queued_ns) {
  std::string out = "{\"status\":\"success\"," + WriteWarnings(result.warnings) + "\"data\":{";
  std::visit(DataWriter{out, flags}, result.data);
  out += ",\"stats\":";
  AppendStats(out, result.stats, queued_ns);
  out += "}}";
  return out;
}

std::string WriteNames(const std::vector<std::string>& names) {
  if (names.empty()) return "{\"status\":\"success\"}";
  std::string out = "{\"status\":\"success\",\"data\":[";
  Comma comma;
  for (const std::string& name : names) {
    comma(out);
    AppendJsonString(out, name);
  }
  return out + "]}";
}

void AppendLegacyLabels(std::string& out, std::span<const Label> labels) {
  std::string text = "{";
  for (const Label& label : labels) {
    if (text.size() > 1) text += ", ";
    text += label.name;
    text += '=';
    AppendGoQuoted(text, label.value);
  }
  AppendJsonString(out, text += '}');
}

void AppendLegacyEntry(std::string& out, const query::LogEntry& entry) {
  out += "{\"ts\":\"" + FormatRfc3339(entry.time_ns) + "\",\"line\":";
  AppendJsonString(out, entry.line);
  out += '}';
}

std::string WriteLegacyStreams(const query::StreamsResult& result) {
  std::string out = "{\"streams\":[";
  Comma comma;
  for (const query::LogStream& stream : result.streams) {
    comma(out);
    out += "{\"labels\":";
    AppendLegacyLabels(out, stream.labels);
    out += ",\"entries\":[";
    Comma between;
    for (const query::LogEntry& entry : stream.entries) {
      between(out);
      AppendLegacyEntry(out, entry);
    }
    out += "]}";
  }
  return out + "]}";
}

}  // namespace narfi::server
