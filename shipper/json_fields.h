// Single values out of a JSON text.
//
// A path is a subset of JMESPath: names, "quoted names", dots and [indexes] (negative ones count
// from the end): `a.b`, `"odd name".c[0]`, `list[-1].d`. Of equal keys the last one counts, as in
// Go.
//
// Threads: a JsonFields serves one thread; a JsonPath is immutable.
// Limits:  kMaxJsonBytes of text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace narfi::shipper {

constexpr size_t kMaxJsonBytes = 8 << 20;

using JsonStep = std::variant<std::string, int64_t>;  // a name or an index
using JsonPath = std::vector<JsonStep>;

// kInvalidArgument names what is outside the subset, and where.
Result<JsonPath> ParseJsonPath(std::string_view text);

class JsonFields {
 public:
  JsonFields();
  ~JsonFields();
  JsonFields(const JsonFields&) = delete;
  JsonFields& operator=(const JsonFields&) = delete;

  // False when `text` is no JSON. Bytes that are no UTF-8 and halves of surrogate pairs become
  // U+FFFD first, as Go reads them.
  bool Parse(std::string_view text);
  bool is_object() const;
  // What a path names: a string as it is, a number or boolean as text, a list or object as JSON;
  // nothing when there is none, or null. Only after a Parse() that was true.
  std::optional<std::string> Get(const JsonPath& path) const;
  // The same for a name at the top of an object, scalars only.
  std::optional<std::string> GetScalar(std::string_view name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace narfi::shipper
