// JSON lines as fields: what LogQL's `json` stage gives, with and without expressions.
//
// The JSON library reads the lines that are well-formed; the rest goes to json_lenient.h. Both give
// the same answer where both can.
//
// Ownership: names and values point into the line, the arena of the call or the reader itself.
// Threads:   one at a time; a reader keeps its buffers from line to line.
// Limits:    kMaxNesting levels of objects, what is deeper is left out; kMaxCachedNames names kept.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "line/field.h"

namespace narfi::line {

constexpr int kMaxNesting = 128;

// {"a": {"b": 1}, "c": [2]} is a_b="1": nested names are joined, arrays and nulls are no fields,
// numbers keep their text.
class JsonFields {
 public:
  static constexpr size_t kMaxCachedNames = 4096;

  explicit JsonFields(Demand demand);
  ~JsonFields();
  JsonFields(const JsonFields&) = delete;
  JsonFields& operator=(const JsonFields&) = delete;

  // Appends the fields of the line in its order, equal names included. A line with a flaw gives the
  // fields before it, and fails.
  Outcome Extract(std::string_view line, Found found, std::vector<Field>& out, Arena& arena);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

struct JsonStep {
  bool is_index = false;
  std::string field;
  uint64_t index = 0;
};
using JsonPath = std::vector<JsonStep>;

// The values at given paths: `json label="a.b[0]"`.
class JsonPaths {
 public:
  struct Value {
    bool found = false;
    std::string_view text;  // objects and arrays as in the line; null is ""
  };

  explicit JsonPaths(std::vector<JsonPath> paths);
  ~JsonPaths();
  JsonPaths(const JsonPaths&) = delete;
  JsonPaths& operator=(const JsonPaths&) = delete;

  // `values` has one place for each path. Of equal keys the first counts. A line that cannot begin
  // a JSON document fails without details.
  Outcome Extract(std::string_view line, std::span<Value> values, Arena& arena);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace narfi::line
