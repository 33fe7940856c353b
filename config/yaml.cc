#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <sstream>
#include <unordered_set>

namespace narfi::config {
namespace {

// Thrown inside the parser's call-backs, caught in ParseYaml.
struct BadYaml {
  YamlNode at;
  std::string text;
};

// Builds the tree from yaml-cpp's events, which (unlike its own tree) show duplicate keys.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override { Place(root_, mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    Place(node, mark);
    Add(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    const auto found = anchors_.find(anchor);
    if (found != anchors_.end()) node = found->second;
    Place(node, mark);
    if (found == anchors_.end()) throw BadYaml{node, "an alias inside its own anchor"};
    node_count_ += CountNodes(node);
    Add(std::move(node), 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    Place(node, mark);
    // A plain scalar has the tag "?", a quoted one "!".
    const bool plain = tag == "?" || tag.empty();
    if (plain &&
        (value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL")) {
      Add(std::move(node), anchor);
      return;
    }
    node.kind = YamlNode::Kind::kScalar;
    node.text = value;
    Add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<YamlNode> key;  // of a map: read, its value still to come
    std::unordered_set<std::string> names;
    std::vector<YamlNode> merges;
  };

  static void Place(YamlNode& node, const YAML::Mark& mark) {
    node.line = mark.line + 1;
    node.column = mark.column + 1;
  }
  static size_t CountNodes(const YamlNode& node) {
    size_t count = 1 + node.keys.size();
    for (const YamlNode& item : node.items) count += CountNodes(item);
    return count;
  }

  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    Frame frame;
    frame.node.kind = kind;
    frame.anchor = anchor;
    Place(frame.node, mark);
    if (frames_.size() >= kMaxYamlDepth) throw BadYaml{frame.node, "nested too deeply"};
    frames_.push_back(std::move(frame));
  }

  void Close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    for (const YamlNode& merged : frame.merges) Merge(frame, merged);
    Add(std::move(frame.node), frame.anchor);
  }

  // Adds what the map itself does not say.
  static void Merge(Frame& frame, const YamlNode& merged) {
    if (merged.is_list()) {
      for (const YamlNode& item : merged.items) Merge(frame, item);
      return;
    }
    if (!merged.is_map()) throw BadYaml{merged, "<< merges maps only"};
    for (size_t i = 0; i < merged.keys.size(); ++i) {
      if (!frame.names.insert(merged.keys[i].text).second) continue;
      frame.node.keys.push_back(merged.keys[i]);
      frame.node.items.push_back(merged.items[i]);
    }
  }

  void Add(YamlNode node, YAML::anchor_t anchor) {
    if (++node_count_ > kMaxYamlNodes) throw BadYaml{node, "too many values"};
    if (anchor != 0) anchors_[anchor] = node;
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.is_list()) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.key) {
      if (!node.is_scalar()) throw BadYaml{node, "a key must be a plain word"};
      frame.key = std::move(node);
    } else {
      AddPair(frame, std::move(*frame.key), std::move(node));
      frame.key.reset();
    }
  }

  static void AddPair(Frame& frame, YamlNode key, YamlNode value) {
    if (key.text == "<<") {
      frame.merges.push_back(std::move(value));
      return;
    }
    if (!frame.names.insert(key.text).second) {
      std::string text = fmt::format("the key \"{}\" is there twice", key.text);
      throw BadYaml{std::move(key), std::move(text)};
    }
    frame.node.keys.push_back(std::move(key));
    frame.node.items.push_back(std::move(value));
  }

  YamlNode root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  size_t node_count_ = 0;
};

}  // namespace

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

std::string Place(std::string_view name, const YamlNode& node) {
  return fmt::format("{}:{}:{}", name, node.line, node.column);
}

tl::unexpected<Error> FailAt(std::string_view name, const YamlNode& node, std::string_view text) {
  return Fail(Code::kInvalidArgument, fmt::format("{}: {}", Place(name, node), text));
}

Result<YamlNode> ParseYaml(std::string_view text, std::string_view name) {
  if (text.size() > kMaxYamlBytes) {
    return Fail(Code::kLimit, fmt::format("{}: longer than {} bytes", name, kMaxYamlBytes));
  }
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return Fail(Code::kInvalidArgument, fmt::format("{}: is UTF-16; save it as UTF-8", name));
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder;
    if (!parser.HandleNextDocument(builder)) return YamlNode{};
    YamlNode root = builder.TakeRoot();
    TreeBuilder second;
    if (parser.HandleNextDocument(second) && !second.TakeRoot().is_null())
      return Fail(
          Code::kInvalidArgument,
          fmt::format("{}: has a second document behind \"---\"; put all keys into one", name));
    return root;
  } catch (const BadYaml& bad) {
    return FailAt(name, bad.at, bad.text);
  } catch (const YAML::Exception& bad) {
    YamlNode at;
    at.line = bad.mark.line + 1;
    at.column = bad.mark.column + 1;
    return FailAt(name, at, bad.msg);
  } catch (const std::exception& bad) {
    return Fail(Code::kInvalidArgument, fmt::format("{}: {}", name, bad.what()));
  }
}

}  // namespace narfi::config
