// Whether a text holds another, also with letters of either case.
//
// Folded:  as regular expressions ignore case: ASCII letters in either case, and, as simple case
//          folding of Unicode has it, U+212A (KELVIN SIGN) as a k and U+017F (LONG S) as an s
//          (https://www.unicode.org/Public/UCD/latest/ucd/CaseFolding.txt, status C).
// Threads: pure functions.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

namespace narfi {

// memmem takes no null pointer, and an empty text may be one.
inline bool ContainsText(std::string_view text, std::string_view needle) {
  if (needle.empty()) return true;
  return needle.size() <= text.size() &&
         memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

// Where, from `from` on; npos when nowhere.
inline size_t FindText(std::string_view text, std::string_view needle, size_t from) {
  if (from >= text.size()) return std::string_view::npos;
  const void* found = memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

inline char ToLowerAscii(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c); }
std::string ToLowerAscii(std::string_view text);

// Whether one of the two odd letters may stand for a letter of the needle, which is in lower case.
inline bool HasOddLetters(std::string_view needle) {
  return needle.find_first_of("ks") != std::string_view::npos;
}
// First bytes of the odd letters.
constexpr char kFirstOfKelvin = '\xE2';
constexpr char kFirstOfLongS = '\xC5';

// A text that is searched for.
struct TextNeedle {
  std::string_view text;
  bool folded = false;  // `text` is in lower case, and any case of it is wanted

  // Folded, true too for a text that has one of the odd letters, if the needle could have it.
  bool MayBeIn(std::string_view in) const;
};

// Where ASCII letters of either case spell `lower` first, from `from` on; npos when nowhere.
size_t FindLower(std::string_view text, std::string_view lower, size_t from = 0);

}  // namespace narfi
