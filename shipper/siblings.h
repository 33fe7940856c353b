// Files beside a log file that may be what it was before it was rotated.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shipper/file_identity.h"

namespace narfi::shipper {

// A shorter beginning says too little about which file it was.
constexpr uint32_t kLeastHeadBytes = 16;

std::string_view BaseName(std::string_view path);
// True for names that log rotation gives to what was `base`: app.log.1, app.log-20261123,
// app-2026-11-23T00-00.log. Never for compressed files.
bool IsRotatedName(std::string_view base, std::string_view name);
// True for .gz, .bz2, .xz, .zst, .zip, .lz4 and .Z.
bool IsCompressedName(std::string_view name);

struct Sibling {
  std::string path;
  FileHandle file;
  FileIdentity identity;
  uint64_t size = 0;
  int64_t born_ns = 0;
};

// The file that `identity` was, under whatever name in the same folder.
std::optional<Sibling> FindRenamed(const std::string& path, const FileIdentity& identity);
// A file with a rotated name that begins as `identity` did and has at least `size` bytes: the copy
// of one that was cut. `known` says which inodes are no candidates.
using IsKnown = std::function<bool(const struct stat& info)>;
std::optional<Sibling> FindCopy(const std::string& path, const FileIdentity& identity,
                                uint64_t size, const IsKnown& known);
// Files with a rotated name, not known, created after `since_ns`: they had `path` as their name in
// between and were never seen there. Oldest first. None where the file system tells no time of
// birth.
std::vector<Sibling> FindUnseen(const std::string& path, int64_t since_ns, const IsKnown& known);

}  // namespace narfi::shipper
