// File name patterns as Promtail has them: * ? [a-z] {a,b} within a name, ** for any folders.
//
// Limits: kMaxGlobFiles files a pattern, kMaxGlobDepth folders below each other under **.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace narfi::shipper {

constexpr size_t kMaxGlobFiles = 100'000;
constexpr size_t kMaxGlobDepth = 64;

// True when the whole `path` fits. A malformed pattern (see CheckGlob) fits nothing.
bool GlobMatches(std::string_view pattern, std::string_view path);

// kInvalidArgument for an unclosed [ or {, or more than 1,000 alternatives.
Status CheckGlob(std::string_view pattern);

struct GlobResult {
  std::vector<std::string> files;  // regular files (through symbolic links too), sorted, once each
  std::vector<std::string> folders;  // where a new match may appear: worth watching
  bool cut = false;                  // there were more than kMaxGlobFiles
};
GlobResult ExpandGlob(std::string_view pattern);

}  // namespace narfi::shipper
