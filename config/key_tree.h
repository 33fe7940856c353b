// The names a configuration may hold, used here or not: what tells an old or foreign setting from a
// typo.
//
// Format: blocks `name{ key key* key{ ... } key@block +block }`: `key` holds one value or a list,
//         `key*` anything, `key{ ... }` a map of these, `key@block` the map of another block,
//         `+block` the keys of another block. A list of maps is checked map by map.
// Ownership: keeps views into the text it was made from, a literal.
// Threads: immutable after construction.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace narfi::config {

class KeyTree {
 public:
  struct Node {
    bool anything = false;                        // what stands below is not looked at
    std::map<std::string_view, size_t> children;  // empty: a value
  };

  // Aborts when `text` is malformed or names a block that it does not define: it is our own.
  explicit KeyTree(std::string_view text);

  // nullptr when there is no such block.
  const Node* Block(std::string_view name) const;
  // nullptr when `node` is null or has no such child.
  const Node* Child(const Node* node, std::string_view name) const;
  size_t size() const { return nodes_.size(); }

 private:
  struct Reader;
  std::vector<Node> nodes_;
  std::map<std::string_view, size_t> blocks_;
};

// Loki's keys of all ages; block "root" is the file, "limits_config" a tenant's overrides.
const KeyTree& LokiKeys();
// Loki's flags, cut at the dots; block "flags".
const KeyTree& LokiFlags();
// Promtail's; block "root".
const KeyTree& PromtailKeys();

// Keys that Loki or Promtail dropped or renamed, and those whose absence here needs a word.
struct OldKey {
  std::string_view path;
  std::string_view moved_to;  // the path that takes the value now; empty: nothing does
  std::string_view text;      // why, for the warning; empty: the usual words
};
// nullptr when `path` is not one of them.
const OldKey* FindOldKey(std::string_view path);
// True when a key below `prefix` (which ends with a dot) has moved elsewhere.
bool HasMovedKeyBelow(std::string_view prefix);

}  // namespace narfi::config
