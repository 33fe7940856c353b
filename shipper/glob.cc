#include "shipper/glob.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "base/file.h"

namespace narfi::shipper {
namespace {

constexpr size_t kMaxAlternatives = 1000;

// The position behind the ] that closes the class at `text[0] == '['`, or npos.
size_t ClassEnd(std::string_view text) {
  size_t i = 1;
  if (i < text.size() && (text[i] == '!' || text[i] == '^')) ++i;
  for (bool first = true; i < text.size(); ++i, first = false) {
    if (text[i] == ']' && !first) return i + 1;
    if (text[i] == '\\') ++i;
  }
  return std::string_view::npos;
}

bool ClassHas(std::string_view inside, char c) {
  const bool negated = inside.starts_with('!') || inside.starts_with('^');
  if (negated) inside.remove_prefix(1);
  bool found = false;
  for (size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '\\' && i + 1 < inside.size()) ++i;
    const char low = inside[i];
    char high = low;
    if (i + 2 < inside.size() && inside[i + 1] == '-') {
      high = inside[i + 2];
      i += 2;
    }
    found = found || (low <= c && c <= high);
  }
  return found != negated;
}

// One name against one part of a pattern, without '/' and braces. Backtracks to the last * only.
bool NameMatches(std::string_view pattern, std::string_view name) {
  size_t p = 0;
  size_t n = 0;
  size_t star = std::string_view::npos;
  size_t star_name = 0;
  while (n < name.size()) {
    bool fits = false;
    size_t next = p + 1;
    if (p < pattern.size()) {
      switch (pattern[p]) {
        case '*':
          star = p++;
          star_name = n;
          continue;
        case '?':
          fits = true;
          break;
        case '[': {
          const size_t end = ClassEnd(pattern.substr(p));
          if (end == std::string_view::npos) return false;
          fits = ClassHas(pattern.substr(p + 1, end - 2), name[n]);
          next = p + end;
          break;
        }
        case '\\':
          next = p + 2;
          fits = p + 1 < pattern.size() && pattern[p + 1] == name[n];
          break;
        default:
          fits = pattern[p] == name[n];
      }
    }
    if (fits) {
      p = next;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string> SplitPath(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t slash = std::min(text.find('/'), text.size());
    if (slash > 0) parts.emplace_back(text.substr(0, slash));
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return parts;
}

bool PartsMatch(const std::vector<std::string>& pattern, size_t p,
                const std::vector<std::string>& path, size_t n) {
  for (; p < pattern.size(); ++p, ++n) {
    if (pattern[p] == "**") {
      for (size_t skip = n; skip <= path.size(); ++skip) {
        if (PartsMatch(pattern, p + 1, path, skip)) return true;
      }
      return false;
    }
    if (n == path.size() || !NameMatches(pattern[p], path[n])) return false;
  }
  return n == path.size();
}

// "a{b,c}d" -> "abd", "acd"; braces may nest.
Result<std::vector<std::string>> ExpandBraces(std::string_view pattern) {
  std::vector<std::string> done;
  std::vector<std::string> open = {std::string(pattern)};
  while (!open.empty()) {
    if (done.size() + open.size() > kMaxAlternatives) {
      return Fail(Code::kInvalidArgument,
                  fmt::format("pattern \"{}\": too many alternatives", pattern));
    }
    const std::string text = std::move(open.back());
    open.pop_back();
    size_t begin = 0;
    while (begin < text.size() && text[begin] != '{') begin += text[begin] == '\\' ? 2 : 1;
    if (begin >= text.size()) {
      done.push_back(text);
      continue;
    }
    std::vector<size_t> cuts = {begin};
    size_t depth = 0;
    for (size_t i = begin; i < text.size() && (depth > 0 || i == begin); ++i) {
      if (text[i] == '\\')
        ++i;
      else if (text[i] == '{')
        ++depth;
      else if (text[i] == ',' && depth == 1)
        cuts.push_back(i);
      else if (text[i] == '}' && --depth == 0)
        cuts.push_back(i);
    }
    if (depth != 0)
      return Fail(Code::kInvalidArgument, fmt::format("pattern \"{}\": {{ without }}", pattern));
    for (size_t i = cuts.size() - 1; i > 0; --i) {
      open.push_back(text.substr(0, begin) +
                     text.substr(cuts[i - 1] + 1, cuts[i] - cuts[i - 1] - 1) +
                     text.substr(cuts.back() + 1));
    }
  }
  return done;
}

bool HasMagic(std::string_view part) {
  return part.find_first_of("*?[\\") != std::string_view::npos;
}

class Walk {
 public:
  explicit Walk(const std::string& pattern)
      : parts_(SplitPath(pattern)), root_(pattern.starts_with('/') ? "/" : "") {}

  void Run(std::set<std::string>& files, std::set<std::string>& folders, bool& cut) {
    files_ = &files;
    folders_ = &folders;
    cut_ = &cut;
    Descend(root_, 0, 0);
  }

 private:
  static std::string Join(const std::string& folder, const std::string& name) {
    return folder.empty() || folder.ends_with('/') ? folder + name : folder + "/" + name;
  }

  void Descend(const std::string& folder, size_t part, size_t depth) {
    if (part == parts_.size() || *cut_) return;
    if (!HasMagic(parts_[part])) {
      Literal(folder, part, depth);
      return;
    }
    DIR* open = opendir(folder.empty() ? "." : folder.c_str());
    if (open == nullptr) return;
    folders_->insert(folder.empty() ? "." : folder);
    const bool any_depth = parts_[part] == "**";
    if (any_depth) Descend(folder, part + 1, depth);
    while (const dirent* entry = readdir(open)) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (any_depth) {
        // Links to folders are not followed here: they may run in circles.
        if (depth < kMaxGlobDepth && IsFolder(*entry, Join(folder, name)))
          Descend(Join(folder, name), part, depth + 1);
      } else if (NameMatches(parts_[part], name)) {
        Found(Join(folder, name), part, depth);
      }
    }
    closedir(open);
    if (any_depth && part + 1 == parts_.size()) ListFiles(folder);
  }

  void Literal(const std::string& folder, size_t part, size_t depth) {
    const std::string path = Join(folder, parts_[part]);
    struct stat info {};
    const bool there = stat(path.c_str(), &info) == 0;
    // What is missing will be created in this folder; what is there and a folder is watched itself.
    if (!there || !S_ISDIR(info.st_mode)) folders_->insert(folder.empty() ? "." : folder);
    if (there) Found(path, part, depth);
  }

  void Found(const std::string& path, size_t part, size_t depth) {
    if (part + 1 < parts_.size()) {
      Descend(path, part + 1, depth);
    } else {
      AddFile(path);
    }
  }

  // A pattern that ends in ** means every file below.
  void ListFiles(const std::string& folder) {
    DIR* open = opendir(folder.empty() ? "." : folder.c_str());
    if (open == nullptr) return;
    while (const dirent* entry = readdir(open)) AddFile(Join(folder, entry->d_name));
    closedir(open);
  }

  void AddFile(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
    if (files_->size() >= kMaxGlobFiles) {
      *cut_ = true;
      return;
    }
    files_->insert(path);
  }

  static bool IsFolder(const dirent& entry, const std::string& path) {
    if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
    struct stat info {};
    return lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  }

  const std::vector<std::string> parts_;
  const std::string root_;
  std::set<std::string>* files_ = nullptr;
  std::set<std::string>* folders_ = nullptr;
  bool* cut_ = nullptr;
};

}  // namespace

bool GlobMatches(std::string_view pattern, std::string_view path) {
  const auto plain = ExpandBraces(pattern);
  if (!plain) return false;
  const std::vector<std::string> parts = SplitPath(path);
  return std::any_of(plain->begin(), plain->end(), [&](const std::string& one) {
    return one.starts_with('/') == path.starts_with('/') && PartsMatch(SplitPath(one), 0, parts, 0);
  });
}

Status CheckGlob(std::string_view pattern) {
  NARFI_ASSIGN(const auto plain, ExpandBraces(pattern));
  for (const std::string& part : SplitPath(plain.front())) {
    for (size_t i = 0; i < part.size(); ++i) {
      if (part[i] == '\\') {
        ++i;
      } else if (part[i] == '[') {
        const size_t end = ClassEnd(std::string_view(part).substr(i));
        if (end == std::string_view::npos) {
          return Fail(Code::kInvalidArgument, fmt::format("pattern \"{}\": [ without ]", pattern));
        }
        i += end - 1;
      }
    }
  }
  return {};
}

GlobResult ExpandGlob(std::string_view pattern) {
  GlobResult result;
  const auto plain = ExpandBraces(pattern);
  if (!plain) return result;
  std::set<std::string> files;
  std::set<std::string> folders;
  for (const std::string& one : *plain) Walk(one).Run(files, folders, result.cut);
  result.files.assign(files.begin(), files.end());
  result.folders.assign(folders.begin(), folders.end());
  return result;
}

}  // namespace narfi::shipper
