#include "server/export_writer.h"

#include <algorithm>
#include <charconv>

#include "base/go_text.h"
#include "server/write_result.h"

namespace narfi::server {
namespace {

query::Request Behind(query::Request request, const ExportCursor* after) {
  if (after == nullptr) return request;
  if (request.direction == query::Direction::kForward) {
    request.start_ns = std::max(request.start_ns, after->time_ns);
  } else {
    request.end_ns = std::min(request.end_ns, after->time_ns + 1);
  }
  return request;
}

// Where a query with a limit ends within a moment is not how an export orders its entries.
query::Request WithoutLimit(query::Request request) {
  request.limit = UINT64_MAX;
  return request;
}

template <class Number>
bool ReadWhole(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

}  // namespace

Result<ExportCursor> ParseExportCursor(std::string_view text) {
  ExportCursor cursor;
  const size_t dash = text.rfind('-');
  const bool is_cursor = dash != std::string_view::npos &&
                         ReadWhole(text.substr(0, dash), cursor.time_ns) &&
                         ReadWhole(text.substr(dash + 1), cursor.position) &&
                         cursor.time_ns < INT64_MAX && cursor.position < UINT64_MAX;
  if (is_cursor) return cursor;
  return Fail(Code::kInvalidArgument,
              "the cursor " + GoQuote(text) + " is none of an export: \"<nanoseconds>-<number>\"");
}

ExportWriter::ExportWriter(const Services& services, query::Request request,
                           const ExportCursor* after)
    : limit_(request.limit),
      pages_(services, Behind(WithoutLimit(std::move(request)), after)),
      skip_(after == nullptr ? 0 : after->position + 1),
      last_ns_(after == nullptr ? INT64_MIN : after->time_ns) {}

Result<bool> ExportWriter::Write(const query::QueryContext& context, std::string& out) {
  NARFI_ASSIGN(query::QueryResult page, pages_.Next(context));
  for (std::string& warning : page.warnings) {
    if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end())
      warnings_.push_back(std::move(warning));
  }
  AppendPage(std::get<query::StreamsResult>(page.data), out);
  if (!pages_.done() && lines_ < limit_) return true;
  out += "{\"end\":true,\"lines\":";
  AppendUint(out, lines_);
  if (!warnings_.empty()) {
    out += ",\"warnings\":";
    AppendTexts(out, warnings_);
  }
  out += "}\n";
  return false;
}

// In the order of the query, whatever stream entries are of; a cursor counts on it.
void ExportWriter::AppendPage(const query::StreamsResult& streams, std::string& out) {
  struct Place {
    const query::LogStream* stream;
    const query::LogEntry* entry;
  };
  std::vector<Place> places;
  for (const query::LogStream& stream : streams.streams) {
    for (const query::LogEntry& entry : stream.entries) places.push_back({&stream, &entry});
  }
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.entry->place < b.entry->place; });
  for (const auto& [stream, entry] : places) {
    if (entry->time_ns != last_ns_) {
      last_ns_ = entry->time_ns;
      position_ = skip_ = 0;
    }
    const uint64_t position = position_++;
    if (position < skip_) continue;
    if (lines_ == limit_) return;
    ++lines_;
    out += "{\"cursor\":\"";
    AppendInt(out, entry->time_ns);
    out += '-';
    AppendUint(out, position);
    out += "\",\"timestamp\":\"";
    AppendInt(out, entry->time_ns);
    out += "\",\"stream\":";
    AppendLabels(out, stream->labels);
    out += ",\"line\":";
    AppendJsonString(out, entry->line);
    AppendEntryFields(out, *entry);
    out += "}\n";
  }
}

void ExportWriter::AppendError(const Error& error, std::string& out) {
  out += "{\"error\":";
  AppendJsonString(out, error.text);
  out += "}\n";
}

}  // namespace narfi::server
