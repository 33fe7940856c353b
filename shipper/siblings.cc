#include "shipper/siblings.h"

#include <dirent.h>

#include <algorithm>

#include "base/duration.h"
#include "base/file.h"

namespace narfi::shipper {
namespace {

// The time of birth comes from a clock that ticks some ms late, and so that of the last look.
constexpr int64_t kClockSlackNs = kSecond;
constexpr size_t kMaxSiblings = 10'000;

bool IsDigitByte(char c) { return c >= '0' && c <= '9'; }

std::vector<std::string> NamesBeside(const std::string& path) {
  std::vector<std::string> names;
  const std::string folder = ParentFolder(path);
  DIR* open = opendir(folder.empty() ? "." : folder.c_str());
  if (open == nullptr) return names;
  while (const dirent* entry = readdir(open)) {
    if (names.size() == kMaxSiblings) break;
    names.push_back(JoinPath(folder, entry->d_name));
  }
  closedir(open);
  return names;
}

std::optional<Sibling> OpenSibling(const std::string& path) {
  auto file = OpenForReading(path);
  if (!file) return std::nullopt;
  const auto info = StatOf(*file);
  const auto identity = IdentityOf(*file);
  if (!info || !identity) return std::nullopt;
  Sibling sibling;
  sibling.path = path;
  sibling.identity = *identity;
  sibling.size = static_cast<uint64_t>(info->st_size);
  sibling.file = std::move(*file);
  return sibling;
}

}  // namespace

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool IsCompressedName(std::string_view name) {
  for (const std::string_view end : {".gz", ".bz2", ".xz", ".zst", ".zip", ".lz4", ".Z"}) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

bool IsRotatedName(std::string_view base, std::string_view name) {
  if (name == base || IsCompressedName(name)) return false;
  if (name.size() > base.size() && name.starts_with(base)) {
    const char next = name[base.size()];
    return next == '.' || next == '-' || next == '_' || next == '~' || IsDigitByte(next);
  }
  // The time between name and ending.
  const size_t dot = base.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view stem = base.substr(0, dot);
  const std::string_view ending = base.substr(dot);
  if (name.size() < base.size() + 2 || !name.starts_with(stem) || !name.ends_with(ending))
    return false;
  return (name[dot] == '-' || name[dot] == '.' || name[dot] == '_') && IsDigitByte(name[dot + 1]);
}

std::optional<Sibling> FindRenamed(const std::string& path, const FileIdentity& identity) {
  for (const std::string& name : NamesBeside(path)) {
    struct stat info {};
    if (stat(name.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || !SameInode(identity, info))
      continue;
    auto sibling = OpenSibling(name);
    if (sibling && SameInode(identity, info) && HasHead(sibling->file, identity)) return sibling;
  }
  return std::nullopt;
}

std::optional<Sibling> FindCopy(const std::string& path, const FileIdentity& identity,
                                uint64_t size, const IsKnown& known) {
  if (identity.head_bytes < kLeastHeadBytes) return std::nullopt;
  for (const std::string& name : NamesBeside(path)) {
    struct stat info {};
    if (!IsRotatedName(BaseName(path), BaseName(name))) continue;
    if (stat(name.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || known(info)) continue;
    if (static_cast<uint64_t>(info.st_size) < size) continue;
    auto sibling = OpenSibling(name);
    if (sibling && HasHead(sibling->file, identity)) return sibling;
  }
  return std::nullopt;
}

std::vector<Sibling> FindUnseen(const std::string& path, int64_t since_ns, const IsKnown& known) {
  std::vector<Sibling> found;
  for (const std::string& name : NamesBeside(path)) {
    struct stat info {};
    if (!IsRotatedName(BaseName(path), BaseName(name))) continue;
    if (stat(name.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || known(info)) continue;
    const int64_t born_ns = BirthTimeNs(name);
    if (born_ns == 0 || born_ns < since_ns - kClockSlackNs) continue;
    auto sibling = OpenSibling(name);
    if (!sibling) continue;
    sibling->born_ns = born_ns;
    found.push_back(std::move(*sibling));
  }
  std::sort(found.begin(), found.end(),
            [](const Sibling& a, const Sibling& b) { return a.born_ns < b.born_ns; });
  return found;
}

}  // namespace narfi::shipper
