// Label names out of field names: what is no letter, digit or underscore becomes an underscore.
//
// Threads: free functions without state.
#pragma once

#include <string>
#include <string_view>

namespace narfi::line {

// Appends `key` without white space around it, each rune that a label name cannot hold as one '_'.
// A digit at the very front of `dst` gets a '_' before it. Appends nothing for a blank key.
void AppendLabelName(std::string& dst, std::string_view key);
std::string ToLabelName(std::string_view key);

}  // namespace narfi::line
