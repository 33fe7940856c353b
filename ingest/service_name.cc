#include "ingest/service_name.h"

#include <algorithm>

namespace narfi::ingest {
namespace {

const Label* FindLabel(const std::vector<Label>& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(),
                                  [&](const Label& pair) { return pair.name == name; });
  return found == pairs.end() ? nullptr : &*found;
}

std::string ServiceNameOf(const std::vector<std::string>& candidates,
                          const std::vector<Label>& pairs) {
  for (const std::string& name : candidates) {
    if (const Label* label = FindLabel(pairs, name)) return label->value;
  }
  return std::string(kUnknownService);
}

}  // namespace

void AddServiceName(const std::vector<std::string>& candidates, std::vector<Label>& pairs) {
  if (candidates.empty() || FindLabel(pairs, kServiceName) != nullptr) return;
  Label added{std::string(kServiceName), ServiceNameOf(candidates, pairs)};
  const auto at = std::upper_bound(pairs.begin(), pairs.end(), added,
                                   [](const Label& a, const Label& b) { return a.name < b.name; });
  pairs.insert(at, std::move(added));
}

Labels WithServiceName(const std::vector<std::string>& candidates, const Labels& labels) {
  std::vector<Label> pairs = labels.pairs();
  AddServiceName(candidates, pairs);
  return Labels(std::move(pairs));
}

}  // namespace narfi::ingest
