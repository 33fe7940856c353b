// Where in a JSON line the value of a field stands: "request_user_id" -> request, user, id.
//
// Threads: free function without state.
// Limits:  kMaxNesting levels of objects; one pass over the line for each level.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace narfi::line {

// The keys that lead to the field which JsonFields calls `name`, unescaped; empty when the line has
// none, and when it is broken before it.
std::vector<std::string> FindJsonKeyPath(std::string_view line, std::string_view name);

}  // namespace narfi::line
