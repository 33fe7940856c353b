#include "server/tail_frames.h"

#include <algorithm>

#include "base/json_write.h"
#include "base/time.h"
#include "server/write_result.h"

namespace narfi::server {

TailFrames::TailFrames(query::QueryResult result, query::Direction direction,
                       std::vector<DroppedEntry> dropped)
    : result_(std::move(result)), dropped_(std::move(dropped)) {
  for (const query::LogStream& stream : std::get<query::StreamsResult>(result_.data).streams) {
    for (const query::LogEntry& entry : stream.entries) entries_.push_back({&stream, &entry});
  }
  if (direction == query::Direction::kBackward) std::reverse(entries_.begin(), entries_.end());
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.entry->time_ns < b.entry->time_ns;
  });
}

void JsonTailFrames::PutEntries(std::string& out, size_t most) {
  const size_t end = std::min(entries().size(), next_ + kMaxEntries);
  const query::LogStream* open = nullptr;
  for (const size_t first = next_; next_ < end; ++next_) {
    const auto [stream, entry] = entries()[next_];
    const query::LogStream* const open_before = open;
    const size_t size_before = out.size();
    if (stream == open) {
      out += ',';
    } else {
      if (open != nullptr) out += "]},";
      out += format_.is_legacy ? "{\"labels\":" : "{\"stream\":";
      if (format_.is_legacy) {
        AppendLegacyLabels(out, stream->labels);
      } else {
        AppendLabels(out, stream->labels);
      }
      out += format_.is_legacy ? ",\"entries\":[" : ",\"values\":[";
      open = stream;
    }
    if (format_.is_legacy) {
      AppendLegacyEntry(out, *entry);
    } else {
      AppendEntry(out, *entry, Categorizes(format_.flags));
    }
    if (out.size() <= most || next_ == first) continue;
    // What it takes is known once it is written.
    out.resize(size_before);
    open = open_before;
    break;
  }
  if (open != nullptr) out += "]}";
}

void JsonTailFrames::PutDropped(std::string& out, size_t most) {
  Comma comma;
  for (; next_dropped_ < dropped().size() && out.size() < most; ++next_dropped_) {
    const DroppedEntry& entry = dropped()[next_dropped_];
    comma(out);
    out += "{\"labels\":";
    if (format_.is_legacy) {
      AppendLegacyLabels(out, entry.labels->pairs());
      out += ",\"timestamp\":\"" + FormatRfc3339(entry.time_ns);
    } else {
      AppendLabels(out, entry.labels->pairs());
      out += ",\"timestamp\":\"";
      AppendInt(out, entry.time_ns);
    }
    out += "\"}";
  }
}

std::string JsonTailFrames::Next() {
  std::string end = "],\"dropped_entries\":";
  const bool has_dropped = next_dropped_ < dropped().size();
  if (has_dropped) PutDropped(end += '[', kMaxBytes / 4);
  end += has_dropped ? "]" : "null";
  if (!format_.flags.empty() && !format_.is_legacy) {
    end += ",\"encodingFlags\":";
    AppendTexts(end, format_.flags);
  }
  end += '}';
  std::string out = "{\"streams\":[";
  constexpr size_t kBrackets = 3;
  PutEntries(out, kMaxBytes - std::min(kMaxBytes, end.size() + kBrackets));
  return out + end;
}

}  // namespace narfi::server
