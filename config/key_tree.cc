#include "config/key_tree.h"

#include "base/check.h"

namespace narfi::config {
namespace {

constexpr std::string_view kBlanks = " \n";

std::string_view TakeWord(std::string_view& rest) {
  const size_t begin = rest.find_first_not_of(kBlanks);
  rest.remove_prefix(begin == std::string_view::npos ? rest.size() : begin);
  size_t end = 0;
  while (end < rest.size() && kBlanks.find(rest[end]) == std::string_view::npos) {
    if (rest[end++] == '{') break;
  }
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

}  // namespace

// References are resolved when everything is read, since a block may stand after its use.
struct KeyTree::Reader {
  struct Reference {
    size_t node;
    std::string_view key;  // empty: embed
    std::string_view block;
  };

  KeyTree& tree;
  std::string_view rest;
  std::vector<Reference> references;

  void ReadMap(size_t node) {
    for (std::string_view word = TakeWord(rest); word != "}"; word = TakeWord(rest)) {
      NARFI_CHECK(!word.empty());
      ReadKey(node, word);
    }
  }

  void ReadKey(size_t node, std::string_view word) {
    const size_t at = word.find('@');
    if (word.front() == '+') {
      references.push_back({node, {}, word.substr(1)});
    } else if (at != std::string_view::npos) {
      references.push_back({node, word.substr(0, at), word.substr(at + 1)});
    } else if (word.back() == '{') {
      const size_t child = Add(node, word.substr(0, word.size() - 1));
      ReadMap(child);
    } else if (word.back() == '*') {
      tree.nodes_[Add(node, word.substr(0, word.size() - 1))].anything = true;
    } else {
      Add(node, word);
    }
  }

  size_t Add(size_t node, std::string_view key) {
    tree.nodes_.emplace_back();
    tree.nodes_[node].children[key] = tree.nodes_.size() - 1;
    return tree.nodes_.size() - 1;
  }

  void Resolve() {
    for (const Reference& reference : references) {
      NARFI_CHECK(tree.blocks_.count(reference.block) == 1);
      if (reference.key.empty()) continue;
      tree.nodes_[reference.node].children[reference.key] = tree.blocks_[reference.block];
    }
    // A block that is embedded may embed another one.
    for (bool changed = true; changed;) {
      changed = false;
      for (const Reference& reference : references) {
        if (reference.key.empty()) changed |= Embed(reference);
      }
    }
  }

  bool Embed(const Reference& reference) {
    const Node& source = tree.nodes_[tree.blocks_[reference.block]];
    Node& target = tree.nodes_[reference.node];
    const size_t before = target.children.size();
    target.children.insert(source.children.begin(), source.children.end());
    return target.children.size() != before;
  }
};

KeyTree::KeyTree(std::string_view text) {
  Reader reader{*this, text, {}};
  for (std::string_view word = TakeWord(reader.rest); !word.empty(); word = TakeWord(reader.rest)) {
    NARFI_CHECK(word.back() == '{');
    nodes_.emplace_back();
    const size_t node = nodes_.size() - 1;
    blocks_[word.substr(0, word.size() - 1)] = node;
    reader.ReadMap(node);
  }
  reader.Resolve();
}

const KeyTree::Node* KeyTree::Block(std::string_view name) const {
  const auto found = blocks_.find(name);
  return found == blocks_.end() ? nullptr : &nodes_[found->second];
}

const KeyTree::Node* KeyTree::Child(const Node* node, std::string_view name) const {
  if (node == nullptr) return nullptr;
  const auto found = node->children.find(name);
  return found == node->children.end() ? nullptr : &nodes_[found->second];
}

}  // namespace narfi::config
