// The media type of a request, as Go's mime.ParseMediaType reads it.
//
// Threads: free functions without state.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace narfi::ingest {

// "application/json; charset=utf-8" -> "application/json", in lower case. Parameters must be well
// formed and are forgotten. Errors are Go's ("mime: no media type"), kInvalidArgument.
Result<std::string> ParseMediaType(std::string_view header);

}  // namespace narfi::ingest
