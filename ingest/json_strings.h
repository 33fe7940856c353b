// JSON strings where the JSON library gives up: escapes as Go's decoders take them.
//
// Threads: free functions without state.
#pragma once

#include <string_view>

namespace narfi::ingest {

// Unescapes a JSON string whose body (behind the opening quote) begins `text`, up to its closing
// quote. Half a surrogate pair becomes U+FFFD. Writes to `out`, which must have room for as many
// bytes as the string has, and returns the end of what it wrote; nullptr for an escape that JSON
// does not have and for a string without an end.
char* UnescapeLikeGo(std::string_view text, char* out);

}  // namespace narfi::ingest
