#include "shipper/entry.h"

#include <algorithm>

namespace narfi::shipper {
namespace {

auto LowerBound(std::vector<Label>& labels, std::string_view name) {
  return std::lower_bound(
      labels.begin(), labels.end(), name,
      [](const Label& label, std::string_view wanted) { return label.name < wanted; });
}

}  // namespace

void Entry::SetLabel(std::string_view name, std::string_view value) {
  const auto at = LowerBound(labels, name);
  const bool there = at != labels.end() && at->name == name;
  if (value.empty()) {
    if (there) labels.erase(at);
  } else if (there) {
    at->value = value;
  } else {
    labels.insert(at, Label{std::string(name), std::string(value)});
  }
}

bool Entry::HasLabel(std::string_view name) const {
  return std::any_of(labels.begin(), labels.end(),
                     [&](const Label& label) { return label.name == name; });
}

}  // namespace narfi::shipper
