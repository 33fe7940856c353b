#include <snappy.h>

#include "proto/push_writer.h"
#include "shipper/push_client.h"

namespace narfi::shipper {

std::string MakePushBody(const Batch& batch, const config::TextMap& external) {
  proto::PushWriter writer;
  for (const BatchStream& stream : batch.streams) {
    // The line's own labels win: of equal names Labels keeps the last one.
    std::vector<Label> labels;
    for (const auto& [name, value] : external) labels.push_back({name, value});
    labels.insert(labels.end(), stream.labels.begin(), stream.labels.end());
    writer.BeginStream(Labels(std::move(labels)).ToString());
    for (const BatchEntry& entry : stream.entries) writer.AddEntry(entry.time_ns, entry.line);
  }
  const std::string message = writer.Take();
  std::string body;
  snappy::Compress(message.data(), message.size(), &body);
  return body;
}

}  // namespace narfi::shipper
