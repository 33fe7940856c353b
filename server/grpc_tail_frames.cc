#include "server/grpc_tail_frames.h"

#include <algorithm>
#include <map>

#include "proto/wire_writer.h"
#include "server/grpc_messages.h"

namespace narfi::server {
namespace {

using proto::WireWriter;

constexpr size_t kOverhead = 32;  // of fields around an entry and its stream

struct DroppedSpan {
  int64_t from_ns = INT64_MAX;
  int64_t to_ns = INT64_MIN;
};

}  // namespace

std::string GrpcTailFrames::Next() {
  WireWriter response;
  if (next_dropped_ < dropped().size()) {
    std::map<std::string, DroppedSpan> spans;
    size_t bytes = 0;
    for (; next_dropped_ < dropped().size() && bytes < kMaxBytes / 4; ++next_dropped_) {
      const DroppedEntry& entry = dropped()[next_dropped_];
      const auto [span, is_new] = spans.try_emplace(entry.labels->ToString());
      if (is_new) bytes += span->first.size();
      span->second.from_ns = std::min(span->second.from_ns, entry.time_ns);
      span->second.to_ns = std::max(span->second.to_ns, entry.time_ns);
    }
    for (const auto& [labels, span] : spans) {
      WireWriter one;
      one.Timestamp(1, span.from_ns);
      one.Timestamp(2, span.to_ns);
      one.Bytes(3, labels);
      response.Bytes(2, one.bytes());
    }
  }
  if (next_ == entries().size()) return response.Take();
  const query::LogStream* const stream = entries()[next_].stream;
  WireWriter adapter;
  adapter.Bytes(1, Labels(stream->labels).ToString());
  const size_t first = next_;
  const size_t end = std::min(entries().size(), next_ + kMaxEntries);
  for (; next_ < end && entries()[next_].stream == stream; ++next_) {
    const std::string entry = WriteEntryMessage(*entries()[next_].entry);
    const size_t bytes = response.bytes().size() + adapter.bytes().size() + entry.size();
    if (bytes + kOverhead > kMaxBytes && next_ > first) break;
    adapter.Bytes(2, entry);
  }
  response.Bytes(1, adapter.bytes());
  return response.Take();
}

}  // namespace narfi::server
