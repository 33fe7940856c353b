#include "base/bytes.h"
#include "ingest/push_documents.h"

namespace narfi::ingest {
namespace {

void PutList(std::string& out, const std::vector<std::string>& list) {
  PutVarint(out, list.size());
  for (const std::string& text : list) PutString(out, text);
}

std::vector<std::string> TakeList(ByteReader& reader) {
  std::vector<std::string> out;
  for (uint64_t left = reader.Count(); left > 0 && reader.ok(); --left)
    out.emplace_back(reader.String());
  return out;
}

}  // namespace

std::vector<std::string> DefaultLabelFields() { return {"service.name", "host.name"}; }

std::vector<std::string> DefaultTimeFields() { return {"@timestamp", "timestamp", "time"}; }

Result<std::string> EncodeDocumentType(std::string_view mark, const DocumentOptions& options) {
  std::string out(mark);
  PutString(out, options.index);
  PutVarint(out, options.labels.size());
  for (const Label& label : options.labels) {
    PutString(out, label.name);
    PutString(out, label.value);
  }
  PutList(out, options.label_fields);
  PutString(out, options.message_field);
  PutList(out, options.time_fields);
  if (out.size() > kMaxOptionBytes) return Fail(Code::kLimit, "the parameters are too long");
  return out;
}

Result<DocumentOptions> DecodeDocumentOptions(std::string_view encoded) {
  DocumentOptions options;
  ByteReader reader(encoded);
  options.index = reader.String();
  for (uint64_t left = reader.Count(2); left > 0 && reader.ok(); --left) {
    std::string name(reader.String());
    options.labels.push_back({std::move(name), std::string(reader.String())});
  }
  options.label_fields = TakeList(reader);
  options.message_field = reader.String();
  options.time_fields = TakeList(reader);
  if (!reader.ok() || !reader.done())
    return Fail(Code::kInvalidArgument, "the parameters of the push are malformed");
  return options;
}

}  // namespace narfi::ingest
