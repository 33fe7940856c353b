// Replacements of regexes: "$1", "${1}", "$name" as Go's Regexp.Expand has them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace narfi::line {

// Appends `replacement`. A name is as long as it can be, and one that the regex does not have is
// empty. `groups` are those of the match, the whole of it first; `names` those of the groups
// without it.
void AppendExpansion(std::string& dst, std::string_view replacement,
                     std::span<const std::string_view> groups,
                     const std::vector<std::string>& names);

}  // namespace narfi::line
