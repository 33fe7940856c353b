// The shapes of JSON lines: what stays the same between the values of their fields.
//
// A line is taken apart along a trie of the literals of known shapes, which is a comparison and a
// search for the end of a value for each field; a line of a new shape goes through a strict reader
// of JSON once. Strict: what is accepted parses with any JSON reader that takes numbers as text,
// so that queries may rely on it.
//
// Ownership: keeps copies of literals and keys; values are views into the line.
// Threads:   one at a time.
// Limits:    kMaxShapes shapes, kMaxShapeColumns columns, kMaxShapeSlots values a line, and the
// bytes
//            that the caller sets; lines beyond have no shape. Nor have objects more than 32 deep.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "storage/columnar.h"

namespace narfi::storage {

constexpr uint32_t kMaxShapes = 1024;
constexpr uint32_t kMaxShapeColumns = 1024;
constexpr uint32_t kMaxShapeSlots = 255;

class JsonShapes {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit JsonShapes(uint64_t max_bytes = UINT64_MAX) : max_bytes_(max_bytes) {}

  // The shape of the line, and into `values` what stands in its slots; kNone when it has none.
  uint32_t Split(std::string_view line, std::vector<std::string_view>& values);

  // Columns are numbered over all shapes: one for each path, kind and repetition within a line.
  const std::vector<LineTemplate>& shapes() const { return shapes_; }
  uint32_t columns() const { return static_cast<uint32_t>(columns_.size()); }
  // What they take in memory, at most.
  uint64_t bytes() const { return bytes_; }

 private:
  struct Node {
    std::string_view literal;
    SlotKind kind = SlotKind::kText;  // of the slot behind the literal
    uint32_t shape = kNone;           // set: the literal ends the line
    std::vector<uint32_t> children;   // longest literal first
  };

  uint32_t Match(std::string_view line, std::vector<std::string_view>& values) const;
  uint32_t Learn(std::string_view line, std::vector<std::string_view>& values);
  void AddToTrie(const LineTemplate& shape, uint32_t number);

  Arena texts_;
  std::vector<Node> nodes_{Node{}};
  std::vector<LineTemplate> shapes_;
  std::unordered_map<std::string, uint32_t> by_skeleton_;
  std::unordered_map<std::string, uint32_t> columns_;
  uint32_t overflows_ = 0;
  uint64_t max_bytes_;
  uint64_t bytes_ = 0;
};

// What stands in the slots of a line of a JSON template; false when it is no such line.
bool SplitByTemplate(const LineTemplate& shape, std::string_view line,
                     std::vector<std::string_view>& values);

}  // namespace narfi::storage
