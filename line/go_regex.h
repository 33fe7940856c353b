// Regexes of queries: RE2 behind Go's syntax and Go's error messages.
//
// RE2 and Go's regexp share their syntax up to how groups are named: (?<name>...) and repeated
// names are Go's alone. So names are taken out of the pattern before RE2 sees it. Threads: a
// compiled regex is immutable and may be used by several threads. Limits:  RE2's default memory for
// a regex (8 MiB); larger ones are "expression too large".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace narfi::line {

struct RegexOptions {
  bool dot_matches_newline = false;
  // Set to receive the names of the capturing groups, "" for those without.
  std::vector<std::string>* names = nullptr;
};

// The error is Go's: "error parsing regexp: missing closing ): `(`".
Result<std::shared_ptr<const re2::RE2>> CompileRegex(std::string_view pattern,
                                                     RegexOptions options = {});

}  // namespace narfi::line
