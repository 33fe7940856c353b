// A YAML document as a tree of our own, each node with its place in the file.
//
// Anchors, aliases and merge keys (<<) are resolved while reading; keys of a map are unique.
//
// Limits: kMaxYamlBytes of text, kMaxYamlNodes nodes after aliases are resolved, kMaxYamlDepth
// levels.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace narfi::config {

constexpr size_t kMaxYamlBytes = 16 << 20;
constexpr size_t kMaxYamlNodes = 200'000;
constexpr size_t kMaxYamlDepth = 64;

struct YamlNode {
  enum class Kind : uint8_t { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  int line = 1;  // both count from 1
  int column = 1;
  std::string text;             // of a scalar
  std::vector<YamlNode> items;  // of a list; of a map, the values
  std::vector<YamlNode> keys;   // of a map, scalars, beside `items`

  bool is_map() const { return kind == Kind::kMap; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_null() const { return kind == Kind::kNull; }
  // The value of `key` in a map, or nullptr.
  const YamlNode* Find(std::string_view key) const;
};

// The first document of `text`; an empty one is a null node. Errors name `name`:line:column.
Result<YamlNode> ParseYaml(std::string_view text, std::string_view name);

// "name:line:column: text" of a node, as an error.
tl::unexpected<Error> FailAt(std::string_view name, const YamlNode& node, std::string_view text);
// "name:line:column".
std::string Place(std::string_view name, const YamlNode& node);

}  // namespace narfi::config
