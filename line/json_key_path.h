// Where in a JSON line the values of its fields stand: "request_user_id" -> request, user, id.
//
// Threads: free function without state.
// Limits:  kMaxNesting levels of objects; one pass over the line for each level.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace narfi::line {

// Calls see(name, keys) for each field of the line, named as JsonFields names it, with the keys
// that lead to it, unescaped; until it says false. What stands behind a flaw is not seen.
using SeeKeyPath = std::function<bool(std::string_view name, const std::vector<std::string>& keys)>;
void WalkJsonKeyPaths(std::string_view line, const SeeKeyPath& see);

}  // namespace narfi::line
