#include "base/labels.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/go_text.h"

namespace narfi {

Labels::Labels(std::vector<Label> pairs) : pairs_(std::move(pairs)) {
  std::stable_sort(pairs_.begin(), pairs_.end(),
                   [](const Label& a, const Label& b) { return a.name < b.name; });
  size_t kept = 0;
  for (size_t i = 0; i < pairs_.size(); ++i) {
    const bool last_of_name = i + 1 == pairs_.size() || pairs_[i + 1].name != pairs_[i].name;
    if (!last_of_name || pairs_[i].value.empty()) continue;
    if (kept != i) pairs_[kept] = std::move(pairs_[i]);
    ++kept;
  }
  pairs_.resize(kept);
}

std::string_view Labels::Get(std::string_view name) const {
  const auto it = std::lower_bound(pairs_.begin(), pairs_.end(), name,
                                   [](const Label& a, std::string_view b) { return a.name < b; });
  return it != pairs_.end() && it->name == name ? std::string_view(it->value) : std::string_view();
}

std::string Labels::ToString() const {
  std::string out = "{";
  for (const Label& label : pairs_) {
    if (out.size() > 1) out += ", ";
    out += label.name;
    out += '=';
    AppendGoQuoted(out, label.value);
  }
  out += '}';
  return out;
}

StreamId Labels::Id() const {
  std::string key;
  for (const Label& label : pairs_) {
    PutU64(key, label.name.size());
    key += label.name;
    PutU64(key, label.value.size());
    key += label.value;
  }
  return HashWide(key);
}

bool Matches(const Labels& labels, const std::vector<LabelPredicate>& predicates) {
  return std::all_of(predicates.begin(), predicates.end(), [&](const LabelPredicate& predicate) {
    const std::string_view value = labels.Get(predicate.name);
    return predicate.is_equality ? value == predicate.value : predicate.accepts(value);
  });
}

}  // namespace narfi
