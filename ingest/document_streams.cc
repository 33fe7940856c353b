#include "ingest/document_streams.h"

#include "base/bytes.h"

namespace narfi::ingest {

Status DocumentStreams::AddStream(std::string_view index,
                                  const DocumentReader::Document& document) {
  NARFI_TRY(budget_.Take<PushStream>());
  NARFI_TRY(budget_.TakeBytes(2 * key_.size()));
  std::vector<Label> labels;
  const auto add = [&](std::string_view name, std::string_view value) -> Status {
    if (value.empty()) return {};
    NARFI_TRY(budget_.Take<Label>());
    NARFI_TRY(budget_.TakeBytes(name.size() + value.size()));
    labels.push_back({std::string(name), std::string(value)});
    return {};
  };
  for (size_t i = 0; i < names_.size(); ++i) NARFI_TRY(add(names_[i], document.labels[i]));
  NARFI_TRY(add("index", index));
  // Of equal names the last one counts: what the request says comes before what documents say.
  for (const Label& label : options_.labels) NARFI_TRY(add(label.name, label.value));
  return SetStreamLabels(std::move(labels), batch_.streams.emplace_back());
}

Result<PushEntry*> DocumentStreams::AddEntry(std::string_view index,
                                             DocumentReader::Document& document) {
  key_.clear();
  PutString(key_, index);
  for (const std::string_view value : document.labels) PutString(key_, value);
  const auto [found, is_new] = streams_.try_emplace(key_, batch_.streams.size());
  if (is_new) NARFI_TRY(AddStream(index, document));
  NARFI_TRY(budget_.Take<PushEntry>());
  PushEntry& entry = batch_.streams[found->second].entries.emplace_back();
  entry.line = document.line;
  entry.metadata = std::move(document.metadata);
  return &entry;
}

}  // namespace narfi::ingest
