// Percent-encoding and query strings, read and written as Go's net/url does.
//
// Limits: kMaxParams pairs a query string.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace narfi::net {

constexpr size_t kMaxParams = 10'000;

struct Param {
  std::string name;
  std::string value;
  bool operator==(const Param&) const = default;
};
using Params = std::vector<Param>;

// Decodes %XX; `+` stays (a path). Go's words on error: invalid URL escape "%zz".
Result<std::string> PathUnescape(std::string_view text);
// Decodes %XX, and `+` as a space (a query string or a form body).
Result<std::string> QueryUnescape(std::string_view text);
// Everything outside [A-Za-z0-9-_.~] as %XX; QueryEscape writes a space as `+`.
std::string PathEscape(std::string_view text);
std::string QueryEscape(std::string_view text);

// Appends the pairs of "a=1&b=2" to `out`. A bad pair is left out and the first error returned,
// once all pairs were read; a pair with a ';' is bad, as in Go.
Status ParseQuery(std::string_view text, Params& out);
// "a=1&b=2", in the order given.
std::string BuildQuery(const Params& params);

// The value of the first pair of this name, or nullptr.
const std::string* FindParam(const Params& params, std::string_view name);

}  // namespace narfi::net
