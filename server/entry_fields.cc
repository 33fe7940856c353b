#include "server/entry_fields.h"

#include <algorithm>
#include <string>

namespace narfi::server {
namespace {

constexpr std::string_view kExtracted = "_extracted";

bool HasLabel(const query::LabelPairs& labels, std::string_view name) {
  const auto at = std::lower_bound(
      labels.begin(), labels.end(), name,
      [](const Label& label, std::string_view wanted) { return label.name < wanted; });
  return at != labels.end() && at->name == name;
}

}  // namespace

EntryFields::EntryFields() : json_(line::Demand{}), logfmt_(line::Demand{}, false, false) {}

const std::vector<EntryFields::Field>& EntryFields::Read(const query::LabelPairs& stream,
                                                         const query::LogEntry& entry) {
  arena_.Clear();
  fields_.clear();
  ReadLine(stream, entry.line);
  for (const query::Field& field : entry.parsed) {
    if (field.name.starts_with("__error") || HasLabel(stream, field.name)) continue;
    fields_.push_back({field.name, field.value, false, {}});
  }
  for (const query::Field& field : entry.metadata)
    fields_.push_back({field.name, field.value, true, {}});
  return fields_;
}

void EntryFields::ReadLine(const query::LabelPairs& stream, std::string_view line) {
  parsed_.clear();
  parser_ = LineParser::kJson;
  if (json_.Extract(line, {}, parsed_, arena_).failed) {
    parsed_.clear();
    logfmt_.Extract(line, {}, parsed_, arena_);
    parser_ = parsed_.empty() ? LineParser::kNone : LineParser::kLogfmt;
  }
  seen_.clear();
  for (const line::Field& field : parsed_) {
    if (!seen_.insert(field.name).second) continue;  // of equal names the first counts
    std::string_view name = field.name;
    if (HasLabel(stream, name)) {
      std::string longer(name);
      name = arena_.Copy(longer += kExtracted);
    }
    fields_.push_back({name, field.value, false, field.name});
  }
}

}  // namespace narfi::server
