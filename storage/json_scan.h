// Finding the end of JSON values, strictly: what these accept is JSON by RFC 8259, its escaped
// surrogates in pairs.
//
// Threads: pure functions. Errors: kNoEnd.
#pragma once

#include <cstddef>
#include <string_view>

namespace narfi::storage {

constexpr size_t kNoEnd = std::string_view::npos;

// The quote that ends the string whose first byte is at `at`. Escapes must be valid, other bytes
// valid UTF-8 from 0x20 up.
size_t EndOfJsonString(std::string_view text, size_t at);
// Behind the number, true, false or null that begins at `at`. Numbers are text here and to queries:
// they may be larger, or have more digits, than a reader that wants their value takes.
size_t EndOfJsonScalar(std::string_view text, size_t at);
// Behind the array or object that begins at `at`, at most `depth` deep.
size_t EndOfJsonValue(std::string_view text, size_t at, int depth);
inline size_t SkipJsonSpace(std::string_view text, size_t at) {
  while (at < text.size() &&
         (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
    ++at;
  return at;
}

}  // namespace narfi::storage
