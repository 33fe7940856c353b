// Labels: a sorted set of name="value" pairs; what a stream is within a tenant.
//
// Order:   by name (bytes), names unique, values never empty (an empty value is no label).
// Threads: immutable values; share freely.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace narfi {

using StreamId = Hash128;

struct Label {
  std::string name;
  std::string value;
  auto operator<=>(const Label&) const = default;
};

class Labels {
 public:
  Labels() = default;
  // Sorts, drops empty values; of equal names the last one stays.
  explicit Labels(std::vector<Label> pairs);

  bool empty() const { return pairs_.empty(); }
  size_t size() const { return pairs_.size(); }
  auto begin() const { return pairs_.begin(); }
  auto end() const { return pairs_.end(); }
  const std::vector<Label>& pairs() const { return pairs_; }

  // The value of `name`, or empty: in LogQL a missing label and an empty one are the same.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const { return !Get(name).empty(); }

  // Loki's own text, names sorted, values quoted as by Go's strconv.Quote: {app="x", env="y"}.
  std::string ToString() const;
  // XXH3-128 of every name and value, each prefixed by its length as a 64-bit little-endian
  // integer.
  StreamId Id() const;

  auto operator<=>(const Labels&) const = default;

 private:
  std::vector<Label> pairs_;
};

// One condition of a stream selector in the form that an index can use; the language behind it
// (query/logql) makes these. A stream without the label has the value "".
struct LabelPredicate {
  std::string name;
  // Set for `=`: the one value that passes. The index then looks it up instead of asking `accepts`.
  bool is_equality = false;
  std::string value;
  // Always set; pure and safe to call from several threads.
  std::function<bool(std::string_view value)> accepts;
};

// True when `labels` pass all of `predicates`.
bool Matches(const Labels& labels, const std::vector<LabelPredicate>& predicates);

}  // namespace narfi
