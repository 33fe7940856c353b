#include "server/detected_fields.h"

#include "base/json_write.h"
#include "line/json_key_path.h"

namespace narfi::server {

DetectedFields::Field* DetectedFields::Find(std::string_view name) {
  if (const auto it = fields_.find(name); it != fields_.end()) return &it->second;
  if (fields_.size() >= max_fields_) return nullptr;
  constexpr uint64_t kNode = 64;  // of the map
  bytes_ += kNode + sizeof(Field) + DistinctCount::kMaxBytes + name.size();
  return &fields_.emplace(name, Field()).first->second;
}

void DetectedFields::Add(const query::LabelPairs& stream, const query::LogEntry& entry) {
  pathless_.clear();
  for (const EntryFields::Field& found : reader_.Read(stream, entry)) {
    Field* field = Find(found.name);
    if (field == nullptr) continue;
    field->values.Add(found.value);
    field->type = line::TypeOfValue(found.value);
    if (found.is_metadata) continue;
    field->is_logfmt = field->is_logfmt || reader_.parser() == LineParser::kLogfmt;
    if (reader_.parser() != LineParser::kJson) continue;
    field->is_json = true;
    if (field->json_path.empty() && !found.line_name.empty())
      pathless_.try_emplace(found.line_name, field);
  }
  if (!pathless_.empty()) FindPaths(entry.line);
}

// One walk over the line for all of its new fields.
void DetectedFields::FindPaths(std::string_view line) {
  line::WalkJsonKeyPaths(line, [this](std::string_view name, const std::vector<std::string>& keys) {
    const auto it = pathless_.find(name);
    if (it == pathless_.end()) return true;
    it->second->json_path = keys;
    for (const std::string& key : keys) bytes_ += sizeof(key) + key.size();
    pathless_.erase(it);
    return !pathless_.empty();
  });
}

void DetectedFields::WriteField(std::string& out, std::string_view name, const Field& field) {
  out += "{\"label\":";
  AppendJsonString(out, name);
  out += ",\"type\":\"";
  out += line::NameOf(field.type);
  out += "\",\"cardinality\":";
  AppendUint(out, field.values.Count());
  out += ",\"parsers\":";
  if (field.is_json) {
    out += field.is_logfmt ? R"(["json","logfmt"])" : R"(["json"])";
  } else {
    out += field.is_logfmt ? R"(["logfmt"])" : "null";
  }
  if (!field.json_path.empty()) {
    out += ",\"jsonPath\":[";
    Comma comma;
    for (const std::string& key : field.json_path) {
      comma(out);
      AppendJsonString(out, key);
    }
    out += ']';
  }
  out += '}';
}

std::string DetectedFields::Write() const {
  if (fields_.empty()) return "{}";
  std::string out = "{\"fields\":[";
  Comma comma;
  for (const auto& [name, field] : fields_) {
    comma(out);
    WriteField(out, name, field);
  }
  out += "],\"limit\":";
  AppendUint(out, max_fields_);
  return out + '}';
}

}  // namespace narfi::server
