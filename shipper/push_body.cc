#include <snappy.h>

#include <numeric>

#include "proto/push_writer.h"
#include "shipper/push_client.h"

namespace narfi::shipper {

std::vector<size_t> AllStreams(const Batch& batch) {
  std::vector<size_t> all(batch.streams.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

PushBody MakePushBody(const Batch& batch, const std::vector<size_t>& streams,
                      const config::TextMap& external, const TimeFloor& floor) {
  proto::PushWriter writer;
  PushBody body;
  for (const size_t index : streams) {
    const BatchStream& stream = batch.streams[index];
    // The line's own labels win: of equal names Labels keeps the last one.
    std::vector<Label> labels;
    for (const auto& [name, value] : external) labels.push_back({name, value});
    labels.insert(labels.end(), stream.labels.begin(), stream.labels.end());
    writer.BeginStream(Labels(std::move(labels)).ToString());
    for (const BatchEntry& entry : stream.entries) {
      const bool too_old = !entry.time_is_configured && entry.time_ns < floor.oldest_ns;
      // Equal lines must not have equal times, or the server takes them for one.
      const int64_t time_ns =
          too_old ? floor.instead_ns + static_cast<int64_t>(body.retimed++) : entry.time_ns;
      writer.AddEntry(time_ns, entry.line);
    }
    body.entries += stream.entries.size();
  }
  const std::string message = writer.Take();
  snappy::Compress(message.data(), message.size(), &body.bytes);
  return body;
}

}  // namespace narfi::shipper
