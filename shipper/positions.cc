#include "shipper/positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json_write.h"
#include "config/yaml.h"

namespace narfi::shipper {
namespace {

using config::YamlNode;

template <class T>
bool ReadNumber(const YamlNode* node, T& value, int base = 10) {
  if (node == nullptr || !node->is_scalar()) return false;
  const char* end = node->text.data() + node->text.size();
  const auto [stop, error] = std::from_chars(node->text.data(), end, value, base);
  return error == std::errc{} && stop == end;
}

bool ReadText(const YamlNode* node, std::string& value) {
  if (node == nullptr || node->is_map() || node->is_list()) return false;
  value = node->text;
  return true;
}

Result<Position> ReadPosition(const YamlNode& node, std::string_view name) {
  Position p;
  const bool good = ReadText(node.Find("path"), p.path) && ReadText(node.Find("job"), p.job) &&
                    ReadNumber(node.Find("device"), p.identity.device) &&
                    ReadNumber(node.Find("inode"), p.identity.inode) &&
                    ReadNumber(node.Find("head_bytes"), p.identity.head_bytes) &&
                    ReadNumber(node.Find("head_hash"), p.identity.head_hash, 16) &&
                    ReadNumber(node.Find("offset"), p.offset) &&
                    (node.Find("size") == nullptr || ReadNumber(node.Find("size"), p.size)) &&
                    ReadNumber(node.Find("seen_ns"), p.seen_ns);
  if (!good || p.identity.head_bytes > kHeadBytes)
    return config::FailAt(name, node, "not a position");
  return p;
}

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

}  // namespace

std::string FormatPositions(const std::vector<Position>& positions) {
  std::string out =
      "# Written by narfi-shipper: up to where each file is acknowledged by the server.\n"
      "version: 1\n";
  out += positions.empty() ? "files: []\n" : "files:\n";
  for (const Position& p : positions) {
    out += fmt::format(
        "  - path: {}\n    job: {}\n    device: {}\n    inode: {}\n    head_bytes: {}\n"
        "    head_hash: \"{:016x}\"\n    offset: {}\n    size: {}\n    seen_ns: {}\n",
        Quoted(p.path), Quoted(p.job), p.identity.device, p.identity.inode, p.identity.head_bytes,
        p.identity.head_hash, p.offset, p.size, p.seen_ns);
  }
  return out;
}

Result<std::vector<Position>> ParsePositions(std::string_view text, std::string_view name) {
  NARFI_ASSIGN(const YamlNode root, config::ParseYaml(text, name));
  const YamlNode* version = root.Find("version");
  if (!root.is_map() || version == nullptr)
    return config::FailAt(name, root, "not a positions file of narfi-shipper");
  if (version->text != "1")
    return config::FailAt(name, *version, "written by another version of narfi-shipper");
  std::vector<Position> out;
  const YamlNode* files = root.Find("files");
  if (files == nullptr || !files->is_list())
    return config::FailAt(name, root, "\"files\" must be a list");
  for (const YamlNode& item : files->items) {
    NARFI_ASSIGN(Position position, ReadPosition(item, name));
    out.push_back(std::move(position));
  }
  return out;
}

Result<std::map<std::string, uint64_t>> ParsePromtailPositions(std::string_view text,
                                                               std::string_view name) {
  NARFI_ASSIGN(const YamlNode root, config::ParseYaml(text, name));
  std::map<std::string, uint64_t> out;
  const YamlNode* positions = root.Find("positions");
  if (positions == nullptr || positions->is_null()) return out;
  if (!positions->is_map()) return config::FailAt(name, *positions, "\"positions\" must be a map");
  for (size_t i = 0; i < positions->keys.size(); ++i) {
    uint64_t offset = 0;
    if (ReadNumber(&positions->items[i], offset)) out[positions->keys[i].text] = offset;
  }
  return out;
}

Status PositionStore::Load(std::vector<std::string>& warnings) {
  auto own = fs_.ReadAll(path());
  if (own) {
    auto parsed = ParsePositions(*own, path());
    if (parsed) {
      loaded_ = std::move(*parsed);
      return {};
    }
    if (!ignore_invalid_) {
      return Fail(Code::kCorrupt,
                  parsed.error().text +
                      "; remove the file, or set positions.ignore_invalid_yaml, to start anew");
    }
    warnings.push_back(parsed.error().text + ": starting without positions");
    return {};
  }
  if (own.error().code != Code::kNotFound) return Wrap("positions", own.error());
  const auto theirs = fs_.ReadAll(promtail_path_);
  if (!theirs) return {};
  auto parsed = ParsePromtailPositions(*theirs, promtail_path_);
  if (parsed) {
    promtail_ = std::move(*parsed);
  } else {
    warnings.push_back(parsed.error().text + ": Promtail's positions are not used");
  }
  return {};
}

Status PositionStore::Save(const std::vector<Position>& positions, bool seen_too) {
  const auto same = [seen_too](const Position& a, const Position& b) {
    return a.path == b.path && a.job == b.job && a.identity == b.identity && a.offset == b.offset &&
           a.size == b.size && (!seen_too || a.seen_ns == b.seen_ns);
  };
  if (ever_written_ &&
      std::equal(positions.begin(), positions.end(), written_.begin(), written_.end(), same))
    return {};
  if (const std::string folder = ParentFolder(path()); !folder.empty())
    NARFI_TRY(fs_.MakeFolder(folder));
  NARFI_TRY(WriteFileAtomically(fs_, path(), FormatPositions(positions)));
  written_ = positions;
  ever_written_ = true;
  return {};
}

}  // namespace narfi::shipper
