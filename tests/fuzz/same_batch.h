// What fuzzers of push bodies look at.
#pragma once

#include <cstdint>

#include "base/check.h"
#include "ingest/push_body.h"
#include "ingest/validate.h"

namespace narfi {

// A body decodes the same way again, as it does when the write-ahead log is replayed; what it gives
// is read to its last byte, and is valid; or it does not, and says why.
template <class Decoded>
void CheckDecoded(Decoded& batch, const Decoded& again, int64_t now_ns) {
  NARFI_CHECK(batch.has_value() == again.has_value());
  if (!batch) {
    NARFI_CHECK(batch.error().status >= 400 && !batch.error().text.empty());
    return;
  }
  NARFI_CHECK(batch->streams.size() == again->streams.size());
  volatile uint8_t last = 0;
  for (size_t i = 0; i < batch->streams.size(); ++i) {
    const auto& entries = batch->streams[i].entries;
    NARFI_CHECK(entries.size() == again->streams[i].entries.size());
    for (size_t j = 0; j < entries.size(); ++j) {
      NARFI_CHECK(entries[j].time_ns == again->streams[i].entries[j].time_ns);
      NARFI_CHECK(entries[j].line == again->streams[i].entries[j].line);
      NARFI_CHECK(entries[j].metadata == again->streams[i].entries[j].metadata);
      for (const char c : entries[j].line) last = static_cast<uint8_t>(c);
    }
  }
  static_cast<void>(last);
  ingest::RejectReport report("fuzz");
  ingest::Validate(*batch, {}, {.now_ns = now_ns}, report);
  for (const auto& stream : batch->streams) NARFI_CHECK(stream.labels.Has("service_name"));
}

}  // namespace narfi
