// Tenants: which names are valid, and how a name becomes the name of a folder.
//
// Threads: free functions without state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace narfi {

constexpr size_t kMaxTenantBytes = 150;

// Loki's rules: letters, digits and !-_.*'() , at most kMaxTenantBytes, not "." or "..".
// kInvalidArgument with Loki's text ("tenant ID 'a/b' contains unsupported character '/'").
Status CheckTenant(std::string_view tenant);

// The tenant of a request, from X-Scope-OrgID: where exactly one is allowed (pushes), as in "a" or
// "a|a". Without one kNotFound "no org id" (401); else kInvalidArgument (400).
Result<std::string> ParseTenant(std::string_view header);
// The tenants of a read, "a|b", sorted, each once.
Result<std::vector<std::string>> ParseTenants(std::string_view header);

// Everything outside [A-Za-z0-9_-], and a '_' in front, as %XX; what becomes longer than a file
// system takes is cut and ends in a hash of the tenant.
std::string TenantFolder(std::string_view tenant);
// The way back; kInvalidArgument for a folder that no tenant has.
Result<std::string> TenantOfFolder(std::string_view folder);

}  // namespace narfi
