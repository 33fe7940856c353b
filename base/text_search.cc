#include "base/text_search.h"

#include <algorithm>

namespace narfi {

std::string ToLowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ToLowerAscii(c);
  return out;
}

size_t FindLower(std::string_view text, std::string_view lower, size_t from) {
  constexpr size_t kPiece = 4096;
  if (lower.empty()) return from;
  // Pieces in lower case; each goes on a needle's length less one into the next.
  char piece[2 * kPiece];
  std::string large;
  char* buffer = piece;
  if (lower.size() > kPiece) {
    large.resize(kPiece + lower.size());
    buffer = large.data();
  }
  for (size_t at = from; at < text.size() && text.size() - at >= lower.size(); at += kPiece) {
    const size_t size = std::min(text.size() - at, kPiece + lower.size() - 1);
    const char* const bytes = text.data() + at;
    for (size_t i = 0; i < size; ++i) buffer[i] = ToLowerAscii(bytes[i]);
    const void* found = memmem(buffer, size, lower.data(), lower.size());
    if (found != nullptr) return at + static_cast<size_t>(static_cast<const char*>(found) - buffer);
  }
  return std::string_view::npos;
}

bool TextNeedle::MayBeIn(std::string_view in) const {
  if (!folded) return ContainsText(in, text);
  if (FindLower(in, text) != std::string_view::npos) return true;
  return HasOddLetters(text) && (in.find(kFirstOfKelvin) != std::string_view::npos ||
                                 in.find(kFirstOfLongS) != std::string_view::npos);
}

}  // namespace narfi
